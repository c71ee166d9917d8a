package io.pgwatch.core;

import io.pgwatch.core.text.OneLine;
import java.sql.SQLException;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The GRANT that a role lacks, as far as the server's refusal tells it. */
final class Grants {

    private static final Pattern REFUSAL =
            Pattern.compile("permission denied for (function|view|table|database) \"?([^\"\\n]+)\"?");

    private Grants() {}

    /** The statement that would help; null for another error, or a server that speaks another language than English. */
    static @Nullable String lacking(SQLException refusal, String role) {
        Matcher told = REFUSAL.matcher(Objects.requireNonNullElse(refusal.getMessage(), ""));
        if (!"42501".equals(refusal.getSQLState()) || !told.find()) {
            return null;
        }
        String to = " TO " + OneLine.quoted(role) + ";";
        return switch (told.group(1)) {
            case "function" -> "GRANT EXECUTE ON FUNCTION pg_catalog." + OneLine.quoted(told.group(2)) + to;
            case "database" -> "GRANT CONNECT ON DATABASE " + OneLine.quoted(told.group(2)) + to;
            default -> "GRANT SELECT ON pg_catalog." + OneLine.quoted(told.group(2)) + to;
        };
    }
}

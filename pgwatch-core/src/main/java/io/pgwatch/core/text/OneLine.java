package io.pgwatch.core.text;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Names and texts as a sentence, a line of a log or a statement takes them, whoever chose them. */
public final class OneLine {

    /** What ends a line, steers a terminal, or hides or turns round what stands beside it. */
    private static final Pattern UNFIT = Pattern.compile("[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}]");

    private static final Pattern QUOTED = Pattern.compile("\"(?:[^\"]|\"\")*\"");

    private OneLine() {}

    /** For people. */
    public static String of(String text) {
        return UNFIT.matcher(text).replaceAll(" ");
    }

    /** An identifier as SQL takes it. */
    public static String quoted(String identifier) {
        return visible('"' + identifier.replace("\"", "\"\"") + '"');
    }

    /** A text as SQL takes it. */
    public static String literal(String text) {
        return visible("'" + text.replace("'", "''") + "'");
    }

    /** SQL with identifiers that the server quoted. */
    public static String sql(String quotedByServer) {
        return QUOTED.matcher(quotedByServer).replaceAll(name -> Matcher.quoteReplacement(visible(name.group())));
    }

    /** The same to the server, on one line and with nothing in it that nobody sees: {@code U&"a\+00000ab"}. */
    private static String visible(String quoted) {
        return UNFIT.matcher(quoted).find()
                ? "U&"
                        + UNFIT.matcher(quoted.replace("\\", "\\\\"))
                                .replaceAll(c -> Matcher.quoteReplacement(String.format(
                                        Locale.ROOT, "\\+%06x", c.group().codePointAt(0))))
                : quoted;
    }
}

package io.pgwatch.benchmarks;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** What each of pgwatch's statements cost, by the name of its file, as pg_stat_statements tells it. */
final class Sections {

    /** Where the files are, and what stays of a text when pg_stat_statements has taken constants and parameters out. */
    private static final String FOLDER = "/io/pgwatch/core/sql/";

    private static final Pattern LITERAL = Pattern.compile(
            "'[^']*'|\\$\\d+|\\?|\\b\\d+(?:\\.\\d+)?\\b" + "|(?<!\\bis )(?<!\\bnot )\\b(?:null|true|false)\\b");

    /** From 18 on one constant stands for all of a list. */
    private static final Pattern LIST = Pattern.compile("\\(\\s*\\$(?:\\s*,\\s*\\$)*\\s*\\)");

    private static final Pattern COMMENT = Pattern.compile("/\\*.*?\\*/|--[^\n]*");

    private static final List<String> NAMES = List.of(
            "server",
            "databases",
            "sessions",
            "arrivals",
            "holders",
            "lock-waits",
            "tables",
            "autovacuum",
            "oldest-tables",
            "multixact-members",
            "capabilities",
            "system-identifier",
            "bloat-lock",
            "bloat-candidates");

    private Sections() {}

    /** Calls, milliseconds of planning and execution, and buffers, all together. */
    record Share(String section, long calls, double millis, long buffers) {

        double millisOfOne() {
            return millis / calls;
        }
    }

    static void reset(Connection control) throws SQLException {
        try (Statement statement = control.createStatement()) {
            statement.execute("select pg_stat_statements_reset()");
        }
    }

    /** Since the reset, in the database of the application; the dearest first. */
    static List<Share> read(Connection control, int major) throws SQLException {
        Map<String, String> names = namesByText(major);
        Map<String, Share> shares = new TreeMap<>();
        try (Statement statement = control.createStatement();
                ResultSet rows = statement.executeQuery("select query, calls, total_plan_time + total_exec_time,"
                        + " shared_blks_hit + shared_blks_read from pg_stat_statements s"
                        + " join pg_database d on d.oid = s.dbid where d.datname = 'app'")) {
            while (rows.next()) {
                String name = names.getOrDefault(bare(rows.getString(1)), "other");
                Share share = new Share(name, rows.getLong(2), rows.getDouble(3), rows.getLong(4));
                shares.merge(name, share, Sections::sum);
            }
        }
        List<Share> sorted = new ArrayList<>(shares.values());
        Collections.sort(sorted, (one, other) -> Double.compare(other.millis(), one.millis()));
        return sorted;
    }

    private static Share sum(Share one, Share other) {
        return new Share(
                one.section(),
                one.calls() + other.calls(),
                one.millis() + other.millis(),
                one.buffers() + other.buffers());
    }

    private static Map<String, String> namesByText(int major) {
        Map<String, String> names = new TreeMap<>();
        for (String name : NAMES) {
            for (int since = major; since >= 14; since--) {
                String text = resource(FOLDER + name + "/" + since + ".sql");
                if (text != null) {
                    names.put(bare(text), name);
                    break;
                }
            }
        }
        return names;
    }

    private static String bare(String sql) {
        String uncommented = COMMENT.matcher(sql).replaceAll("");
        String open = LITERAL.matcher(uncommented).replaceAll("\\$");
        return LIST.matcher(open).replaceAll("(\\$)").replaceAll("\\s+", " ").strip();
    }

    private static @org.jspecify.annotations.Nullable String resource(String path) {
        try (InputStream in = Sections.class.getResourceAsStream(path)) {
            return in == null ? null : new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

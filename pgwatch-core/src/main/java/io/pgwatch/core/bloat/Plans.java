package io.pgwatch.core.bloat;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/** Asks how the server would run a statement, before it runs for the first time. */
final class Plans {

    private Plans() {}

    /** Whether a sampling statement reads the pages that it names and no others. */
    static boolean readsPages(Connection connection, String sql) throws SQLException {
        List<String> plan = explain(connection, sql);
        return has(plan, "Tid Range Scan") && !readsMore(plan);
    }

    /** Whether a lookup goes through an index. */
    static boolean looksUp(Connection connection, String sql) throws SQLException {
        List<String> plan = explain(connection, sql);
        return has(plan, "Tid Range Scan") && has(plan, "Index Cond:") && !readsMore(plan);
    }

    private static boolean readsMore(List<String> plan) {
        return has(plan, "Seq Scan") || has(plan, "Gather") || has(plan, "Bitmap Heap Scan");
    }

    /** Only what begins a line: names of relations and constants could say anything. */
    private static boolean has(List<String> plan, String node) {
        return plan.stream()
                .map(line -> line.strip().replaceFirst("^->\\s*", ""))
                .anyMatch(line -> line.startsWith(node) || line.startsWith("Parallel " + node));
    }

    private static List<String> explain(Connection connection, String sql) throws SQLException {
        List<String> plan = new ArrayList<>();
        try (Statement statement = Catalog.statement(connection);
                ResultSet lines = statement.executeQuery("explain (costs off) " + sql)) {
            while (lines.next()) {
                plan.add(lines.getString(1));
            }
        }
        return plan;
    }
}

package io.pgwatch.core;

import io.pgwatch.snapshot.Autovacuum;
import io.pgwatch.snapshot.Autovacuum.Vacuum;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the rows of the section {@code autovacuum} mean. */
final class AutovacuumRows {

    private AutovacuumRows() {}

    static Autovacuum read(ResultSet rows, Session session) throws SQLException {
        if (!rows.next()) {
            throw new SQLException("the server sent no row", "02000");
        }
        boolean enabled = rows.getBoolean("enabled");
        boolean trackCounts = rows.getBoolean("track_counts");
        double naptime = rows.getDouble("naptime");
        int maxWorkers = rows.getInt("max_workers");
        double costDelay = rows.getDouble("cost_delay");
        int costLimit = rows.getInt("cost_limit");
        int busy = rows.getInt("busy");
        List<Vacuum> vacuums = new ArrayList<>();
        do {
            int pid = rows.getInt("pid");
            if (!rows.wasNull()) {
                vacuums.add(new Vacuum(
                        pid,
                        number(rows, "relid"),
                        rows.getBoolean("automatic"),
                        rows.getString("phase"),
                        number(rows, "heap_blks_total"),
                        number(rows, "heap_blks_scanned"),
                        number(rows, "index_vacuum_count"),
                        rows.getObject("throttled") == null ? null : rows.getBoolean("throttled"),
                        rows.getObject("delayed") == null ? null : rows.getDouble("delayed")));
            }
        } while (rows.next());
        return new Autovacuum(enabled, trackCounts, naptime, maxWorkers, costDelay, costLimit, busy, vacuums);
    }

    private static @Nullable Long number(ResultSet rows, String column) throws SQLException {
        long number = rows.getLong(column);
        return rows.wasNull() ? null : number;
    }
}

package io.pgwatch.core;

import io.pgwatch.snapshot.Autovacuum;
import io.pgwatch.snapshot.Autovacuum.Vacuum;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** What the rows of the section {@code autovacuum} mean. */
final class AutovacuumRows {

    private AutovacuumRows() {}

    static Autovacuum read(ResultSet rows, Session session) throws SQLException {
        Rows.requireOne(rows);
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
                        Rows.number(rows, "relid"),
                        rows.getBoolean("automatic"),
                        rows.getString("phase"),
                        Rows.number(rows, "heap_blks_total"),
                        Rows.number(rows, "heap_blks_scanned"),
                        Rows.number(rows, "index_vacuum_count"),
                        Rows.flag(rows, "throttled"),
                        Rows.decimal(rows, "delayed")));
            }
        } while (rows.next());
        return new Autovacuum(enabled, trackCounts, naptime, maxWorkers, costDelay, costLimit, busy, vacuums);
    }
}

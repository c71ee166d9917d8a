package io.pgwatch.snapshot;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The tables of this database that wait the most for VACUUM: user tables, materialized views, TOAST tables and catalogs;
 * temporary tables are left out. Each sweep looks at those known and at a slice of all, so it takes some sweeps to have seen
 * all of a large database.
 *
 * @param tables the worst first (those above a trigger, of these the most bytes of dead rows), at most {@value #MOST};
 *     tables without dead rows that are below their triggers are absent
 * @param seen how many relations, indexes included, have been looked at since the watch began; as many as there are, once all
 *     have been
 * @param relations how many there were when they were counted last, every twentieth turn; null before the first turn has ended
 * @param countedSince since when the server counts rows, if it began anew: after a reset of the statistics, a crash, or the
 *     promotion of a standby; null where nothing says so
 */
public record Tables(
        List<Table> tables,
        long seen,
        @Nullable Long relations,
        @Nullable Instant countedSince) implements Tracked {

    public static final Section<Tables> SECTION = new Section<>("tables", Tables.class);

    /** As many tables are listed at most. */
    public static final int MOST = 16;

    public Tables {
        tables = List.copyOf(tables);
    }

    /** Whether every relation has been looked at since the watch began; before, a table that is not listed may be the worst. */
    public boolean complete() {
        return relations != null;
    }

    /** The dead rows of one table, by oid: a table keeps it when it is renamed. */
    public static SeriesKey deadRows(long oid) {
        return new SeriesKey("dead rows", Long.toString(oid));
    }

    /** The pressure on one table, by oid. */
    public static SeriesKey pressure(long oid) {
        return new SeriesKey("vacuum pressure", Long.toString(oid));
    }

    /** Of tables above a trigger only, so that the history stays small. */
    @Override
    public void track(Recorder recorder) {
        for (Table table : tables) {
            if (table.isDue()) {
                recorder.record(deadRows(table.oid()), table.deadRows());
                recorder.record(pressure(table.oid()), table.pressure());
            }
        }
    }

    /**
     * One table, as the server's statistics count it.
     *
     * @param table qualified with its schema and quoted as SQL needs it
     * @param toastOf the table whose long values it holds, likewise; null for a table that is no TOAST table
     * @param counted false where the server has no statistics of it, as after a crash: then counts are 0 and mean nothing
     * @param insertedRows since its last VACUUM
     * @param estimatedRows {@code reltuples}, which triggers are computed of; null where neither VACUUM nor ANALYZE counted
     * @param bytes an estimate: pages as last counted, and what was written since; to ask for the size could wait for a lock
     * @param lastVacuum by whomever; null when never, or not since the server counts
     * @param lastAutovacuum by autovacuum; null as above
     * @param lastAnalyze by whomever; null as above
     * @param aboveSince since when every sweep has found it above a trigger, and no VACUUM has taken away more than half of
     *     what it waited for; null when this one did not
     * @param vacuumedSince whether a VACUUM of it has ended since then
     */
    public record Table(
            long oid,
            String table,
            @Nullable String toastOf,
            boolean counted,
            long liveRows,
            long deadRows,
            long insertedRows,
            @Nullable Long estimatedRows,
            long bytes,
            Trigger trigger,
            @Nullable Instant lastVacuum,
            @Nullable Instant lastAutovacuum,
            @Nullable Instant lastAnalyze,
            @Nullable Instant aboveSince,
            boolean vacuumedSince) {

        /** How many times the trigger its dead rows are, or its inserted rows where that is more; above 1 autovacuum is due. */
        public double pressure() {
            return Math.max(deadPressure(), insertPressure());
        }

        /** Whether autovacuum is due. */
        public boolean isDue() {
            Long inserts = trigger.inserted();
            return deadRows > trigger.dead() || inserts != null && insertedRows > inserts;
        }

        /** Dead rows by the trigger for dead rows. */
        public double deadPressure() {
            return (double) deadRows / Math.max(1, trigger.dead());
        }

        /** Inserted rows by the trigger for inserted rows; 0 where inserts trigger nothing. */
        public double insertPressure() {
            Long inserts = trigger.inserted();
            return inserts == null ? 0 : (double) insertedRows / Math.max(1, inserts);
        }
    }

    /**
     * When autovacuum takes a table, from the settings and the table's own options.
     *
     * @param dead with more dead rows than this
     * @param inserted with more rows inserted since its last VACUUM than this; null where inserts trigger nothing
     * @param enabled false where {@code autovacuum_enabled} is off for it: then only the age of its ids triggers
     * @param threshold {@code autovacuum_vacuum_threshold} as it holds for this table, in rows
     * @param scaleFactor {@code autovacuum_vacuum_scale_factor} as it holds for this table, a share of its rows
     */
    public record Trigger(long dead, @Nullable Long inserted, boolean enabled, long threshold, double scaleFactor) {}
}

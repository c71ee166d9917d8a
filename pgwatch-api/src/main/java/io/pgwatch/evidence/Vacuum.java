package io.pgwatch.evidence;

import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The tables of this database that wait the most for VACUUM, each against its own trigger.
 *
 * @param tables the worst first, at most 10
 * @param workersBusy autovacuum workers that vacuum or analyze, on the whole server; null while it is not known
 * @param workersMax as many there may be; null while it is not known
 * @param seen how many relations, indexes included, have been looked at since the watch began; as many as there are, once all
 *     have been
 * @param relations how many there were when they were counted last, every twentieth turn; null before the first turn has ended
 * @param countedSince since when the server counts rows, if it began anew, as after a reset of the statistics or a crash
 */
public record Vacuum(
        List<Table> tables,
        @Nullable Integer workersBusy,
        @Nullable Integer workersMax,
        long seen,
        @Nullable Long relations,
        @Nullable Instant countedSince) {

    public Vacuum {
        tables = List.copyOf(tables);
    }

    /**
     * One table.
     *
     * @param table qualified with its schema and quoted as SQL needs it; of a TOAST table its own name
     * @param toastOf the table whose long values it holds; null for a table that is no TOAST table
     * @param deadRows null where the server has no statistics of it
     * @param trigger autovacuum takes it with more dead rows than this
     * @param insertedRows since its last VACUUM; null where the server has no statistics of it
     * @param insertTrigger autovacuum takes it with more inserted rows than this; null where inserts trigger nothing
     * @param pressure dead rows by their trigger, or inserted rows by theirs where that is more; null as for dead rows
     * @param bytes an estimate
     * @param heldSeconds for how long it has been above a trigger, as far as the watch saw; null when it is not above
     * @param lastVacuum by whomever; null when never, or not since the server counts
     * @param autovacuumEnabled false where an option of the table, or of the table whose TOAST it is, turns it off
     * @param cause what decides why nothing removes its dead rows; null while nothing is wrong
     */
    public record Table(
            String table,
            @Nullable String toastOf,
            @Nullable Long deadRows,
            long trigger,
            @Nullable Long insertedRows,
            @Nullable Long insertTrigger,
            @Nullable Double pressure,
            long bytes,
            @Nullable Double heldSeconds,
            @Nullable Instant lastVacuum,
            boolean autovacuumEnabled,
            @Nullable Why cause) {}

    /** Why a table is not vacuumed; where more than one holds, the first one decides. Its text is the lower-case word of reports. */
    public enum Why {
        /** {@code track_counts} is off: autovacuum knows of no dead row. */
        TRACK_COUNTS_OFF,
        /** {@code autovacuum} is off. */
        AUTOVACUUM_OFF,
        /** An option of the table turns autovacuum off. */
        DISABLED_FOR_TABLE,
        /** It was vacuumed while it was above its trigger, and the dead rows stayed: something may still need to see them. */
        PINNED,
        /** A worker is on it, and sleeps because of its cost limit. */
        THROTTLED,
        /** A worker is on it, and goes through all indexes more than once, for want of memory. */
        INDEX_PASSES,
        /** A worker is on it. */
        AT_WORK,
        /** No worker is on it: all of them are busy elsewhere. */
        WORKERS_BUSY,
        /** It was never analyzed, so that its trigger takes it for empty; and autovacuum is due. */
        NEVER_ANALYZED,
        /** Workers are free and none stays on it: a lock makes them skip it, or somebody's lock request cancels them. */
        SKIPPED,
        /** It is above its trigger, for less time than a round of autovacuum takes. */
        DUE,
        /** It is below its trigger, which lets dead rows fill more than the bytes that are critical. */
        TRIGGER_HIGH,
        /** The server has no statistics of it, as after a crash or the promotion of a standby. */
        NOT_COUNTED;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }
}

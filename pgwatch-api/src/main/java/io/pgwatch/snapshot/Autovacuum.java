package io.pgwatch.snapshot;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The settings of autovacuum that hold for every table, and what vacuums at this moment.
 *
 * @param enabled {@code autovacuum}
 * @param trackCounts {@code track_counts}; without it autovacuum knows of no row
 * @param naptimeSeconds {@code autovacuum_naptime}
 * @param maxWorkers workers at most, on the whole server
 * @param costDelayMillis how long a worker sleeps each time it has used up its limit; 0: it is not throttled
 * @param costLimit what all workers together may use between two sleeps
 * @param busy workers that vacuum or analyze a table of whatever database
 * @param vacuums those at work in this database, manual ones included
 */
public record Autovacuum(
        boolean enabled,
        boolean trackCounts,
        double naptimeSeconds,
        int maxWorkers,
        double costDelayMillis,
        int costLimit,
        int busy,
        List<Vacuum> vacuums) {

    public static final Section<Autovacuum> SECTION = new Section<>("autovacuum", Autovacuum.class);

    public Autovacuum {
        vacuums = List.copyOf(vacuums);
    }

    /** Whether every worker has work. */
    public boolean saturated() {
        return busy >= maxWorkers;
    }

    /**
     * One VACUUM at work.
     *
     * @param table its oid; null where the role may not see it
     * @param automatic whether autovacuum does it
     * @param phase such as {@code scanning heap}; null where the role may not see it
     * @param blocks of the table, in pages; null where the role may not see it
     * @param scanned of these; null where the role may not see it
     * @param indexPasses how often it has gone through all indexes; null where the role may not see it
     * @param throttled whether it sleeps at this moment because of its cost limit; null where the role may not see it
     * @param delaySeconds how long it has slept for that in all; null before 18, and without track_cost_delay_timing
     */
    public record Vacuum(
            int pid,
            @Nullable Long table,
            boolean automatic,
            @Nullable String phase,
            @Nullable Long blocks,
            @Nullable Long scanned,
            @Nullable Long indexPasses,
            @Nullable Boolean throttled,
            @Nullable Double delaySeconds) {}
}

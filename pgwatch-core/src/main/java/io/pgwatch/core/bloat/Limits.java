package io.pgwatch.core.bloat;

import java.time.Duration;

/**
 * How much reading pages may cost, and who reads them.
 *
 * @param cpuShare of one core of the server, on the average
 * @param pagesPerSecond of 8 KiB, on the average
 * @param runsUserCode whether functions and operators that are no part of PostgreSQL may run, as index expressions name them
 * @param lostAfter without a statement the session that has the lock reads for nobody: its process hangs, or the network lost
 *     it; the server will go on for hours to believe that it is there
 */
public record Limits(double cpuShare, int pagesPerSecond, boolean runsUserCode, Duration lostAfter) {

    /** Whoever has the lock asks at least for the list of tables, every five minutes. */
    private static final Duration LOST_AFTER = Duration.ofMinutes(10);

    /** Of a session that has the lock and asks nothing, ten minutes are enough. */
    public Limits(double cpuShare, int pagesPerSecond, boolean runsUserCode) {
        this(cpuShare, pagesPerSecond, runsUserCode, LOST_AFTER);
    }
}

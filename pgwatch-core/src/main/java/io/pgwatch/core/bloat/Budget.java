package io.pgwatch.core.bloat;

/**
 * How much may be read, on the average: what is not used for a while can be used at once later, so that a first round comes
 * soon. Pages are of 8 KiB; time is that of the statements, which is more than the server's CPU time.
 */
final class Budget {

    /** Seconds of which the allowance can be saved up. */
    private static final double SAVED_UP = 150;

    private final double share;
    private final double pagesPerSecond;
    private long filledAt;
    private double seconds;
    private double pages;

    /**
     * A full one.
     *
     * @param share of one core
     * @param now by {@link System#nanoTime}, as everywhere here
     */
    Budget(double share, double pagesPerSecond, long now) {
        this.share = share;
        this.pagesPerSecond = pagesPerSecond;
        this.filledAt = now;
        this.seconds = share * SAVED_UP;
        this.pages = pagesPerSecond * SAVED_UP;
    }

    void spend(double spentSeconds, long spentPages, long now) {
        fill(now);
        seconds -= spentSeconds;
        pages -= spentPages;
    }

    /** Nanoseconds until something may be read again; 0 for at once. */
    long nanosToWait(long now) {
        fill(now);
        double wait = Math.max(-seconds / share, -pages / pagesPerSecond);
        return wait <= 0 ? 0 : (long) (wait * 1e9) + 1;
    }

    private void fill(long now) {
        double passed = (now - filledAt) / 1e9;
        filledAt = now;
        seconds = Math.min(share * SAVED_UP, seconds + passed * share);
        pages = Math.min(pagesPerSecond * SAVED_UP, pages + passed * pagesPerSecond);
    }
}

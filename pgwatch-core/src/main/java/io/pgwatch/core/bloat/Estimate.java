package io.pgwatch.core.bloat;

/**
 * What a rebuild leaves of a relation.
 *
 * @param pages after it
 * @param error standard error of {@code 1 - pages after / pages now}
 */
record Estimate(double pages, double error) {

    static final Estimate NOTHING = new Estimate(0, 0);

    /** Standard errors in half of a 95 % interval. */
    static final double SPREAD = 1.96;

    /** Nothing in so many pages: up to three times as rare as one in them, says the rule of three. */
    static Estimate nothingSeenIn(int pages) {
        return new Estimate(0, 3.0 / pages / SPREAD);
    }

    double halfWidth() {
        return SPREAD * error;
    }
}

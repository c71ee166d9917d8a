package io.pgwatch.core.bloat;

import java.util.SortedSet;
import java.util.TreeSet;

/** Which pages to read: a golden-ratio sequence, nested, so that more pages contain the fewer, and nearly stratified. */
final class Pages {

    private static final double GOLDEN = 0.6180339887498949;

    private Pages() {}

    /**
     * Distinct block numbers, ascending.
     *
     * @param pages of the table
     * @param wanted how many at most; all of them when the table has no more
     * @param start of the sequence, from 0 to below 1
     */
    static SortedSet<Long> sample(long pages, int wanted, double start) {
        SortedSet<Long> sample = new TreeSet<>();
        if (pages <= wanted) {
            for (long page = 0; page < pages; page++) {
                sample.add(page);
            }
            return sample;
        }
        for (int i = 0; sample.size() < wanted && i <= 50 * wanted; i++) {
            sample.add((long) ((start + i * GOLDEN) % 1.0 * pages));
        }
        return sample;
    }
}

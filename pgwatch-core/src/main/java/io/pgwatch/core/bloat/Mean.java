package io.pgwatch.core.bloat;

import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * The mean of a number over all pages of a table, from some of them. Each sampled page stands for those that are nearest to
 * it, so that a stretch of pages that differ, as after deleting the oldest rows, is off by half a gap at most.
 *
 * @param value of the mean
 * @param error standard error of it; 0 when every page was read
 */
record Mean(double value, double error) {

    /** The mean over a table of so many pages; the sample is in the order of the pages. */
    static Mean of(List<PageSample> sample, long pages, ToDoubleFunction<PageSample> number) {
        int read = sample.size();
        double mean = 0;
        double weights = 0;
        double squares = 0;
        double most = 0;
        boolean patchy = false;
        for (int i = 0; i < read; i++) {
            double from = i == 0 ? 0 : middle(sample.get(i - 1), sample.get(i));
            double to = i == read - 1 ? pages : middle(sample.get(i), sample.get(i + 1));
            double weight = (to - from) / pages;
            double seen = number.applyAsDouble(sample.get(i));
            mean += weight * seen;
            most = Math.max(most, seen);
            patchy |= seen == 0;
            weights += weight * weight;
            if (i > 0) {
                double step = seen - number.applyAsDouble(sample.get(i - 1));
                squares += step * step;
            }
        }
        if (read <= 2 || read >= pages) {
            return new Mean(mean, 0);
        }
        // neighbours are alike: their differences show what is left to chance
        double variance = squares / (2 * (read - 1));
        double unread = 1 - (double) read / pages;
        double missed =
                patchy ? most / read / Estimate.SPREAD : 0; // where some pages are empty, a gap may hide full ones
        return new Mean(mean, Math.sqrt(variance * weights * unread) + missed * unread);
    }

    private static double middle(PageSample one, PageSample next) {
        return (one.block() + next.block() + 1) / 2.0;
    }
}

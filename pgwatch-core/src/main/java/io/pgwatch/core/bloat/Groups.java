package io.pgwatch.core.bloat;

import io.pgwatch.core.bloat.BtreeBuild.Item;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.NavigableMap;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * How many rows share a key, from looking up the keys of sampled rows. Rows are sampled, so a group comes up as often as it
 * has rows.
 *
 * @param groups with their weights, which sum up to 1
 * @param lookups how many keys were looked up
 */
record Groups(List<Group> groups, int lookups) {

    /** A lookup counts this far. */
    static final int COUNTED = 150;

    /** What stands for a group that was not counted to its end: larger ones take as many bytes a row. */
    private static final int MANY = 1320;

    private static final int SIMULATED_ROWS = 30_000;
    private static final int MOST_LOOKUPS = 1500;
    private static final double WANTED_ERROR = 0.01;

    /**
     * Rows with one key.
     *
     * @param rows how many
     * @param weight share of the index's rows that this one stands for
     * @param size of their index tuple
     * @param isNull whether all of their keys are NULL, so that nothing was looked up
     */
    record Group(double rows, double weight, int size, boolean isNull) {

        int counted() {
            return (int) Math.max(1, Math.round(Math.min(rows, MANY)));
        }

        double bytesPerRow() {
            List<Item> items = new ArrayList<>();
            BtreeBuild.addPostings(items, size, (int) Math.max(1, Math.min(rows, MANY)));
            double bytes = 0;
            double held = 0;
            for (Item item : items) {
                bytes += item.size() + BtreeBuild.LINE_POINTER;
                held += item.rows();
            }
            return bytes / held;
        }
    }

    /**
     * The groups of an index.
     *
     * @param histogram how many sampled rows have an index tuple of which size, the rows with nothing but NULL left out
     * @param found for each size looked up, how many rows the keys had
     * @param nullRows sampled rows whose keys are all NULL
     * @param scale pages of the table for each sampled one
     */
    static Groups of(
            SortedMap<Integer, Integer> histogram,
            NavigableMap<Integer, List<Integer>> found,
            int nullRows,
            double scale) {
        List<Group> groups = new ArrayList<>();
        double total =
                nullRows + histogram.values().stream().mapToInt(count -> count).sum();
        int lookups = found.values().stream().mapToInt(List::size).sum();
        if (nullRows > 0) {
            groups.add(new Group(Math.max(1, nullRows * scale), nullRows / total, 16, true));
        }
        histogram.forEach((size, count) -> {
            List<Integer> rows = nearest(found, size);
            for (int one : rows) {
                groups.add(new Group(one >= COUNTED ? MANY : one, count / total / rows.size(), size, false));
            }
        });
        return new Groups(groups, lookups);
    }

    private static List<Integer> nearest(NavigableMap<Integer, List<Integer>> found, int size) {
        var below = found.floorEntry(size);
        var above = found.ceilingEntry(size);
        if (below == null || above == null) {
            return below != null ? below.getValue() : above != null ? above.getValue() : List.of();
        }
        return size - below.getKey() <= above.getKey() - size ? below.getValue() : above.getValue();
    }

    private double mean() {
        return groups.stream()
                .mapToDouble(group -> group.bytesPerRow() * group.weight)
                .sum();
    }

    /** Variance of the bytes of a row, times the share of the rows that it is of: rows with nothing but NULL are known. */
    private double variance() {
        List<Group> found = groups.stream().filter(group -> !group.isNull).toList();
        double share = found.stream().mapToDouble(Group::weight).sum();
        double mean = found.stream()
                        .mapToDouble(group -> group.bytesPerRow() * group.weight)
                        .sum()
                / share;
        return found.stream()
                        .mapToDouble(group -> Math.pow(group.bytesPerRow() - mean, 2) * group.weight)
                        .sum()
                * share;
    }

    /** How many lookups bring the bytes of a row to one percent. */
    int wantedLookups() {
        double wanted = lookups == 0 ? 0 : variance() / Math.pow(WANTED_ERROR * mean(), 2);
        return (int) Math.min(MOST_LOOKUPS, wanted + 1);
    }

    /** Standard error of the bytes of a row, as a share. */
    double error() {
        return lookups == 0 ? 0 : Math.sqrt(variance() / lookups) / mean();
    }

    /** Leaf items as such groups make them, the same ones each time. What is left of a group is a smaller one. */
    List<Item> simulate() {
        SortedMap<Integer, SortedMap<Integer, Double>> weights = new TreeMap<>();
        for (Group group : groups) {
            weights.computeIfAbsent(group.size, any -> new TreeMap<>())
                    .merge(group.counted(), group.weight, Double::sum);
        }
        List<Run> runs = new ArrayList<>();
        weights.forEach((size, byRows) -> byRows.forEach((rows, weight) -> {
            long left = Math.round(weight * SIMULATED_ROWS);
            for (; left >= rows; left -= rows) {
                runs.add(new Run(size, rows));
            }
            if (left > 0) {
                runs.add(new Run(size, (int) left));
            }
        }));
        Collections.shuffle(runs, new Random(runs.size()));
        List<Item> items = new ArrayList<>();
        for (Run run : runs) {
            BtreeBuild.addPostings(items, run.size, run.rows);
        }
        return items;
    }

    private record Run(int size, int rows) {}
}

package io.pgwatch.core.bloat;

import io.pgwatch.core.bloat.BtreeBuild.Item;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Predicts what a rebuild leaves, from sampled pages of a table; the sample is in the order of the pages. */
record Estimates(Table table, List<PageSample> sample) {

    /** What a heap's figure is off by in any case, beside one page: rows that do not fit as they would in another order. */
    static final double HEAP_FLOOR = 0.002;

    private static final double BTREE_FLOOR = 0.003;

    Estimate heap() {
        return Packing.heap(table.pages(), table.fillfactor(), sample);
    }

    double heapHalfWidth() {
        return heap().halfWidth() + HEAP_FLOOR + 1.0 / table.pages();
    }

    Estimate toast() {
        return Packing.toast(table.pages(), table.toastPages(), sample);
    }

    /** Rows of the table that are in an index. */
    double rows(int number) {
        return Mean.of(sample, table.pages(), page -> page.entries().get(number).count())
                        .value()
                * table.pages();
    }

    /** Pages of an index after a rebuild. */
    long btree(int number, @Nullable Groups groups) {
        int[] sizes = sizes(number);
        if (sizes.length == 0) {
            return 1;
        }
        List<Item> items = groups == null ? singly(sizes) : groups.simulate();
        boolean exact = groups == null && isWhole();
        double mean = (double) Sizes.sum(sizes) / sizes.length;
        return BtreeBuild.pages(
                rows(number), items, mean, table.indexes().get(number).fillfactor(), exact);
    }

    private boolean isWhole() {
        return sample.size() >= table.pages();
    }

    private static List<Item> singly(int[] sizes) {
        List<Item> items = new ArrayList<>(sizes.length);
        for (int size : sizes) {
            items.add(new Item(size, 0, 1));
        }
        return items;
    }

    private int[] sizes(int number) {
        return sample.stream()
                .flatMapToInt(page -> Arrays.stream(page.entries().get(number).sizes()))
                .filter(size -> size >= 0)
                .toArray();
    }

    /** Half of the interval of an index's bloat. */
    double btreeHalfWidth(int number, @Nullable Groups groups) {
        long pages = table.indexes().get(number).pages();
        double lookups = groups == null ? 0 : groups.error();
        double share = (double) btree(number, groups) / pages;
        double bytes = bytesError(number);
        return Estimate.SPREAD * Math.sqrt(bytes * bytes + lookups * lookups) * share
                + unseen(number, pages)
                + BTREE_FLOOR
                + 1.0 / pages;
    }

    /** Standard error of the bytes that the rows take in an index, as a share. */
    private double bytesError(int number) {
        Index index = table.indexes().get(number);
        int allNull = index.deduplicates() ? (1 << index.keys()) - 1 : -1;
        Mean bytes = Mean.of(
                sample, table.pages(), page -> page.entries().get(number).bytes(allNull));
        return bytes.value() == 0 ? 0 : bytes.error() / bytes.value();
    }

    /** A partial index of rare rows may have some though the sample met none: three, says the rule of three. */
    private double unseen(int number, long pages) {
        if (isWhole() || sizes(number).length > 0 || table.indexes().get(number).predicate() == null) {
            return 0;
        }
        return 3.0 * table.pages() / sample.size() / 300 / pages;
    }

    /** The widest half of an interval that more pages would make narrower. */
    double widest() {
        double widest = Math.max(heap().halfWidth(), table.toastPages() > 0 ? toast().halfWidth() : 0);
        for (int i = 0; i < table.indexes().size(); i++) {
            long pages = Math.max(1, table.indexes().get(i).pages());
            double share = (double) btreeWithoutGroups(i) / pages;
            widest = Math.max(widest, Estimate.SPREAD * bytesError(i) * Math.min(1, share));
        }
        return widest;
    }

    /** An upper bound where duplicates are put together, and there is no more need than to know when to stop. */
    private double btreeWithoutGroups(int number) {
        int[] sizes = sizes(number);
        return sizes.length == 0 ? 0 : rows(number) * ((double) Sizes.sum(sizes) / sizes.length + 4) / 7300;
    }

    double emptyPages() {
        return sample.isEmpty()
                ? 0
                : (double) sample.stream()
                                .filter(page -> page.lengths().length == 0)
                                .count()
                        / sample.size();
    }
}

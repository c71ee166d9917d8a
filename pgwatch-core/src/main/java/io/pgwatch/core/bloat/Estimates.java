package io.pgwatch.core.bloat;

import io.pgwatch.core.bloat.BtreeBuild.Item;
import io.pgwatch.snapshot.BloatSample.Circumstances;
import io.pgwatch.snapshot.BloatSample.Kind;
import io.pgwatch.snapshot.BloatSample.Relation;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Predicts what a rebuild leaves, from sampled pages of a table; the sample is in the order of the pages. */
record Estimates(Table table, List<PageSample> sample) {

    /** What a heap's figure is off by in any case, beside one page: rows that do not fit as they would in another order. */
    static final double HEAP_FLOOR = 0.002;

    private static final double BTREE_FLOOR = 0.003;

    private static final int TOAST_KEY = 16;

    /** Of a B-tree that says nothing else, in percent. */
    private static final int FILLFACTOR = 90;

    /** Bytes that a build puts into a leaf by that, about. */
    private static final double FILLED_LEAF = 7300;

    /** In such a leaf, about; of the shortest, with 20 bytes each and its line pointer, there are 366. */
    private static final double ENTRIES_A_LEAF = 300;

    /** A tuple up to this size has no value above 508 bytes, from where on an index compresses it. */
    private static final int UNCOMPRESSED = 520;

    private static final long FEW_TOAST_ROWS = 1000;

    Relation heap(Instant at) {
        return relation(table.name(), Kind.HEAP, table.pages(), heap().pages(), heapHalfWidth(), !table.catalog(), at);
    }

    Relation toast(String name, Instant at) {
        Estimate after = toast();
        double halfWidth = after.halfWidth() + HEAP_FLOOR + 1.0 / table.toastPages();
        return relation(name, Kind.TOAST, table.toastPages(), after.pages(), halfWidth, !table.catalog(), at);
    }

    Relation toastBtree(Index index, Instant at) {
        long pages = index.pages();
        return relation(
                index.name(), Kind.BTREE, pages, toastBtree(), toastBtreeHalfWidth(pages), index.concurrently(), at);
    }

    Relation btree(int number, @Nullable Groups groups, Instant at) {
        Index index = table.indexes().get(number);
        return relation(
                index.name(),
                Kind.BTREE,
                index.pages(),
                btree(number, groups),
                btreeHalfWidth(number, groups),
                index.concurrently(),
                at);
    }

    private Relation relation(
            String name, Kind kind, long pages, double after, double halfWidth, boolean concurrently, Instant at) {
        long left = (long) Math.min(pages, Math.ceil(after));
        return new Relation(
                name,
                kind,
                table.name(),
                pages * Packing.BLOCK,
                (pages - left) * Packing.BLOCK,
                Math.min(1, halfWidth),
                sample.size(),
                at,
                new Circumstances(table.autovacuum(), emptyPages(), concurrently));
    }

    Estimate heap() {
        return Packing.heap(table.pages(), table.fillfactor(), sample);
    }

    double heapHalfWidth() {
        return heap().halfWidth() + HEAP_FLOOR + 1.0 / table.pages();
    }

    Estimate toast() {
        return Packing.toast(table.pages(), table.toastPages(), sample);
    }

    private Mean toastRows() {
        return Mean.of(sample, table.pages(), page -> Packing.chunks(page.external()).length);
    }

    /** Whether the sample shows the wide values at all: a few huge ones in a large table would not be met. */
    boolean showsToast() {
        Mean rows = toastRows();
        return table.toastRows()
                <= 2 * table.pages() * (rows.value() + Estimate.SPREAD * rows.error()) + FEW_TOAST_ROWS;
    }

    /** Pages of the TOAST relation's index after a rebuild: its keys are an oid and a number. */
    private long toastBtree() {
        return BtreeBuild.pages(
                toastRows().value() * table.pages(), List.of(new Item(TOAST_KEY, 0, 1)), TOAST_KEY, FILLFACTOR, false);
    }

    private double toastBtreeHalfWidth(long pages) {
        Mean rows = toastRows();
        double error = rows.value() == 0 ? 0 : rows.error() / rows.value();
        return Estimate.SPREAD * error * toastBtree() / pages + BTREE_FLOOR + 1.0 / pages;
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
                + share * compressible(number)
                + BTREE_FLOOR
                + 1.0 / pages;
    }

    /** Standard error of the bytes that the rows take in an index, as a share. */
    private double bytesError(int number) {
        Index index = table.indexes().get(number);
        int allNull = index.deduplicates() && index.keys() <= Index.MOST_KEYS ? (1 << index.keys()) - 1 : -1;
        Mean bytes = Mean.of(
                sample, table.pages(), page -> page.entries().get(number).bytes(allNull));
        return bytes.value() == 0 ? 0 : bytes.error() / bytes.value();
    }

    /** Share of the bytes that a build may compress, since their keys are so wide: to which size nobody can tell beforehand. */
    private double compressible(int number) {
        int[] sizes = sizes(number);
        boolean mayBe = table.indexes().get(number).parts().stream()
                .anyMatch(part -> part.length() == -1 && part.storage() != 'p' && part.storage() != 'e');
        return mayBe && sizes.length > 0
                ? (double) Sizes.sum(Arrays.stream(sizes)
                                .filter(size -> size > UNCOMPRESSED)
                                .toArray())
                        / Sizes.sum(sizes)
                : 0;
    }

    /** A partial index of rare rows may have some though the sample met none: three, says the rule of three. */
    private double unseen(int number, long pages) {
        if (isWhole() || sizes(number).length > 0 || table.indexes().get(number).predicate() == null) {
            return 0;
        }
        return 3.0 * table.pages() / sample.size() / ENTRIES_A_LEAF / pages;
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
        return sizes.length == 0
                ? 0
                : rows(number) * ((double) Sizes.sum(sizes) / sizes.length + BtreeBuild.LINE_POINTER) / FILLED_LEAF;
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

package io.pgwatch.core.bloat;

import java.util.List;

/**
 * How PostgreSQL fills the leaf pages of a b-tree that it builds anew.
 *
 * @param full leaf pages that were completed
 * @param rows in them
 * @param leaves with the one that was begun last
 */
record BtreeBuild(long full, long rows, long leaves) {

    /** What a leaf page has for tuples and line pointers, less what its own high key needs at the start. */
    private static final int LEAF = 8148;

    static final int LINE_POINTER = 4;

    /** A posting list ends at a sixth of a page less some overhead; its row ids have 6 bytes each. */
    private static final int LONGEST_POSTING = 808;

    private static final int ROW_ID = 6;

    /** What a row takes in a long posting list, its share of the tuple included. */
    static final double IN_A_POSTING = 6.2;

    /** What an inner page is filled to: 70 %. */
    private static final int INNER = 5687;

    /** Bytes from which the sample makes enough leaves, about thirty, to count by. */
    private static final long ENOUGH = 219_000;

    /**
     * What stands on a leaf page.
     *
     * @param size in bytes
     * @param posting how many of them are row ids that a high key does not need
     * @param rows that it leads to
     */
    record Item(int size, int posting, int rows) {}

    /** The items of one key with so many rows, where equal keys are put together. */
    static void addPostings(List<Item> items, int tuple, int rows) {
        int most = (LONGEST_POSTING - tuple) / ROW_ID;
        int left = rows;
        while (left > 0) {
            int together = rows == 1 || most < 2 ? 1 : Math.min(left, most);
            int size = together == 1 ? tuple : tuple + ROW_ID * together + 7 & ~7;
            items.add(new Item(size, size - tuple, together));
            left -= together;
        }
    }

    static BtreeBuild of(List<Item> items, int times, int fillfactor) {
        int keepFree = Packing.BLOCK * (100 - fillfactor) / 100;
        int free = LEAF;
        long full = 0;
        long done = 0;
        int count = 0;
        int rows = 0;
        Item last = null;
        for (int round = 0; round < times; round++) {
            for (Item item : items) {
                int room = free - LINE_POINTER;
                boolean fits = item.size + 8 <= room;
                boolean filled = last != null && count > 1 && room + last.posting < keepFree;
                if (last != null && (!fits || filled)) {
                    full++;
                    if (count > 1) { // the last item moves on, and what stays of it is the high key
                        done += rows - last.rows;
                        free = LEAF - (last.size + LINE_POINTER);
                        count = 1;
                        rows = last.rows;
                    } else {
                        done += rows;
                        free = LEAF;
                        count = 0;
                        rows = 0;
                    }
                }
                free -= item.size + LINE_POINTER;
                count++;
                rows += item.rows;
                last = item;
            }
        }
        return new BtreeBuild(full, done, full + 1);
    }

    /**
     * Pages of the index after a rebuild, its meta page and inner pages included.
     *
     * @param rows of the whole table that are in the index
     * @param items of sampled rows, with duplicates put together where the index does so
     * @param meanSize of their index tuples
     * @param exact whether the items are all there are
     */
    static long pages(double rows, List<Item> items, double meanSize, int fillfactor, boolean exact) {
        if (items.isEmpty() || rows <= 0) {
            return 1;
        }
        long leaves;
        if (exact) {
            leaves = of(items, 1, fillfactor).leaves;
        } else {
            long bytes = 0;
            for (Item item : items) {
                bytes += item.size + LINE_POINTER;
            }
            BtreeBuild build = of(items, bytes < ENOUGH ? (int) (ENOUGH / bytes) + 1 : 1, fillfactor);
            leaves = (long) Math.ceil(rows * build.full / build.rows - 1e-9);
        }
        double fan = Math.max(2, INNER / (meanSize + LINE_POINTER));
        long pages = 1 + leaves;
        for (long level = leaves; level > 1; ) {
            level = Math.max(1, (long) Math.ceil(level / fan));
            pages += level;
        }
        return pages;
    }
}

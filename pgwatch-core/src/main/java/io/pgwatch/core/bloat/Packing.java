package io.pgwatch.core.bloat;

import java.util.List;

/**
 * How PostgreSQL fills heap pages when it rewrites a table: one after the other, a row that does not fit begins the next.
 *
 * @param full pages that were completed
 * @param rows in them
 * @param bytes in them
 * @param last rows in the page that was begun last
 */
record Packing(long full, long rows, long bytes, int last) {

    /** What a page has for rows and their line pointers. */
    static final int PAGE = 8168;

    /** A page, in bytes; where a server was built with others, nothing is measured. */
    static final int BLOCK = 8192;

    /** Line pointers that a page has at most, whatever the size of the rows. */
    private static final int MOST_ROWS = 291;

    /** What fits onto a TOAST page and its chunks hold. */
    private static final int CHUNK = 1996;

    private static final int CHUNK_ROW = 2036;

    static Packing of(int[] sizes, int times, int capacity) {
        long full = 0;
        long rows = 0;
        long bytes = 0;
        int used = 0;
        int count = 0;
        for (int round = 0; round < times; round++) {
            for (int size : sizes) {
                if (count > 0 && (used + size > capacity || count >= MOST_ROWS)) {
                    full++;
                    rows += count;
                    bytes += used;
                    used = 0;
                    count = 0;
                }
                used += size;
                count++;
            }
        }
        return new Packing(full, rows, bytes, count);
    }

    /** Pages of the table after a rebuild, from some of its pages now. */
    static Estimate heap(long pages, int fillfactor, List<PageSample> sample) {
        int capacity = PAGE - BLOCK * (100 - fillfactor) / 100;
        int[] sizes = Sizes.concat(sample, PageSample::lengths);
        int read = sample.size();
        if (sizes.length == 0) {
            return read >= pages ? Estimate.NOTHING : Estimate.nothingSeenIn(read);
        }
        Packing packed = of(sizes, 1, capacity);
        if (read >= pages) {
            return new Estimate(packed.full + 1, 0);
        }
        if (packed.full < 3) {
            packed = of(sizes, (int) (20L * capacity / Sizes.sum(sizes)) + 2, capacity);
        }
        double bytesPerPage = (double) packed.bytes / packed.full;
        Mean bytes = Mean.of(sample, pages, PageSample::bytes);
        return new Estimate(pages * bytes.value() / bytesPerPage, bytes.error() / bytesPerPage);
    }

    /** Pages of the TOAST relation after a rebuild, from some pages of its table. */
    static Estimate toast(long pages, long toastPages, List<PageSample> sample) {
        int[] sizes = Sizes.concat(sample, page -> chunks(page.external()));
        if (sizes.length == 0) {
            return Estimate.NOTHING;
        }
        Packing packed = of(sizes, 1, PAGE);
        int read = sample.size();
        if (read >= pages) {
            return new Estimate(packed.full + 1, 0);
        }
        double bytesPerPage = packed.full > 0 ? (double) packed.bytes / packed.full : PAGE;
        Mean bytes = Mean.of(sample, pages, page -> Sizes.sum(chunks(page.external())));
        double scale = pages / bytesPerPage;
        return new Estimate(bytes.value() * scale, bytes.error() * scale / toastPages);
    }

    /** The rows of the TOAST relation that hold values of these sizes. */
    static int[] chunks(int[] values) {
        int count = 0;
        for (int value : values) {
            count += (value + CHUNK - 1) / CHUNK;
        }
        int[] rows = new int[count];
        int i = 0;
        for (int value : values) {
            for (int left = value; left > 0; left -= CHUNK) {
                rows[i++] = left >= CHUNK ? CHUNK_ROW : (36 + left + 7 & ~7) + 4;
            }
        }
        return rows;
    }
}

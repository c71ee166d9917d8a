package io.pgwatch.core.bloat;

import java.util.List;

/**
 * One page of a table as a rebuild would write its rows.
 *
 * @param lengths of the visible rows, in bytes with their line pointers
 * @param external sizes of the values that would go to the TOAST relation
 * @param entries what the rows are in each measured index, in its order
 */
record PageSample(long block, int[] lengths, int[] external, List<Entries> entries) {

    /**
     * The rows of one page in one index.
     *
     * @param sizes of the index tuples without line pointer, one for each row; -1 for a row that the index leaves out
     * @param nulls which key columns are NULL, one bit each
     */
    record Entries(int[] sizes, int[] nulls) {

        int count() {
            int count = 0;
            for (int size : sizes) {
                if (size >= 0) {
                    count++;
                }
            }
            return count;
        }

        /**
         * What the rows take in the index, about.
         *
         * @param allNull the keys of rows that are put together, since they are NULL; -1 for none
         */
        double bytes(int allNull) {
            double bytes = 0;
            for (int i = 0; i < sizes.length; i++) {
                bytes += sizes[i] < 0
                        ? 0
                        : nulls[i] == allNull ? BtreeBuild.IN_A_POSTING : sizes[i] + BtreeBuild.LINE_POINTER;
            }
            return bytes;
        }
    }

    long bytes() {
        long bytes = 0;
        for (int length : lengths) {
            bytes += length;
        }
        return bytes;
    }
}

package io.pgwatch.core.bloat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.pgwatch.core.bloat.BtreeBuild.Item;
import io.pgwatch.core.bloat.PageSample.Entries;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class EstimatesTests {

    private static final int ROW = 36;
    private static final int ENTRY = 16;
    private static final int LEFT_OUT = -1;

    private static Table table(long pages, long toastPages, long indexPages, @Nullable String predicate) {
        Index index =
                new Index(2, false, "i", "btree", indexPages, false, 90, 1, true, true, predicate, null, List.of());
        return new Table(
                1,
                "t",
                null,
                0,
                pages,
                toastPages,
                0,
                true,
                1,
                100,
                2032,
                true,
                false,
                List.of(),
                List.of(index),
                List.of());
    }

    /** Pages with so many rows each, all of one length, of which the index has all. */
    private static List<PageSample> sample(int apart, int... rows) {
        return sampled(ENTRY, apart, rows);
    }

    private static List<PageSample> sampled(int entry, int apart, int... rows) {
        List<PageSample> sample = new ArrayList<>();
        for (int i = 0; i < rows.length; i++) {
            int[] lengths = new int[rows[i]];
            Arrays.fill(lengths, ROW);
            int[] entries = new int[rows[i]];
            Arrays.fill(entries, entry);
            sample.add(new PageSample(
                    10 + (long) i * apart, lengths, new int[0], List.of(new Entries(entries, new int[rows[i]]))));
        }
        return sample;
    }

    private static int[] times(int count, int rows) {
        int[] all = new int[count];
        Arrays.fill(all, rows);
        return all;
    }

    @Test
    void an_index_has_the_rows_of_the_table_that_are_not_left_out() {
        assertThat(new Estimates(table(100, 0, 50, null), sample(8, times(10, 100))).rows(0))
                .isCloseTo(10_000, within(1e-6));
        assertThat(new Estimates(table(100, 0, 50, "p"), sampled(LEFT_OUT, 8, times(10, 100))).rows(0))
                .isZero();
    }

    @Test
    void an_index_without_rows_is_its_meta_page() {
        assertThat(new Estimates(table(100, 0, 50, "p"), sampled(LEFT_OUT, 8, times(10, 100))).btree(0, null))
                .isEqualTo(1);
    }

    @Test
    void an_index_is_counted_where_every_page_was_read_and_else_extrapolated() {
        List<Item> items = Collections.nCopies(1000, new Item(ENTRY, 0, 1));

        assertThat(new Estimates(table(10, 0, 50, null), sample(1, times(10, 100))).btree(0, null))
                .isEqualTo(BtreeBuild.pages(1000, items, ENTRY, 90, true));
        assertThat(new Estimates(table(1000, 0, 500, null), sample(99, times(10, 100))).btree(0, null))
                .isEqualTo(BtreeBuild.pages(100_000, items, ENTRY, 90, false));
    }

    @Test
    void the_interval_of_a_heap_has_a_floor_and_a_page() {
        Estimates whole = new Estimates(table(10, 0, 50, null), sample(1, times(10, 100)));
        Estimates uneven = new Estimates(table(100, 0, 50, null), sample(40, 4, 8, 6));

        assertThat(whole.heapHalfWidth()).isCloseTo(0.002 + 0.1, within(1e-9));
        assertThat(uneven.heapHalfWidth())
                .isCloseTo(uneven.heap().halfWidth() + 0.002 + 0.01, within(1e-9))
                .isGreaterThan(0.012);
    }

    @Test
    void the_interval_of_an_index_has_a_floor_and_a_page() {
        assertThat(new Estimates(table(10, 0, 50, null), sample(1, times(10, 100))).btreeHalfWidth(0, null))
                .isCloseTo(0.003 + 0.02, within(1e-9));
    }

    @Test
    void a_partial_index_of_which_no_row_was_met_may_have_some() {
        assertThat(new Estimates(table(100, 0, 50, "p"), sampled(LEFT_OUT, 8, times(10, 100))).btreeHalfWidth(0, null))
                .isCloseTo(3.0 * 100 / 10 / 300 / 50 + 0.003 + 0.02, within(1e-9));
        assertThat(new Estimates(table(10, 0, 50, "p"), sampled(LEFT_OUT, 1, times(10, 100))).btreeHalfWidth(0, null))
                .as("every page was read")
                .isCloseTo(0.003 + 0.02, within(1e-9));
        assertThat(new Estimates(table(100, 0, 50, null), sample(8, times(10, 0))).btreeHalfWidth(0, null))
                .as("not partial")
                .isCloseTo(0.003 + 0.02, within(1e-9));
    }

    @Test
    void rows_and_groups_that_are_uncertain_widen_the_interval_of_an_index() {
        Estimates uneven = new Estimates(table(100, 0, 50, null), sample(40, 4, 8, 6));
        double rows = 1.284228 / 6.19;
        Groups groups =
                new Groups(List.of(new Groups.Group(1, 0.75, 16, false), new Groups.Group(132, 0.25, 16, false)), 4);

        assertThat(uneven.btreeHalfWidth(0, null))
                .isCloseTo(1.96 * rows * uneven.btree(0, null) / 50 + 0.023, within(1e-6));
        assertThat(uneven.btreeHalfWidth(0, groups))
                .isCloseTo(
                        1.96 * Math.hypot(rows, groups.error()) * uneven.btree(0, groups) / 50 + 0.023, within(1e-6));
    }

    @Test
    void the_widest_interval_tells_whether_more_pages_are_wanted() {
        Estimates whole = new Estimates(table(10, 0, 50, null), sample(1, times(10, 100)));
        assertThat(whole.widest()).isZero();

        Estimates heap = new Estimates(table(100, 0, 5_000, null), sample(40, 4, 8, 6));
        assertThat(heap.widest()).isEqualTo(heap.heap().halfWidth()).isPositive();

        Estimates index = new Estimates(table(100, 0, 1, null), sample(40, 4, 8, 6));
        assertThat(index.widest())
                .as("an index of one page, of which all is left")
                .isCloseTo(1.96 * 1.284228 / 6.19 * Math.min(1, 619 * 20.0 / 7300), within(1e-6));
    }

    @Test
    void pages_without_rows_are_told() {
        assertThat(new Estimates(table(100, 0, 50, null), sample(8, 1, 0, 1, 1)).emptyPages())
                .isEqualTo(0.25);
        assertThat(new Estimates(table(100, 0, 50, null), List.of()).emptyPages())
                .isZero();
    }
}

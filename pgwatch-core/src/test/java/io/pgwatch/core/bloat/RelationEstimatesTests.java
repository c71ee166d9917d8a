package io.pgwatch.core.bloat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.pgwatch.core.bloat.Index.Part;
import io.pgwatch.core.bloat.PageSample.Entries;
import io.pgwatch.snapshot.BloatSample.Circumstances;
import io.pgwatch.snapshot.BloatSample.Kind;
import io.pgwatch.snapshot.BloatSample.Relation;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What {@link EstimatesTests} leaves open: a TOAST relation with its index, wide and NULL keys, and what is told of each. */
class RelationEstimatesTests {

    private static final Instant AT = Instant.parse("2026-11-21T02:41:00Z");

    private static final int CHUNK = 1996;

    /** Of a mean of 6.19 a page: with 4, 8 and 6 on pages 10, 50 and 90 of 100. */
    private static final double UNEVEN = 1.284228 / 6.19;

    private static Index index(long pages, boolean deduplicates, Part... parts) {
        return new Index(2, false, "i", "btree", pages, false, 90, 1, deduplicates, true, null, null, List.of(parts));
    }

    private static Part part(int length, char storage) {
        return new Part(1, "v", length, 4, storage, false, false, null, null);
    }

    private static Table table(long pages, long toastPages, long toastRows, Index index) {
        return new Table(
                1,
                "t",
                null,
                0,
                pages,
                toastPages,
                toastRows,
                true,
                1,
                100,
                2032,
                false,
                false,
                List.of(),
                List.of(index),
                List.of());
    }

    /** Each page with one row, which is in the index with this size, and so many values of one chunk. */
    private static PageSample page(long block, int entry, int values) {
        int[] external = new int[values];
        Arrays.fill(external, CHUNK);
        return new PageSample(block, new int[] {36}, external, List.of(new Entries(new int[] {entry}, new int[] {0})));
    }

    private static List<PageSample> whole(int entry, int values) {
        return IntStream.range(0, 10).mapToObj(i -> page(i, entry, values)).toList();
    }

    private static Estimates whole(int values) {
        return new Estimates(table(10, 40, 0, index(20, true)), whole(16, values));
    }

    private static Estimates uneven(long toastRows) {
        List<PageSample> sample = List.of(page(10, 16, 4), page(50, 16, 8), page(90, 16, 6));
        return new Estimates(table(100, 400, toastRows, index(20, true)), sample);
    }

    private static Relation told(String name, Kind kind, long pages, long left, double halfWidth) {
        return new Relation(
                name,
                kind,
                "t",
                pages * 8192,
                (pages - left) * 8192,
                halfWidth,
                10,
                AT,
                new Circumstances(false, 0, true));
    }

    @Test
    void each_relation_is_told_with_what_a_rebuild_leaves_and_how_far_that_may_be_off() {
        assertThat(whole(1).heap(AT)).isEqualTo(told("t", Kind.HEAP, 10, 1, 0.002 + 1.0 / 10));
        assertThat(whole(1).toast("pg_toast.t", AT))
                .as("10 chunks, 4 to a page")
                .isEqualTo(told("pg_toast.t", Kind.TOAST, 40, 3, 0.002 + 1.0 / 40));
        assertThat(whole(1).btree(0, null, AT))
                .as("a meta page and a leaf")
                .isEqualTo(told("i", Kind.BTREE, 20, 2, 0.003 + 1.0 / 20));
        assertThat(whole(1).toastBtree(index(5, true), AT)).isEqualTo(told("i", Kind.BTREE, 5, 2, 0.003 + 1.0 / 5));
        assertThat(whole(0).toastBtree(index(5, true), AT))
                .as("nothing but the meta page")
                .isEqualTo(told("i", Kind.BTREE, 5, 1, 0.003 + 1.0 / 5));
    }

    @Test
    void nothing_is_given_back_where_a_rebuild_would_be_larger() {
        assertThat(whole(1).toastBtree(index(1, true), AT)).satisfies(one -> {
            assertThat(one.reclaimableBytes()).isZero();
            assertThat(one.halfWidth()).isEqualTo(1);
        });
    }

    @Test
    void wide_values_that_are_uneven_make_the_index_of_the_toast_relation_uncertain() {
        Relation told = uneven(0).toastBtree(index(50, true), AT);

        assertThat(told.reclaimableBytes())
                .as("619 rows on 2 leaves, with a root and the meta page")
                .isEqualTo(46 * 8192);
        assertThat(told.halfWidth()).isCloseTo(1.96 * UNEVEN * 4 / 50 + 0.003 + 0.02, within(1e-6));
        assertThat(uneven(0).widest()).isEqualTo(uneven(0).toast().halfWidth()).isPositive();
    }

    @ParameterizedTest
    @CsvSource({"2741, true", "2742, false"})
    void a_sample_shows_wide_values_while_the_server_counts_no_more_than_twice_as_many(long counted, boolean shown) {
        assertThat(uneven(counted).showsToast()).isEqualTo(shown);
    }

    @ParameterizedTest(name = "of length {0}, stored {1}, in tuples of {2} bytes")
    @CsvSource({"-1, x, 600, 1", "-1, m, 600, 1", "-1, x, 520, 0", "-1, p, 600, 0", "-1, e, 600, 0", "4, x, 600, 0"})
    void keys_so_wide_that_they_may_be_compressed_make_an_index_uncertain(
            int length, char storage, int size, double share) {
        Estimates estimates = new Estimates(table(10, 0, 0, index(20, true, part(length, storage))), whole(size, 0));

        assertThat(estimates.btreeHalfWidth(0, null))
                .isCloseTo(share * estimates.btree(0, null) / 20 + 0.003 + 0.05, within(1e-9));
    }

    @Test
    void only_the_wide_ones_among_them_do() {
        List<PageSample> sample = new ArrayList<>(whole(600, 0).subList(0, 5));
        IntStream.range(5, 10).mapToObj(i -> page(i, 400, 0)).forEach(sample::add);
        Estimates estimates = new Estimates(table(10, 0, 0, index(20, true, part(-1, 'x'))), sample);

        assertThat(estimates.btreeHalfWidth(0, null))
                .isCloseTo(0.6 * estimates.btree(0, null) / 20 + 0.003 + 0.05, within(1e-9));
    }

    @Test
    void null_keys_weigh_little_where_equal_ones_are_put_together() {
        List<PageSample> sample = List.of(keys(10, 4, 0), keys(50, 8, 1), keys(90, 6, 0));
        double together = Math.sqrt((30.4 * 30.4 + 70.4 * 70.4) / 4 * 0.34005 * 0.97) / 79.64;

        Estimates shared = new Estimates(table(100, 0, 0, index(50, true)), sample);
        assertThat(shared.btreeHalfWidth(0, null))
                .isCloseTo(1.96 * together * shared.btree(0, null) / 50 + 0.003 + 0.02, within(1e-6));
        Estimates single = new Estimates(table(100, 0, 0, index(50, false)), sample);
        assertThat(single.btreeHalfWidth(0, null))
                .isCloseTo(1.96 * UNEVEN * single.btree(0, null) / 50 + 0.003 + 0.02, within(1e-6));
    }

    private static PageSample keys(long block, int rows, int nulls) {
        int[] sizes = new int[rows];
        int[] which = new int[rows];
        Arrays.fill(sizes, 16);
        Arrays.fill(which, nulls);
        return new PageSample(block, sizes, new int[0], List.of(new Entries(sizes, which)));
    }
}

package io.pgwatch.core.bloat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.pgwatch.core.bloat.BtreeBuild.Item;
import io.pgwatch.core.bloat.PageSample.Entries;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.NavigableMap;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** The replay of a rebuild, on numbers that PostgreSQL gave: tables and indexes built there, and their pages counted. */
class RebuildArithmeticTests {

    /** A page of so many rows of one length, the length with the line pointer. */
    private static PageSample page(long block, int rows, int length) {
        int[] lengths = new int[rows];
        Arrays.fill(lengths, length);
        return new PageSample(block, lengths, new int[0], List.of(new Entries(lengths, new int[rows])));
    }

    private static List<PageSample> pages(int count, int rows, int length) {
        return IntStream.range(0, count)
                .mapToObj(block -> page(block, rows, length))
                .toList();
    }

    @Test
    void rows_of_one_integer_fill_226_to_a_page() {
        int[] rows = new int[100_000];
        Arrays.fill(rows, 32 + 4);

        Packing packed = Packing.of(rows, 1, Packing.PAGE);

        assertThat(packed.full() + 1).isEqualTo(443); // create table t as select generate_series(1, 100000) i
    }

    @Test
    void a_page_has_room_for_291_rows_without_columns() {
        int[] rows = new int[1000];
        Arrays.fill(rows, 24 + 4);

        assertThat(Packing.of(rows, 1, Packing.PAGE).rows()).isEqualTo(3 * 291);
    }

    @Test
    void a_row_wider_than_the_fillfactor_allows_has_a_page_to_itself() {
        Packing packed = Packing.of(new int[] {5000, 5000, 5000}, 1, 4000);

        assertThat(packed).isEqualTo(new Packing(2, 2, 10_000, 1));
    }

    @Test
    void half_deleted_is_half_given_back_and_certain_when_every_page_was_read() {
        Estimate after = Packing.heap(100, 100, pages(100, 113, 36));

        assertThat(after.pages()).isEqualTo(50);
        assertThat(after.error()).isZero();
    }

    @Test
    void a_fillfactor_is_no_bloat() {
        assertThat(Packing.heap(100, 50, pages(100, 112, 36)).pages()).isEqualTo(100);
    }

    @Test
    void an_empty_table_gives_back_everything() {
        assertThat(Packing.heap(10, 100, pages(10, 0, 36))).isEqualTo(Estimate.NOTHING);
    }

    @Test
    void nothing_in_the_sample_is_not_nothing_for_certain() {
        Estimate after = Packing.heap(100_000, 100, pages(30, 0, 36));

        assertThat(after.pages()).isZero();
        assertThat(after.halfWidth()).isCloseTo(0.1, within(0.001));
    }

    @Test
    void the_largest_table_there_can_be_is_counted() {
        List<PageSample> sample = LongStream.range(0, 30)
                .mapToObj(i -> page(i * 143_000_000L, 113, 36))
                .toList();

        assertThat(Packing.heap(4_294_967_294L, 100, sample).pages()).isCloseTo(2.15e9, within(0.01e9));
    }

    @Test
    void a_stretch_that_was_deleted_is_found_to_half_a_gap() {
        List<PageSample> sample = new ArrayList<>();
        for (long block : Pages.sample(10_000, 100, 0.3)) {
            sample.add(page(block, block < 7000 ? 0 : 226, 36));
        }

        Estimate after = Packing.heap(10_000, 100, sample);

        assertThat(after.pages()).isCloseTo(3000, within(80.0));
        assertThat(after.halfWidth()).isGreaterThan(Math.abs(after.pages() - 3000) / 10_000);
    }

    @Test
    void more_pages_contain_the_fewer_and_lie_evenly() {
        assertThat(Pages.sample(50_000, 100, 0.7)).containsAll(Pages.sample(50_000, 30, 0.7));
        assertThat(Pages.sample(50_000, 1000, 0.7).headSet(25_000L)).hasSizeBetween(495, 505);
        assertThat(Pages.sample(20, 30, 0.7)).hasSize(20);
        assertThat(Pages.sample(0, 30, 0.7)).isEmpty();
        assertThat(Pages.sample(1L << 32, 1000, 0.999)).hasSize(1000).allMatch(block -> block < 1L << 32);
    }

    @Test
    void wide_values_are_cut_into_chunks() {
        assertThat(Packing.chunks(new int[] {1996, 1997, 4000, 0})).containsExactly(2036, 2036, 44, 2036, 2036, 52);
    }

    @Test
    void an_index_on_unique_integers_is_as_large_as_postgresql_builds_it() {
        List<Item> items = Collections.nCopies(100_000, new Item(16, 0, 1));

        assertThat(BtreeBuild.pages(100_000, items, 16, 90, true)).isEqualTo(276); // select relpages ...
        assertThat(BtreeBuild.pages(100_000, items.subList(0, 1000), 16, 90, false))
                .isEqualTo(276);
    }

    @Test
    void an_empty_index_is_its_meta_page() {
        assertThat(BtreeBuild.pages(0, List.of(), 16, 90, true)).isEqualTo(1);
    }

    @Test
    void equal_keys_are_put_together() {
        List<Item> items = new ArrayList<>();
        BtreeBuild.addPostings(items, 16, 300);

        assertThat(items).containsExactly(new Item(808, 792, 132), new Item(808, 792, 132), new Item(232, 216, 36));
    }

    @Test
    void groups_are_weighed_by_the_rows_they_stand_for() {
        SortedMap<Integer, Integer> histogram = new TreeMap<>(java.util.Map.of(16, 750, 40, 250));
        NavigableMap<Integer, List<Integer>> found =
                new TreeMap<>(java.util.Map.of(16, List.of(1, 1, 150), 40, List.of(1)));

        Groups groups = Groups.of(histogram, found, 0, 10);

        assertThat(groups.groups().stream().mapToDouble(Groups.Group::weight).sum())
                .isCloseTo(1, within(1e-9));
        double rows = 0;
        double many = 0;
        for (Item item : groups.simulate()) {
            rows += item.rows();
            many += item.rows() > 1 ? item.rows() : 0;
        }
        assertThat(rows).isCloseTo(30_000, within(3.0));
        assertThat(many).isCloseTo(7500, within(3.0));
    }

    @Test
    void rows_with_nothing_but_nulls_are_one_group() {
        Groups groups = Groups.of(new TreeMap<>(), new TreeMap<>(), 500, 100);

        assertThat(groups.groups()).containsExactly(new Groups.Group(50_000, 1, 16, true));
        assertThat(groups.error()).isZero();
    }
}

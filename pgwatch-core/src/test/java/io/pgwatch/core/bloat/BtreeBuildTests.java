package io.pgwatch.core.bloat;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgwatch.core.bloat.BtreeBuild.Item;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What {@link RebuildArithmeticTests} leaves open: where a leaf page ends to the byte, small samples and inner pages. */
class BtreeBuildTests {

    private static List<Item> unique(int count, int size) {
        return Collections.nCopies(count, new Item(size, 0, 1));
    }

    @ParameterizedTest(name = "{0} items of {1} bytes, filled to {2} %")
    @CsvSource({
        "407, 16, 100, 0, 0", // the last one leaves 4 bytes
        "408, 16, 100, 1, 406",
        "93, 40, 50, 0, 0", // before the last one just half a page was free
        "94, 40, 50, 1, 92",
        "290, 24, 100, 0, 0", // and another one would lack 8 bytes
        "291, 24, 100, 1, 289",
        "579, 24, 100, 1, 289", // the second page begins with the last item of the first
        "580, 24, 100, 2, 578",
        "2, 1000, 10, 0, 0", // no page ends with a single item that fits
        "5, 1000, 10, 3, 3",
        "3, 5000, 90, 2, 2" // wider than an index takes unless it compresses them
    })
    void a_page_ends_where_the_next_item_does_not_fit_or_enough_is_filled(
            int items, int size, int fillfactor, long full, long rows) {
        assertThat(BtreeBuild.of(unique(items, size), 1, fillfactor)).isEqualTo(new BtreeBuild(full, rows, full + 1));
    }

    @Test
    void row_ids_that_a_high_key_does_not_need_do_not_fill_a_page() {
        List<Item> postings = Collections.nCopies(11, new Item(808, 792, 132));

        assertThat(BtreeBuild.of(postings, 1, 90)).isEqualTo(new BtreeBuild(1, 9 * 132, 2));
    }

    @ParameterizedTest(name = "two rows of {0} bytes make items of {1}")
    @CsvSource({"792, 808, 1", "800, 800, 2"})
    void two_rows_are_put_together_while_they_fit_into_a_sixth_of_a_page(int tuple, int size, int count) {
        List<Item> items = new ArrayList<>();

        BtreeBuild.addPostings(items, tuple, 2);

        assertThat(items).hasSize(count).allMatch(item -> item.size() == size && item.rows() == 2 / count);
    }

    @Test
    void a_few_items_are_packed_again_and_again_to_see_how_they_fill_pages() {
        assertThat(BtreeBuild.pages(100_000, unique(10, 16), 16, 90, false)).isEqualTo(276);
    }

    @Test
    void rows_that_fill_ten_leaves_need_no_eleventh() {
        assertThat(BtreeBuild.pages(3660, unique(1000, 16), 16, 90, false))
                .as("a meta page, a root and ten leaves of 366 rows")
                .isEqualTo(12);
    }

    @Test
    void a_large_index_has_inner_pages_on_two_levels() {
        assertThat(BtreeBuild.pages(1_000_000, unique(1000, 16), 16, 90, false))
                .as("pgbench_accounts_pkey at scale 10")
                .isEqualTo(2745);
    }
}

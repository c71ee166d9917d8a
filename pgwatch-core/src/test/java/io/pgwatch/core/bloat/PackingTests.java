package io.pgwatch.core.bloat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What {@link RebuildArithmeticTests} leaves open: small samples, and the TOAST relation. */
class PackingTests {

    private static final int CHUNK = 1996;

    private static PageSample page(long block, int[] lengths, int... external) {
        return new PageSample(block, lengths, external, List.of());
    }

    private static List<PageSample> external(int count, int apart, int... values) {
        List<PageSample> sample = new ArrayList<>();
        IntStream.range(0, count).forEach(i -> sample.add(page((long) i * apart, new int[0], values)));
        return sample;
    }

    @Test
    void a_row_that_fits_exactly_stays_on_the_page() {
        assertThat(Packing.of(new int[] {4000, 4168, 1}, 1, Packing.PAGE)).isEqualTo(new Packing(1, 2, 8168, 1));
        assertThat(Packing.of(new int[] {4000, 4169, 1}, 1, Packing.PAGE)).isEqualTo(new Packing(1, 1, 4000, 2));
    }

    @Test
    void a_few_rows_are_packed_again_and_again_to_see_how_they_fill_pages() {
        List<PageSample> sample =
                List.of(page(10, new int[] {5000}), page(50, new int[] {3000}), page(90, new int[] {3000}));

        Estimate after = Packing.heap(100, 100, sample);

        double bytesPerPage = (8 * (8000 + 8000 + 6000) - 6000) / 23.0; // 16 times, and the last page is not full
        assertThat(after.pages()).isCloseTo(361_000 / bytesPerPage, within(1e-6));
        assertThat(after.error()).isCloseTo(574.3239 / bytesPerPage, within(1e-6));
    }

    @Test
    void without_wide_values_nothing_stays_of_the_toast_relation() {
        assertThat(Packing.toast(10, 5, external(10, 1))).isEqualTo(Estimate.NOTHING);
    }

    @Test
    void four_chunks_fill_a_page_of_the_toast_relation() {
        assertThat(Packing.toast(10, 50, external(10, 1, 3 * CHUNK))).isEqualTo(new Estimate(8, 0));
        assertThat(Packing.toast(8, 50, external(8, 1, CHUNK))).isEqualTo(new Estimate(2, 0));
    }

    @Test
    void the_toast_relation_is_extrapolated_from_the_pages_that_were_read() {
        assertThat(Packing.toast(100, 50, external(10, 10, CHUNK)).pages()).isCloseTo(25, within(1e-9));
        assertThat(Packing.toast(100, 50, external(3, 40, CHUNK)).pages())
                .as("too few to fill a page")
                .isCloseTo(100 * 2036 / 8168.0, within(1e-9));
    }

    @Test
    void pages_with_more_wide_values_than_others_leave_it_uncertain() {
        List<PageSample> sample =
                List.of(page(10, new int[0], CHUNK), page(50, new int[0], CHUNK, CHUNK), page(90, new int[0], CHUNK));

        Estimate after = Packing.toast(100, 40, sample);

        assertThat(after.pages()).isCloseTo(2036 * 1.4 * 100 / 8168, within(1e-6));
        double error = 2036 * Math.sqrt(0.5 * 0.34005 * 0.97);
        assertThat(after.error()).isCloseTo(error * 100 / 8168 / 40, within(1e-6));
    }
}

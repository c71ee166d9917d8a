package io.pgwatch.core.bloat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class MeanTests {

    /** Pages with one row each, of these many bytes. */
    private static List<PageSample> sample(long[] blocks, int... bytes) {
        List<PageSample> sample = new ArrayList<>();
        for (int i = 0; i < blocks.length; i++) {
            sample.add(new PageSample(blocks[i], new int[] {bytes[i]}, new int[0], List.of()));
        }
        return sample;
    }

    private static Mean mean(long pages, long[] blocks, int... bytes) {
        return Mean.of(sample(blocks, bytes), pages, PageSample::bytes);
    }

    @Test
    void is_exact_and_certain_when_every_page_was_read() {
        assertThat(mean(4, new long[] {0, 1, 2, 3}, 1, 2, 3, 6)).isEqualTo(new Mean(3, 0));
    }

    @Test
    void a_page_stands_for_those_that_are_nearest_to_it() {
        assertThat(mean(10, new long[] {0, 9}, 1, 11).value()).isEqualTo(6);
        assertThat(mean(10, new long[] {0, 3}, 1, 11).value()).isCloseTo(0.2 * 1 + 0.8 * 11, within(1e-9));
    }

    @Test
    void two_pages_do_not_tell_how_much_is_left_to_chance() {
        assertThat(mean(10, new long[] {0, 9}, 1, 11).error()).isZero();
    }

    @Test
    void neighbours_that_differ_leave_more_to_chance() {
        long[] blocks = {10, 50, 90};

        assertThat(mean(100, blocks, 5, 5, 5)).isEqualTo(new Mean(5, 0));
        Mean uneven = mean(100, blocks, 4, 8, 6);
        assertThat(uneven.value()).isCloseTo(0.305 * 4 + 0.4 * 8 + 0.295 * 6, within(1e-9));
        assertThat(uneven.error()).isCloseTo(1.284228, within(1e-6)); // sqrt(5 * 0.34005 * 0.97)
    }

    @Test
    void where_pages_are_empty_full_ones_may_hide_between_them() {
        Mean patchy = mean(100, new long[] {10, 50, 90}, 4, 0, 6);

        double chance = Math.sqrt(13 * 0.34005 * 0.97);
        double hidden = 6 / 3.0 / 1.96 * 0.97;
        assertThat(patchy.error()).isCloseTo(chance + hidden, within(1e-6));
    }
}

package io.pgwatch.core.bloat;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SampleSqlTests {

    private final StringBuilder laterals = new StringBuilder();
    private final Layout layout = new Layout("l", laterals);

    @Test
    void what_is_known_beforehand_is_added_up_here() {
        layout.add(1, 1);
        layout.add(8, 8);
        layout.add(2, 2);
        layout.add(4, 4);

        assertThat(layout.sum()).isEqualTo("24");
    }

    @Test
    void behind_a_value_of_unknown_length_the_server_aligns_once() {
        layout.add(1, 3);
        layout.add(4, "s > 127", "s");
        layout.add(4, 4);
        layout.add(4, 4);
        layout.add(2, 2);

        assertThat(layout.sum())
                .isEqualTo(
                        "((((((3 + (case when s > 127 then 3 else 0 end)) & ~(case when s > 127 then 3 else 0 end)) + s)"
                                + " + 3) & -4) + 10)");
    }

    @Test
    void a_value_that_is_aligned_where_it_comes_needs_no_question() {
        layout.add(8, 8);
        layout.add(4, "s > 127", "s");

        assertThat(layout.sum()).isEqualTo("(8 + s)");
    }

    @Test
    void a_thousand_columns_are_no_thousand_brackets_deep() {
        for (int i = 0; i < 1000; i++) {
            layout.add(4, "s" + i + " > 127", "s" + i);
        }

        assertThat(laterals.toString().lines().filter(line -> line.contains("offset 0")))
                .hasSize(50);
        assertThat(layout.sum()).hasSizeLessThan(2000);
    }

    @Test
    void numbers_come_from_the_servers_arrays() {
        assertThat(Sampler.numbers("{36,NULL,4}")).containsExactly(36, -1, 4);
        assertThat(Sampler.numbers("2500,18")).containsExactly(2500, 18);
        assertThat(Sampler.numbers(null)).isEmpty();
    }
}

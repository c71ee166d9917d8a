package io.pgwatch.core;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TurnTests {

    private final Turn turn = new Turn();

    @Test
    void begins_with_the_first_pages_and_goes_on_behind_them() {
        assertThat(turn.parameters("{7}"))
                .containsExactly("(0,0)", "(32,0)", "0", "{7}", "{7}", "(0,0)", "(32,0)", "true");

        turn.goOn(900, 70);

        assertThat(turn.seen()).isEqualTo(900);
        assertThat(turn.relations()).isNull();
        assertThat(turn.parameters("{}"))
                .containsExactly("(32,0)", "(64,0)", "0", "{}", "{}", "(32,0)", "(64,0)", "true");
        assertThat(turn.looks()).isEqualTo(3);
    }

    @Test
    void knows_how_many_there_are_when_it_has_seen_all_and_then_looks_at_those_of_users() {
        turn.goOn(900, 70);
        turn.goOn(1400, 70);
        turn.goOn(100, 70);

        assertThat(turn.relations()).isEqualTo(2400);
        assertThat(turn.seen()).isEqualTo(2400);
        assertThat(turn.parameters("{}"))
                .containsExactly("(0,0)", "(32,0)", "16384", "{}", "{}", "(0,0)", "(32,0)", "false");
    }

    @Test
    void counts_anew_and_looks_at_catalogs_every_twentieth_turn() {
        turn.goOn(30, 10);
        for (int i = 1; i < 20; i++) {
            assertThat(turn.parameters("{}")).endsWith("false");
            turn.goOn(0, 10);
        }

        assertThat(turn.relations()).isEqualTo(30);
        assertThat(turn.parameters("{}")).endsWith("true");
        turn.goOn(31, 10);
        assertThat(turn.relations()).isEqualTo(31);
    }

    @Test
    void counts_every_time_while_the_application_has_made_no_table() {
        turn.goOn(0, 10);

        assertThat(turn.relations()).isZero();
        assertThat(turn.parameters("{}")).endsWith("true");
    }

    @Test
    void takes_more_pages_at_a_time_where_they_are_almost_empty() {
        turn.goOn(20, 100_000);
        assertThat(turn.parameters("{}")).startsWith("(32,0)", "(96,0)");

        for (int i = 0; i < 10; i++) {
            turn.goOn(20, 100_000);
        }
        assertThat(turn.looks()).as("of 512 pages").isEqualTo(196);

        turn.goOn(2000, 100_000);
        assertThat(turn.looks()).as("of 32").isEqualTo(3126);
    }

    @Test
    void a_last_look_at_what_is_left_says_nothing_of_the_others() {
        turn.goOn(900, 40);
        turn.goOn(20, 40);

        assertThat(turn.parameters("{}")).startsWith("(0,0)", "(32,0)");
    }
}

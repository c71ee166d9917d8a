package io.pgwatch.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgwatch.snapshot.Cause;
import io.pgwatch.snapshot.Ceiling;
import io.pgwatch.snapshot.Reading.Missing;
import io.pgwatch.snapshot.Sessions;
import io.pgwatch.snapshot.Sessions.Siblings;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CrowdTests {

    private static final Missing<?> ELSEWHERE = new Missing<>(Cause.ELSEWHERE, "session 7 does");

    private boolean reads;
    private final Crowd crowd = new Crowd(() -> reads, () -> Optional.of(ELSEWHERE));

    @ParameterizedTest(name = "{0} watches read every {1}; one looks at tables for all: {2}")
    @CsvSource({"1, PT0S, false", "50, PT0S, false", "51, PT15.3S, true", "1000, PT5M, true", "3000, PT5M, true"})
    void the_more_there_are_the_less_often_each_reads(int watches, Duration goodFor, boolean large) {
        crowd.seen(sessions(watches, 10));

        assertThat(crowd.goodFor()).isEqualTo(goodFor);
        assertThat(crowd.elsewhere().isPresent()).isEqualTo(large);
    }

    @Test
    void the_one_that_reads_tables_for_many_instances_reads_everything_as_if_it_were_alone() {
        reads = true;
        crowd.seen(sessions(1000, 10, new Siblings(51, 51, 0, 10_000)));

        assertThat(crowd.goodFor()).isZero();
        assertThat(crowd.stretch(Duration.ofMinutes(2))).isEqualTo(Duration.ofMinutes(2));

        reads = false;
        assertThat(crowd.goodFor()).isEqualTo(Duration.ofMinutes(5));
    }

    @Test
    void of_many_services_each_of_which_has_one_that_reads_tables_none_is_an_exception() {
        reads = true;
        crowd.seen(sessions(1000, 10, new Siblings(50, 50, 0, 10_000)));

        assertThat(crowd.goodFor()).isEqualTo(Duration.ofMinutes(5));
    }

    @ParameterizedTest(name = "of {0} each asks every {1}")
    @CsvSource({"0, PT0S", "2, PT3S", "200, PT5M", "1000, PT10M"})
    void all_together_ask_forty_times_a_minute_to_be_that_one(int watches, Duration turn) {
        crowd.seen(sessions(watches, 10));

        assertThat(crowd.turn()).isEqualTo(turn);
    }

    @Test
    void what_rests_for_itself_rests_no_less_among_many() {
        crowd.seen(sessions(100, 10));

        assertThat(crowd.stretch(Duration.ofMinutes(1))).isEqualTo(Duration.ofMinutes(1));
        assertThat(crowd.stretch(Duration.ZERO)).isEqualTo(Duration.ofSeconds(30));
    }

    @Test
    void all_look_closely_while_hardly_a_connection_is_left() {
        crowd.seen(sessions(300, 10_000));

        assertThat(crowd.goodFor()).isZero();
    }

    private static Sessions sessions(int monitors, int used) {
        return sessions(monitors, used, null);
    }

    private static Sessions sessions(int monitors, int used, @Nullable Siblings siblings) {
        Ceiling server = new Ceiling(Ceiling.Kind.SERVER, "max_connections", used, 10_000);
        return new Sessions(List.of(server), monitors, siblings, 0, 0, 0, null, null, List.of());
    }
}

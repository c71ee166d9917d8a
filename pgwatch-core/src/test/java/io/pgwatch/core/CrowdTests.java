package io.pgwatch.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgwatch.snapshot.Ceiling;
import io.pgwatch.snapshot.Sessions;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CrowdTests {

    private final Crowd crowd = new Crowd();

    @ParameterizedTest(name = "{0} watches read every {1}; one looks at tables for all: {2}")
    @CsvSource({"1, PT0S, false", "50, PT0S, false", "51, PT15.3S, true", "1000, PT5M, true", "3000, PT5M, true"})
    void the_more_there_are_the_less_often_each_reads(int watches, Duration goodFor, boolean large) {
        crowd.seen(sessions(watches, 10));

        assertThat(crowd.goodFor()).isEqualTo(goodFor);
        assertThat(crowd.isLarge()).isEqualTo(large);
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
        Ceiling server = new Ceiling(Ceiling.Kind.SERVER, "max_connections", used, 10_000);
        return new Sessions(List.of(server), monitors, null, 0, 0, 0, null, null, List.of());
    }
}

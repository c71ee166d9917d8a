package io.pgwatch.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.api.Test;

class HistoryTests {

    private static final Instant NOW = Instant.parse("2026-11-21T00:00:00Z");
    private static final SeriesKey KEY = SeriesKey.of("xids");

    @Test
    void keeps_what_a_fact_tells_and_leaves_the_older_history_as_it_was() {
        History before = History.EMPTY.with(NOW, recorder -> recorder.record(KEY, 1));

        History after = before.with(NOW.plusSeconds(1), recorder -> recorder.record(KEY, 2));

        assertThat(after.series(KEY).newest())
                .hasValueSatisfying(point -> assertThat(point.value()).isEqualTo(2));
        assertThat(before.series(KEY).newest())
                .hasValueSatisfying(point -> assertThat(point.value()).isEqualTo(1));
    }

    @Test
    void records_no_number_that_is_not_known() {
        History history = History.EMPTY.with(NOW, recorder -> recorder.record(KEY, Double.NaN));

        assertThat(history.series(KEY).newest()).isEmpty();
    }

    @Test
    void forgets_the_series_of_subjects_that_are_gone() {
        SeriesKey dropped = new SeriesKey("xid age", "dropped");
        History history = History.EMPTY
                .with(NOW, recorder -> recorder.record(dropped, 1))
                .with(NOW.plusSeconds(7200), recorder -> recorder.record(KEY, 1))
                .withoutOlderThan(NOW.plusSeconds(3600));

        assertThat(history.series(dropped).newest()).isEmpty();
        assertThat(history.series(KEY).newest()).isPresent();
    }

    @Test
    void is_bounded_whatever_a_fact_tells() {
        History history = History.EMPTY.with(NOW, recorder -> {
            for (int i = 0; i < 10_000; i++) {
                recorder.record(new SeriesKey("age", "database " + i), i);
            }
        });

        assertThat(history.series(new SeriesKey("age", "database 999")).newest())
                .isPresent();
        assertThat(history.series(new SeriesKey("age", "database 1000")).newest())
                .isEmpty();
    }

    @Test
    void lets_the_series_that_is_silent_for_longest_go_for_a_new_one() {
        History full = History.EMPTY;
        for (int i = 0; i < History.MAX_SERIES; i++) {
            SeriesKey key = new SeriesKey("age", "database " + i);
            full = full.with(NOW.plusSeconds(i == 7 ? 1 : 2 + i), recorder -> recorder.record(key, 1));
        }

        History history = full.with(NOW.plusSeconds(5000), recorder -> recorder.record(KEY, 1));

        assertThat(history.series(KEY).newest()).isPresent();
        assertThat(history.series(new SeriesKey("age", "database 7")).newest()).isEmpty();
        assertThat(history.series(new SeriesKey("age", "database 0")).newest()).isPresent();
        assertThat(history.series(new SeriesKey("age", "database 8")).newest()).isPresent();
    }
}

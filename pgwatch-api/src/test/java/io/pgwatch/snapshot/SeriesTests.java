package io.pgwatch.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class SeriesTests {

    private static final Instant START = Instant.parse("2026-11-21T00:00:00Z");

    @Test
    void tells_the_highest_number_of_a_window() {
        Series series = Series.EMPTY
                .with(at(START), 9)
                .with(at(START.plusSeconds(15)), 1)
                .with(at(START.plusSeconds(30)), 5);

        assertThat(series.highest(Duration.ofSeconds(20))).isEqualTo(5);
        assertThat(series.highest(Duration.ofMinutes(1))).isEqualTo(9);
        assertThat(Series.EMPTY.highest(Duration.ofMinutes(1))).isNaN();
    }

    @Test
    void series_that_get_their_points_together_keep_their_own_numbers() {
        Series one = Series.EMPTY;
        Series another = Series.EMPTY;
        for (int i = 0; i < 100; i++) {
            Series.Moment moment = at(START.plusSeconds(15L * i));
            one = one.with(moment, i);
            another = i == 90 ? another : another.with(moment, -i);
        }

        assertThat(one.newestFirst(Duration.ofSeconds(30)))
                .extracting(Series.Point::value)
                .containsExactly(99.0, 98.0, 97.0);
        assertThat(another.newestFirst(Duration.ofMinutes(3)))
                .hasSize(12)
                .extracting(Series.Point::at)
                .doesNotContain(START.plusSeconds(15L * 90));
    }

    @Test
    void remembers_an_hour_of_a_counter_that_is_read_every_15_seconds() {
        Series series = counting(Duration.ofSeconds(15), Duration.ofHours(3), 100);

        Series.Change change =
                series.changeOver(Duration.ofHours(1), Duration.ofMinutes(10)).orElseThrow();

        assertThat(change.seconds()).isBetween(3500.0, 3600.0);
        assertThat(change.ratePerSecond()).isCloseTo(100.0, within(1e-9));
    }

    @Test
    void looks_back_over_two_days_through_its_hours() {
        Series series = counting(Duration.ofMinutes(10), Duration.ofDays(4), 1);

        assertThat(oldestWithin(Duration.ofDays(2), series))
                .isBetween(START.plus(Duration.ofHours(48)), START.plus(Duration.ofHours(50)));
    }

    private static Instant oldestWithin(Duration window, Series series) {
        return series.changeOver(window, Duration.ZERO).orElseThrow().start().at();
    }

    @Test
    void tells_since_when_a_number_has_been_as_high() {
        Series series = Series.EMPTY
                .with(at(START), 9)
                .with(at(START.plusSeconds(15)), 1)
                .with(at(START.plusSeconds(30)), 5)
                .with(at(START.plusSeconds(45)), 7);

        assertThat(series.atLeastSince(5)).contains(START.plusSeconds(30));
        assertThat(series.atLeastSince(7)).contains(START.plusSeconds(45));
        assertThat(series.atLeastSince(7.1)).isEmpty();
        assertThat(series.atLeastSince(1)).contains(START);
        assertThat(Series.EMPTY.atLeastSince(0)).isEmpty();
    }

    @Test
    void stays_small_however_long_it_is_fed() {
        Series series = counting(Duration.ofSeconds(15), Duration.ofDays(3), 1);

        assertThat(oldestWithin(Duration.ofDays(1000), series)).isAfterOrEqualTo(START.plus(Duration.ofHours(24)));
    }

    @Test
    void gives_no_answer_from_less_history_than_asked_for() {
        Series series = counting(Duration.ofSeconds(15), Duration.ofMinutes(9), 1);

        assertThat(series.changeOver(Duration.ofHours(1), Duration.ofMinutes(10)))
                .isEmpty();
    }

    @Test
    void counts_a_counter_that_fell_from_where_it_fell_on() {
        Series series = counting(Duration.ofSeconds(15), Duration.ofMinutes(30), 1000);
        for (int second = 15; second <= 900; second += 15) {
            series = series.with(at(START.plus(Duration.ofMinutes(30)).plusSeconds(second)), 5 + second * 2.0);
        }

        Series.Change growth =
                series.growthOver(Duration.ofHours(1), Duration.ZERO).orElseThrow();

        assertThat(growth.ratePerSecond()).isCloseTo(2, within(1e-9));
        assertThat(growth.seconds()).isBetween(840.0, 885.0);
        assertThat(series.growthOver(Duration.ofHours(1), Duration.ofMinutes(16)))
                .as("too little since then")
                .isEmpty();
    }

    @Test
    void counts_a_counter_that_wraps_on_behind_its_last_number() {
        Series series = pointsEach15Seconds(40, 90, 10, 60, 99, 9);

        assertThat(series.wrappingGrowthOver(Duration.ofHours(1), 100)).isEqualTo(169);
        assertThat(series.wrappingGrowthOver(Duration.ofSeconds(45), 100)).isEqualTo(99);
        assertThat(pointsEach15Seconds(7, 80, 40, 50).wrappingGrowthOver(Duration.ofHours(1), 100))
                .as("since it was another one")
                .isEqualTo(10);
        assertThat(Series.EMPTY.wrappingGrowthOver(Duration.ofHours(1), 100)).isZero();
    }

    private static Series pointsEach15Seconds(double... values) {
        Series series = Series.EMPTY;
        for (int i = 0; i < values.length; i++) {
            series = series.with(at(START.plusSeconds(15L * i)), values[i]);
        }
        return series;
    }

    @Test
    void counts_a_counter_that_never_fell_over_the_whole_window() {
        Series series = counting(Duration.ofSeconds(15), Duration.ofHours(3), 100);

        assertThat(series.growthOver(Duration.ofHours(1), Duration.ZERO))
                .isEqualTo(series.changeOver(Duration.ofHours(1), Duration.ZERO));
    }

    @Test
    void begins_anew_when_the_clock_is_set_back() {
        Series series =
                counting(Duration.ofSeconds(15), Duration.ofMinutes(30), 1).with(at(START.minusSeconds(60)), 5);

        assertThat(series.newest().orElseThrow().value()).isEqualTo(5);
        assertThat(series.changeOver(Duration.ofHours(1), Duration.ZERO)).isEmpty();
    }

    @Test
    void does_not_change_when_it_is_continued() {
        Series before = counting(Duration.ofSeconds(15), Duration.ofMinutes(30), 1);
        Series.Point newest = before.newest().orElseThrow();

        before.with(at(START.plus(Duration.ofHours(1))), 99);

        assertThat(before.newest()).contains(newest);
    }

    private static Series.Moment at(Instant moment) {
        return new Series.Moment(moment);
    }

    private static Series counting(Duration step, Duration length, double perSecond) {
        Series series = Series.EMPTY;
        for (Duration passed = Duration.ZERO; passed.compareTo(length) <= 0; passed = passed.plus(step)) {
            series = series.with(at(START.plus(passed)), passed.toSeconds() * perSecond);
        }
        return series;
    }
}

package io.pgwatch.core.probes;

import static io.pgwatch.core.probes.Facts.NOW;
import static org.assertj.core.api.Assertions.assertThat;

import io.pgwatch.snapshot.History;
import io.pgwatch.snapshot.Series;
import io.pgwatch.snapshot.Series.Change;
import io.pgwatch.snapshot.Series.Point;
import io.pgwatch.snapshot.SeriesKey;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** When something will be used up, and in which words. */
class ForecastTests {

    private static Change change(long seconds, double perSecond) {
        return new Change(new Point(NOW.minusSeconds(seconds), 0), new Point(NOW, perSecond * seconds));
    }

    @ParameterizedTest(name = "{0} left, {2} a second in {1} s, {4} in {3} s: {5}")
    @CsvSource({
        "1000000, 3600, 1, 3600, 1, enough for 12 days at the rate of the last hour",
        "1000000, 3600, 1, 4499, 0.5, enough for 12 days at the rate of the last hour",
        "1000000, 3600, 1, 4500, 0.5, 'enough for 12 days at the rate of the last hour, for 23 days at that of the last 75 min'",
        "1000000, 3600, 1, 7200, 0.81, enough for 12 days at the rate of the last hour",
        "1000000, 3600, 1, 7200, 0.8, 'enough for 12 days at the rate of the last hour, for 14 days at that of the last 120 min'",
        "1000000, 3600, 1, 7200, 2, 'enough for 12 days at the rate of the last hour, for 6 days at that of the last 120 min'",
        "1000000, 3600, 0, 7200, 1, 'enough for years at the rate of the last hour, for 12 days at that of the last 120 min'",
        "1000000, 3600, 1, 7200, 0, 'enough for 12 days at the rate of the last hour, for years at that of the last 120 min'",
        "0, 3600, 1, 3600, 1, enough for 0 s at the rate of the last hour",
        "315359999, 3600, 1, 3600, 1, 'enough for 3,650 days at the rate of the last hour'",
        "315360000, 3600, 1, 3600, 1,",
        "1000000, 3600, 0, 7200, 0,"
    })
    void says_for_how_long_it_is_enough_and_compares_rates_that_differ(
            double left, long recent, double rate, long longer, double longerRate, @Nullable String words) {
        Forecast forecast = new Forecast(left, change(recent, rate), change(longer, longerRate));

        assertThat(forecast.inWords().orElse(null)).isEqualTo(words);
    }

    @ParameterizedTest(name = "{0} s are told as {1}")
    @CsvSource({"600, 10 min", "3300, 55 min", "3301, hour", "3899, hour", "3900, 65 min"})
    void tells_what_the_rate_is_of(long seconds, String basis) {
        assertThat(new Forecast(1000, change(seconds, 1), change(seconds, 1)).inWords())
                .hasValue("enough for 17 min at the rate of the last " + basis);
    }

    @Test
    void has_an_end_only_while_something_is_used() {
        assertThat(new Forecast(50, change(600, 2), change(600, 2)).secondsLeft())
                .hasValue(25);
        assertThat(new Forecast(50, change(600, 0), change(600, 2)).secondsLeft())
                .isEmpty();
    }

    @Test
    void takes_ten_minutes_of_history_and_never_less_than_nothing_left() {
        assertThat(Forecast.of(counted(599), 50)).isEmpty();
        assertThat(Forecast.of(counted(600), 50)).map(Forecast::left).hasValue(50.0);
        assertThat(Forecast.of(counted(600), -50)).map(Forecast::left).hasValue(0.0);
    }

    private static Series counted(long seconds) {
        SeriesKey key = SeriesKey.of("used");
        return History.EMPTY
                .with(NOW.minusSeconds(seconds), recorder -> recorder.record(key, 1))
                .with(NOW, recorder -> recorder.record(key, 7))
                .series(key);
    }
}

package io.pgwatch.core.probes;

import io.pgwatch.snapshot.Series;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * When something that is being used up will be gone: at the rate of the last hour, and for comparison at the rate of the last
 * two days, where these are known. Nothing is told from less than ten minutes of history.
 *
 * @param left what is left, in the counter's unit
 * @param recent over the last hour, or what is known of it
 * @param longer over the last two days, or what is known of them
 */
record Forecast(double left, Series.Change recent, Series.Change longer) {

    private static final Duration HOUR = Duration.ofHours(1);
    private static final Duration TWO_DAYS = Duration.ofDays(2);

    /** A forecast from less history than this would take one busy minute for the rule. */
    private static final Duration LEAST = Duration.ofMinutes(10);

    /** Nobody plans for longer. */
    private static final double WORTH_SAYING = Duration.ofDays(3650).toSeconds();

    /** Two rates of times this much alike are one. */
    private static final double ALIKE = 1.25;

    Forecast {
        left = Math.max(0, left);
    }

    /** Empty with too little history. */
    static Optional<Forecast> of(Series counter, double left) {
        return counter.growthOver(HOUR, LEAST)
                .flatMap(recent ->
                        counter.growthOver(TWO_DAYS, LEAST).map(longer -> new Forecast(left, recent, longer)));
    }

    /** At the same rates, for somebody who has this much left. */
    Forecast withLeft(double amount) {
        return new Forecast(amount, recent, longer);
    }

    double perSecond() {
        return recent.ratePerSecond();
    }

    /** Until nothing is left, at the rate of the last hour; empty while nothing is used. */
    OptionalDouble secondsLeft() {
        return perSecond() > 0 ? OptionalDouble.of(left / perSecond()) : OptionalDouble.empty();
    }

    /** Such as {@code enough for 5 days at the rate of the last hour, for 9 days at that of the last 31 h}; empty if for years. */
    Optional<String> inWords() {
        double soon = secondsLeft().orElse(Double.POSITIVE_INFINITY);
        double later = longer.rise() > 0 ? left / longer.ratePerSecond() : Double.POSITIVE_INFINITY;
        if (Math.min(soon, later) >= WORTH_SAYING) {
            return Optional.empty();
        }
        String atRecent = "enough for " + span(soon) + " at the rate of the last " + basis(recent);
        boolean sameSpan = longer.seconds() < ALIKE * recent.seconds();
        boolean sameRate = Math.max(soon, later) < ALIKE * Math.min(soon, later);
        return Optional.of(
                sameSpan || sameRate
                        ? atRecent
                        : atRecent + ", for " + span(later) + " at that of the last " + basis(longer));
    }

    private static String span(double seconds) {
        return seconds < WORTH_SAYING ? Words.duration(seconds) : "years";
    }

    private static String basis(Series.Change change) {
        boolean anHour = Math.abs(change.seconds() - HOUR.toSeconds()) < 300;
        return anHour ? "hour" : Words.duration(change.seconds());
    }
}

package io.pgwatch.snapshot;

import java.time.Instant;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The bounded past of every tracked number. Immutable; at most {@value #MAX_SERIES} series: for a new one more, that goes
 * which got no point for longest.
 */
public final class History {

    /** No past at all. */
    public static final History EMPTY = new History(Map.of());

    static final int MAX_SERIES = 1_000;

    private final Map<SeriesKey, Series> series;

    private History(Map<SeriesKey, Series> series) {
        this.series = series;
    }

    /** What is remembered of one number; empty for a number that nobody told. */
    public Series series(SeriesKey key) {
        return series.getOrDefault(key, Series.EMPTY);
    }

    /** This history, and what a fact tells of one moment. */
    public History with(Instant at, Tracked fact) {
        return with(at, List.of(fact));
    }

    /** This history, and what several facts tell of one moment. */
    public History with(Instant at, List<? extends Tracked> facts) {
        Map<SeriesKey, Series> extended = new HashMap<>(series);
        Series.Moment moment = new Series.Moment(at);
        for (Tracked fact : facts) {
            fact.track((key, value) -> {
                if (!Double.isNaN(value) && hasRoomFor(key, extended, at.toEpochMilli())) {
                    extended.put(key, series(key).with(moment, value));
                }
            });
        }
        return new History(extended);
    }

    /** Made where there is none; false if all there are have got their point of this moment already. */
    private static boolean hasRoomFor(SeriesKey key, Map<SeriesKey, Series> all, long millis) {
        if (all.size() < MAX_SERIES || all.containsKey(key)) {
            return true;
        }
        Map.Entry<SeriesKey, Series> oldest = Collections.min(
                all.entrySet(),
                Comparator.comparingLong(entry -> entry.getValue().lastMillis()));
        return oldest.getValue().endsBefore(millis) && all.remove(oldest.getKey()) != null;
    }

    /** This history without the series that got no point since the given moment: their subjects are gone. */
    public History withoutOlderThan(Instant moment) {
        long least = moment.toEpochMilli();
        if (series.values().stream().noneMatch(one -> one.endsBefore(least))) {
            return this;
        }
        Map<SeriesKey, Series> kept = new HashMap<>(series);
        kept.values().removeIf(one -> one.endsBefore(least));
        return new History(kept);
    }
}

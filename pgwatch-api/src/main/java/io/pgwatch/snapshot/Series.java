package io.pgwatch.snapshot;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The bounded past of one number: the newest 20 points as they came, one for each of the last 60 minutes, one for each of
 * the last 48 hours. Immutable; appending shares every tier that the new point does not reach.
 */
public final class Series {

    static final Series EMPTY = new Series(
            new Tier(Duration.ZERO, 20), new Tier(Duration.ofMinutes(1), 60), new Tier(Duration.ofHours(1), 48));

    private final Tier raw;
    private final Tier minutes;
    private final Tier hours;

    private Series(Tier raw, Tier minutes, Tier hours) {
        this.raw = raw;
        this.minutes = minutes;
        this.hours = hours;
    }

    /** One number of one moment. */
    public record Point(Instant at, double value) {}

    /** This series and one point more; a clock that was set back starts the series anew. */
    Series with(Moment at, double value) {
        Series past = raw.isEmpty() || at.millis > raw.lastMillis() ? this : EMPTY;
        return new Series(
                past.raw.with(at.millis, value, at.raw),
                past.minutes.with(at.millis, value, at.minutes),
                past.hours.with(at.millis, value, at.hours));
    }

    /** When several series get a point. Those that have had their points together share the array of their times. */
    static final class Moment {

        private final long millis;
        private final Times raw = new Times();
        private final Times minutes = new Times();
        private final Times hours = new Times();

        Moment(Instant at) {
            this.millis = at.toEpochMilli();
        }
    }

    /** Of a tier, before a moment and with it: those of the series that came last. */
    private static final class Times {

        private long @Nullable [] before;
        private long[] after = {};

        long[] and(long[] times, int drop, long millis) {
            if (!Arrays.equals(times, before)) {
                before = times;
                after = Arrays.copyOfRange(times, drop, times.length + 1);
                after[after.length - 1] = millis;
            }
            return after;
        }
    }

    /** The newest point. */
    public Optional<Point> newest() {
        Backwards walk = new Backwards(Duration.ZERO);
        return walk.step() ? Optional.of(walk.point()) : Optional.empty();
    }

    /** Whether nothing is known of this moment or later. */
    boolean endsBefore(long millis) {
        return lastMillis() < millis;
    }

    /** When the newest point was taken; long ago where there is none. */
    long lastMillis() {
        return raw.isEmpty() ? Long.MIN_VALUE : raw.lastMillis();
    }

    /**
     * How much the number rose over the window, counted back from the newest point.
     *
     * @param leastSpan with less history than this there is no answer
     */
    public Optional<Change> changeOver(Duration window, Duration leastSpan) {
        return change(window, leastSpan, false);
    }

    /**
     * How much a counter rose over the window, counted back from the newest point, and at most to where it last fell: before
     * a reset, a wrap or a failover it was another counter.
     *
     * @param leastSpan with less history than this there is no answer
     */
    public Optional<Change> growthOver(Duration window, Duration leastSpan) {
        return change(window, leastSpan, true);
    }

    private Optional<Change> change(Duration window, Duration leastSpan, boolean toItsLastFall) {
        Backwards walk = new Backwards(window);
        if (!walk.step()) {
            return Optional.empty();
        }
        Point end = walk.point();
        long millis = walk.millis;
        double value = walk.value;
        while (walk.step() && !(toItsLastFall && walk.value > value)) {
            millis = walk.millis;
            value = walk.value;
        }
        long span = raw.lastMillis() - millis;
        return span == 0 || span < leastSpan.toMillis()
                ? Optional.empty()
                : Optional.of(new Change(new Point(Instant.ofEpochMilli(millis), value), end));
    }

    /**
     * How much a counter rose over the window, counted back from the newest point, that goes on at 0 behind its last number;
     * at most to where it fell by less than half of all numbers: before that it was another counter.
     *
     * @param numbers how many there are
     */
    public double wrappingGrowthOver(Duration window, double numbers) {
        Backwards walk = new Backwards(window);
        if (!walk.step()) {
            return 0;
        }
        double growth = 0;
        for (double later = walk.value; walk.step(); later = walk.value) {
            double step = later - walk.value;
            if (step < -numbers / 2) {
                step += numbers;
            }
            if (step < 0) {
                break;
            }
            growth += step;
        }
        return growth;
    }

    /** The highest number in the window, counted back from the newest point; NaN where there is none. */
    public double highest(Duration window) {
        double highest = Double.NaN;
        Backwards walk = new Backwards(window);
        while (walk.step()) {
            highest = Double.isNaN(highest) ? walk.value : Math.max(highest, walk.value);
        }
        return highest;
    }

    /** The points that are at most as old as the window, counted back from the newest point. */
    public List<Point> newestFirst(Duration window) {
        List<Point> points = new ArrayList<>();
        Backwards walk = new Backwards(window);
        while (walk.step()) {
            points.add(walk.point());
        }
        return points;
    }

    /** Since when every point was at least this; empty when the newest is not. Told by the points remembered. */
    public Optional<Instant> atLeastSince(double least) {
        Backwards walk = new Backwards(Duration.ofDays(3));
        if (!walk.step() || walk.value < least) {
            return Optional.empty();
        }
        long since = walk.millis;
        while (walk.step() && walk.value >= least) {
            since = walk.millis;
        }
        return Optional.of(Instant.ofEpochMilli(since));
    }

    /** From point to point of all tiers, the newest first and each moment once; allocates nothing on its way. */
    private final class Backwards {

        private final Tier[] tiers = {raw, minutes, hours};
        private final int[] left = {raw.size(), minutes.size(), hours.size()};
        private final long from;
        private long millis = Long.MAX_VALUE;
        private double value;

        /** Stands before the newest point; the window is counted back from that. */
        Backwards(Duration window) {
            from = raw.isEmpty() ? 0 : raw.lastMillis() - window.toMillis();
        }

        /** Goes on to the point before; false if there is none in the window. */
        boolean step() {
            long before = millis;
            millis = Long.MIN_VALUE;
            for (int i = 0; i < tiers.length; i++) {
                while (left[i] > 0 && tiers[i].millis[left[i] - 1] >= before) {
                    left[i]--;
                }
                if (left[i] > 0 && tiers[i].millis[left[i] - 1] > millis) {
                    millis = tiers[i].millis[left[i] - 1];
                    value = tiers[i].values[left[i] - 1];
                }
            }
            return millis != Long.MIN_VALUE && millis >= from;
        }

        /** Where it stands. */
        Point point() {
            return new Point(Instant.ofEpochMilli(millis), value);
        }
    }

    /** From one point of a series to a later one. */
    public record Change(Point start, Point end) {

        /** By how much the number rose; negative when it fell. */
        public double rise() {
            return end.value() - start.value();
        }

        /** Seconds between the two points. */
        public double seconds() {
            return (end.at().toEpochMilli() - start.at().toEpochMilli()) / 1e3;
        }

        /** Rise per second. */
        public double ratePerSecond() {
            return rise() / seconds();
        }
    }

    /** At most {@code capacity} points, one for each period; the first point of a period stays. */
    private static final class Tier {

        private final long periodMillis;
        private final int capacity;
        private final long[] millis;
        private final double[] values;

        Tier(Duration period, int capacity) {
            this(period.toMillis(), capacity, new long[0], new double[0]);
        }

        private Tier(long periodMillis, int capacity, long[] millis, double[] values) {
            this.periodMillis = periodMillis;
            this.capacity = capacity;
            this.millis = millis;
            this.values = values;
        }

        Tier with(long atMillis, double value, Times times) {
            if (!isEmpty() && periodMillis > 0 && atMillis / periodMillis == lastMillis() / periodMillis) {
                return this;
            }
            int drop = size() == capacity ? 1 : 0;
            double[] newValues = Arrays.copyOfRange(values, drop, size() + 1);
            newValues[newValues.length - 1] = value;
            return new Tier(periodMillis, capacity, times.and(millis, drop, atMillis), newValues);
        }

        boolean isEmpty() {
            return millis.length == 0;
        }

        int size() {
            return millis.length;
        }

        long lastMillis() {
            return millis[size() - 1];
        }
    }
}

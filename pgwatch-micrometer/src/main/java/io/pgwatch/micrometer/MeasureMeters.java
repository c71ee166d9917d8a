package io.pgwatch.micrometer;

import io.micrometer.core.instrument.Tag;
import io.pgwatch.probe.Measure;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A measure's series. Of a measure with tags these are its worst rows, and for an hour those that were among them, so that
 * two rows that change places do not end and start a series each time.
 */
final class MeasureMeters<E> {

    private static final long GRACE_MILLIS = Duration.ofHours(1).toMillis();

    private final Measure<E> measure;
    private final Naming naming;
    private final int maxSeries;
    private final Map<List<String>, Shown> shown = new LinkedHashMap<>();

    MeasureMeters(Measure<E> measure, Naming naming, int maxSeries) {
        this.measure = measure;
        this.naming = naming;
        this.maxSeries = measure.tagKeys().isEmpty() ? 1 : maxSeries;
        if (measure.tagKeys().isEmpty()) {
            show(List.of(), 0);
        }
    }

    /**
     * Shows the evidence. Without any, every series is without a value but none leaves: nobody can say that it is no longer
     * among the worst.
     */
    void update(Optional<E> evidence, long now) {
        Map<List<String>, Double> rows;
        try {
            rows = evidence.map(this::read).orElse(Map.of());
        } catch (RuntimeException | Error e) {
            shown.values().forEach(row -> row.series.set(Double.NaN));
            throw e;
        }
        if (evidence.isPresent() && !measure.tagKeys().isEmpty()) {
            rows.keySet().stream().limit(maxSeries).forEach(tagValues -> show(tagValues, now));
            leave(now);
        }
        shown.forEach((tagValues, row) -> row.series.set(rows.getOrDefault(tagValues, Double.NaN)));
    }

    /** All rows, the worst first; of two with the same tags the first, which is the worse. */
    private Map<List<String>, Double> read(E evidence) {
        Map<List<String>, Double> rows = new LinkedHashMap<>();
        measure.source().read(evidence, (tagValues, value) -> {
            if (tagValues.size() != measure.tagKeys().size()) {
                throw new IllegalStateException("measure " + measure.name() + " has the tags " + measure.tagKeys()
                        + " and a row with the values " + tagValues);
            }
            rows.putIfAbsent(List.copyOf(tagValues), value);
        });
        return rows;
    }

    private void show(List<String> tagValues, long now) {
        shown.computeIfAbsent(tagValues, values -> new Shown(series(values))).lastAmongWorst = now;
    }

    private void leave(long now) {
        shown.values().removeIf(row -> now - row.lastAmongWorst >= GRACE_MILLIS);
        int surplus = shown.size() - 2 * maxSeries;
        if (surplus > 0) {
            List<Map.Entry<List<String>, Shown>> longestGoneFirst = new ArrayList<>(shown.entrySet());
            longestGoneFirst.sort(Comparator.comparingLong(row -> row.getValue().lastAmongWorst));
            longestGoneFirst.subList(0, surplus).forEach(row -> shown.remove(row.getKey()));
        }
    }

    private Series series(List<String> tagValues) {
        List<Tag> tags = new ArrayList<>();
        for (int i = 0; i < tagValues.size(); i++) {
            tags.add(Tag.of(measure.tagKeys().get(i), tagValues.get(i)));
        }
        return new Series(
                naming.prefix() + measure.name(),
                measure.unit(),
                measure.description(),
                naming.tags().and(tags));
    }

    void addTo(Collection<Published> all) {
        shown.values().forEach(row -> all.add(row.series));
    }

    private static final class Shown {

        private final Series series;
        private long lastAmongWorst;

        Shown(Series series) {
            this.series = series;
        }
    }
}

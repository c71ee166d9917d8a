package io.pgwatch.snapshot;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import java.util.HashMap;
import java.util.Map;

/** Everything a probe may know at one moment: the newest reading of each section, and the history. Immutable. */
public final class Snapshot {

    private final Instant at;
    private final Map<Section<?>, Reading<?>> readings;
    private final History history;

    private Snapshot(Instant at, Map<Section<?>, Reading<?>> readings, History history) {
        this.at = requireNonNull(at, "at");
        this.readings = readings;
        this.history = requireNonNull(history, "history");
    }

    /** A snapshot of the given moment that knows nothing yet. */
    public static Snapshot at(Instant moment) {
        return new Snapshot(moment, Map.of(), History.EMPTY);
    }

    /**
     * A snapshot of all that is known at the given moment.
     *
     * @throws IllegalArgumentException for a reading that stands under another section than it is of
     */
    public static Snapshot of(Instant moment, Map<Section<?>, Reading<?>> readings, History past) {
        readings.forEach((section, reading) -> {
            if (reading instanceof Reading.Taken<?> taken && !section.type().isInstance(taken.value())) {
                throw new IllegalArgumentException("want a " + section.type().getSimpleName() + " under section "
                        + section.name() + ", got " + taken.value().getClass().getSimpleName());
            }
        });
        return new Snapshot(moment, Map.copyOf(readings), past);
    }

    /** This snapshot with one more reading, in place of the section's older one. */
    public <T> Snapshot with(Section<T> section, Reading<T> reading) {
        Map<Section<?>, Reading<?>> more = new HashMap<>(readings);
        more.put(section, requireNonNull(reading, "reading"));
        return new Snapshot(at, more, history);
    }

    /** This snapshot with the given past. */
    public Snapshot with(History past) {
        return new Snapshot(at, readings, past);
    }

    /** The moment for which a probe judges; no probe asks a clock. */
    public Instant at() {
        return at;
    }

    /** The newest reading of a section; Missing with {@link Cause#NOT_YET} while there is none. */
    @SuppressWarnings("unchecked") // with() keeps section and reading of one type
    public <T> Reading<T> get(Section<T> section) {
        Reading<?> reading = readings.get(section);
        return reading == null
                ? new Reading.Missing<>(Cause.NOT_YET, section.name() + " has not been read yet")
                : (Reading<T>) reading;
    }

    /** The bounded past of the tracked numbers, this moment's included. */
    public History history() {
        return history;
    }
}

package io.pgwatch.snapshot;

import java.time.Instant;

/**
 * How many sessions have been established at the server, over all databases; refused ones are not among them.
 *
 * @param sessions since the start, or since statistics were reset or a database dropped: then it falls
 * @param startedAt when the server was started; another one's count, as after a failover, is no continuation of this one
 */
public record Arrivals(long sessions, Instant startedAt) implements Tracked {

    public static final Section<Arrivals> SECTION = new Section<>("arrivals", Arrivals.class);

    /** The count of this server since this start. */
    public SeriesKey series() {
        return new SeriesKey("sessions established", Long.toString(startedAt.toEpochMilli()));
    }

    @Override
    public void track(Recorder recorder) {
        recorder.record(series(), sessions);
    }
}

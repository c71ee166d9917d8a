package io.pgwatch.core;

import io.pgwatch.core.bloat.BloatReading;
import io.pgwatch.core.bloat.Limits;
import io.pgwatch.snapshot.BloatSample;
import io.pgwatch.snapshot.BloatSample.Relation;
import io.pgwatch.snapshot.BloatSample.Unmeasured;
import io.pgwatch.snapshot.Reading;
import io.pgwatch.testsupport.Database;
import io.pgwatch.testsupport.MovableClock;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Reads a database's tables in slices, one after the other, by a clock that the test moves. */
final class Bloats implements AutoCloseable {

    static final Limits GENEROUS = new Limits(1, 1_000_000, false);

    private static final Duration SLICE = Duration.ofSeconds(10);

    private final MovableClock clock = new MovableClock();
    private final Session session;
    private final BloatReading reading;
    private long readyAt = System.nanoTime();

    private Bloats(Session session, Limits limits) {
        this.session = session;
        this.reading = new BloatReading(SlowReading.TEXTS, clock, limits);
    }

    static Bloats of(Database database, String user) {
        return of(database, user, GENEROUS);
    }

    static Bloats of(Database database, String user, Limits limits) {
        try {
            return new Bloats(
                    new Session(database.connect(user), false, Duration.ofSeconds(20), Duration.ofSeconds(5), null),
                    limits);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** One slice of that time; gives the nanoseconds until the next one. */
    long slice(Duration time) {
        return slice(time, Duration.ZERO);
    }

    /** The same among so many others that it is to wait for that turn. */
    long slice(Duration time, Duration turn) {
        try {
            return reading.slice(session, time, turn);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** One slice, after the pause that the one before asked for; on a busy machine the first of all may fail, and is repeated. */
    void step(Duration slice) {
        if (reading().taken().isEmpty()) {
            clock.advance(Duration.ofMinutes(6));
        }
        pause(readyAt - System.nanoTime());
        readyAt = System.nanoTime() + Math.min(slice(slice), TimeUnit.MILLISECONDS.toNanos(200));
    }

    /** Everything there is to read now. */
    BloatSample readAll() {
        long wait = slice(SLICE);
        while (wait < TimeUnit.SECONDS.toNanos(50)) {
            pause(wait);
            wait = slice(SLICE);
        }
        return reading().taken().orElseThrow(() -> new AssertionError(reading().toString()));
    }

    private static void pause(long nanos) {
        try {
            TimeUnit.NANOSECONDS.sleep(nanos);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted in a pause", e);
        }
    }

    BloatSample readAllAfter(Duration time) {
        clock.advance(time);
        return readAll();
    }

    void advance(Duration time) {
        clock.advance(time);
    }

    Reading<BloatSample> reading() {
        return reading.reading();
    }

    static Relation relation(BloatSample sample, String name) {
        return sample.relations().stream()
                .filter(one -> one.relation().equals(name))
                .findFirst()
                .orElseThrow(() -> new AssertionError(name + " is not among "
                        + sample.relations().stream().map(Relation::relation).toList() + ", unmeasured are "
                        + sample.unmeasured()));
    }

    static Unmeasured unmeasured(BloatSample sample, String name) {
        return sample.unmeasured().stream()
                .filter(one -> one.relation().equals(name))
                .findFirst()
                .orElseThrow(() -> new AssertionError(name + " is not among " + sample.unmeasured()));
    }

    @Override
    public void close() {
        session.close();
    }
}

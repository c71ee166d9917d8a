package io.pgwatch.core;

import io.pgwatch.core.bloat.BloatReading;
import io.pgwatch.core.bloat.Limits;
import io.pgwatch.core.bloat.Texts;
import io.pgwatch.core.probes.BloatProbe;
import io.pgwatch.snapshot.BloatSample;
import io.pgwatch.snapshot.Cause;
import io.pgwatch.snapshot.Reading;
import io.pgwatch.snapshot.Reading.Missing;
import io.pgwatch.snapshot.Section;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What takes longer than a sweep may take: it is read in slices between the sweeps, and kept from one to the next. */
final class SlowReading {

    private static final long NOTHING_TO_DO = Long.MAX_VALUE;

    static final Texts TEXTS = new Texts() {
        @Override
        public String sql(String name, int major) {
            return SqlText.of(name, major);
        }

        @Override
        public Missing<?> missing(SQLException error) {
            return Failures.missing(error);
        }

        @Override
        public boolean endsConnection(SQLException error) {
            return Failures.endsConnection(error);
        }
    };

    private final Duration time;
    private final @Nullable BloatReading bloat;
    private final Runnable wake;
    private boolean firstRoundOver;

    /**
     * Has read nothing yet.
     *
     * @param wake asks for a sweep, since the first round is over and the report can be whole
     */
    SlowReading(WatchOptions options, Runnable wake) {
        this.wake = wake;
        this.time = options.budget();
        this.bloat = options.probes().stream().anyMatch(probe -> probe.needs().contains(BloatSample.SECTION))
                ? new BloatReading(TEXTS, options.clock(), limits(options))
                : null;
    }

    private static Limits limits(WatchOptions options) {
        BloatProbe probe = options.probes().stream()
                .filter(BloatProbe.class::isInstance)
                .map(BloatProbe.class::cast)
                .findFirst()
                .orElseGet(BloatProbe::withDefaults);
        return new Limits(probe.cpuShare(), probe.pagesPerSecond(), probe.runUserFunctions());
    }

    /**
     * Reads for at most the budget of a sweep, if it is time.
     *
     * @param turn how long it waits at least before it asks again to be the one that reads tables
     * @return nanoseconds until it wants to go on
     * @throws SQLException if the session is of no use any more
     */
    long read(Session session, Duration turn) throws SQLException {
        if (bloat == null) {
            return NOTHING_TO_DO;
        }
        long wait = bloat.slice(session, time, turn);
        if (!firstRoundOver
                && bloat.reading().taken().filter(seen -> seen.pending() == 0).isPresent()) {
            firstRoundOver = true;
            wake.run();
        }
        return wait;
    }

    /** Whether nothing was read so far, so that the first report waits for a slice of it. */
    boolean isNew() {
        return bloat != null && bloat.reading() instanceof Missing<?>;
    }

    /**
     * Adds what is known so far. It is kept while the server cannot be reached, but not told: nobody knows then whether it
     * still holds.
     *
     * @param unreachable why the server could not be reached; null when it was
     * @param putOff why nothing could be read in this sweep though it was reached; null when it could
     */
    void putInto(Map<Section<?>, Reading<?>> newest, @Nullable Missing<?> unreachable, @Nullable Missing<?> putOff) {
        if (bloat != null) {
            Missing<?> nothingNew = isNew() ? putOff : null;
            Missing<?> reason = unreachable != null ? unreachable : nothingNew;
            newest.put(BloatSample.SECTION, reason != null ? reason : bloat.reading());
        }
    }

    /** Whether this watch is known to be the one that reads tables for its role. */
    boolean readsTables() {
        return bloat != null && bloat.isForAll();
    }

    /** Why another watch reads tables and this one does not; empty when this one does, or nobody is known to. */
    Optional<Missing<?>> elsewhere() {
        return Optional.ofNullable(bloat)
                .flatMap(own -> own.reading().missing())
                .filter(missing -> missing.cause() == Cause.ELSEWHERE)
                .map(Function.identity());
    }

    void forget() {
        if (bloat != null) {
            bloat.forget();
        }
    }
}

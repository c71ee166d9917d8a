package io.pgwatch.core;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.util.function.LongSupplier;

/**
 * Goes on from the time at which it was made, though somebody sets the machine's clock: what is measured by it neither jumps
 * nor stands still.
 */
final class SteadyClock extends Clock {

    private final Clock setOnce;
    private final Instant start;
    private final LongSupplier nanos;
    private final long startNanos;

    /**
     * @param setOnce by which it is set at the beginning
     * @param nanos such as {@link System#nanoTime}
     */
    SteadyClock(Clock setOnce, LongSupplier nanos) {
        this.setOnce = setOnce;
        this.start = setOnce.instant();
        this.nanos = nanos;
        this.startNanos = nanos.getAsLong();
    }

    @Override
    public Instant instant() {
        return start.plusNanos(nanos.getAsLong() - startNanos);
    }

    @Override
    public ZoneId getZone() {
        return setOnce.getZone();
    }

    @Override
    public Clock withZone(ZoneId zone) {
        throw new UnsupportedOperationException("pgwatch asks for instants only");
    }
}

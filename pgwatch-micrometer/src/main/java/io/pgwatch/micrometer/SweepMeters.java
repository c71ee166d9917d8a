package io.pgwatch.micrometer;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.pgwatch.Report;
import java.time.Clock;
import java.util.List;

/** How the watch itself is doing. */
final class SweepMeters {

    private static final long NEVER = Long.MIN_VALUE;

    private final Clock clock;
    private final Series duration;
    private final List<Published> published;
    private volatile long sampledAt = NEVER;
    private volatile double failures;

    SweepMeters(Naming naming, Clock clock) {
        this.clock = clock;
        this.duration = naming.series("sweep.duration", "seconds", "Time that the newest sweep took");
        this.published = List.of(
                duration,
                registry -> Gauge.builder(naming.prefix() + "sweep.age", this, SweepMeters::age)
                        .description("Time since what the meters show was read")
                        .baseUnit("seconds")
                        .tags(naming.tags())
                        .strongReference(true)
                        .register(registry),
                registry -> FunctionCounter.builder(naming.prefix() + "sweep.failures", this, meters -> meters.failures)
                        .description("Sweeps in which something that should have been read was not")
                        .tags(naming.tags())
                        .register(registry));
    }

    /** A counter that falls is taken for one that was reset and then counted twice, so this one keeps its highest value. */
    void update(Report report) {
        sampledAt = report.sampledAt().toEpochMilli();
        duration.set(report.sweep().seconds());
        failures = Math.max(failures, report.sweep().failures());
    }

    private double age() {
        long moment = sampledAt;
        return moment == NEVER ? Double.NaN : Math.max(0, clock.millis() - moment) / 1e3;
    }

    List<Published> published() {
        return published;
    }
}

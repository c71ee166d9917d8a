package io.pgwatch.core;

import io.pgwatch.PgWatch;
import io.pgwatch.Report;
import io.pgwatch.ReportListener;
import io.pgwatch.core.probes.BloatProbe;
import io.pgwatch.core.probes.BuiltInProbes;
import io.pgwatch.probe.Probe;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * A watch with all probes and defaults that has no thread: it sweeps when it is told to, in the caller's thread, by a clock
 * that stands still in between. So each sweep can be measured, and two days pass in a moment.
 */
public final class SteppedWatch implements PgWatch {

    /** More than the time for which anything read is good. */
    private static final Duration ALL_IS_DUE = Duration.ofMinutes(17);

    private static final long ALL_IS_READ = TimeUnit.MINUTES.toNanos(1);

    private final Stepped clock = new Stepped();
    private final List<Probe<?>> probes;
    private final Collector collector;
    private @Nullable Report latest;

    /** A watch of the database that the data source leads to, which is neither started nor borrowed from. */
    public SteppedWatch(DataSource dataSource) {
        this(dataSource, BuiltInProbes.withDefaults());
    }

    /** The same, but for a reader of tables that may take a whole core, so that it comes to an end soon. */
    public static SteppedWatch hasty(DataSource dataSource) {
        List<Probe<?>> probes = BuiltInProbes.withDefaults().stream()
                .map(probe -> probe instanceof BloatProbe bloat
                        ? new BloatProbe(bloat.warningRatio(), bloat.warningBytes(), 1, 1_000_000, false)
                        : probe)
                .collect(Collectors.toList());
        return new SteppedWatch(dataSource, probes);
    }

    private SteppedWatch(DataSource dataSource, List<Probe<?>> probes) {
        this.probes = probes;
        this.collector = new Collector(
                new WatchOptions(
                        "app",
                        Duration.ofSeconds(15),
                        Duration.ofSeconds(10),
                        ConnectionMode.DEDICATED,
                        new Targets(dataSource, null, null, null, Optional::empty),
                        probes,
                        ApplicationSide.SILENT,
                        false,
                        "benchmark:1",
                        clock,
                        clock),
                () -> {});
    }

    /** One sweep, a second after the last. */
    public void sweep() {
        sweepAfter(Duration.ofSeconds(1));
    }

    /** One sweep in which everything is due. */
    public void sweepAll() {
        sweepAfter(ALL_IS_DUE);
    }

    /** As many sweeps as fill every tier of the history: hours, minutes, single points. */
    public void liveTwoDays() {
        for (int i = 0; i < 100; i++) {
            sweepAfter(Duration.ofMinutes(30));
        }
        for (int i = 0; i < 60; i++) {
            sweepAfter(Duration.ofMinutes(1));
        }
        for (int i = 0; i < 20; i++) {
            sweepAfter(Duration.ofSeconds(15));
        }
    }

    /** Reads tables until there is nothing left to read; the first sweep has been before. */
    public void readTables() throws InterruptedException {
        long wait = collector.readSlowly();
        while (wait < ALL_IS_READ) {
            TimeUnit.NANOSECONDS.sleep(wait);
            wait = collector.readSlowly();
        }
    }

    /** One sweep, at that distance from the last. */
    public void sweepAfter(Duration time) {
        clock.now = clock.now.plus(time);
        try {
            latest = collector.sweep(latest);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted in a sweep", e);
        }
    }

    @Override
    public String name() {
        return "app";
    }

    @Override
    public List<Probe<?>> probes() {
        return probes;
    }

    @Override
    public Optional<Report> latest() {
        return Optional.ofNullable(latest);
    }

    @Override
    public void refresh() {
        sweep();
    }

    @Override
    public Listening listen(ReportListener listener) {
        latest().ifPresent(listener::onReport);
        return () -> {};
    }

    @Override
    public void close() {
        collector.close();
    }

    private static final class Stepped extends Clock {

        private Instant now = Instant.now();

        @Override
        public Instant instant() {
            return now;
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }
    }
}

package io.pgwatch.benchmarks;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pgwatch.PgWatch;
import io.pgwatch.ProbeReport;
import io.pgwatch.Report;
import io.pgwatch.ReportListener;
import io.pgwatch.Sweep;
import io.pgwatch.core.probes.WraparoundProbe;
import io.pgwatch.evidence.ProbeIds;
import io.pgwatch.evidence.Wraparound;
import io.pgwatch.micrometer.PgWatchMetrics;
import io.pgwatch.probe.Level;
import io.pgwatch.probe.Probe;
import io.pgwatch.probe.Verdict;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** What a scrape pays for one value: at most 50 ns and no byte. Run it with {@code -prof gc}. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class GaugeReadBenchmark {

    private Gauge measure;
    private Gauge level;
    private Gauge age;
    private FunctionCounter failures;

    @Setup
    public void bind() {
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        new PgWatchMetrics(new OneReport()).bindTo(registry);
        measure = registry.get("pgwatch.wraparound.xid.age").gauge();
        level = registry.get("pgwatch.probe.level").gauge();
        age = registry.get("pgwatch.sweep.age").gauge();
        failures = registry.get("pgwatch.sweep.failures").functionCounter();
    }

    @Benchmark
    public double measure() {
        return measure.value();
    }

    @Benchmark
    public double level() {
        return level.value();
    }

    @Benchmark
    public double age() {
        return age.value();
    }

    /** The part of {@link #age()} that is the machine's clock; where it needs a system call that alone is more than 50 ns. */
    @Benchmark
    public long ageClockAlone() {
        return System.currentTimeMillis();
    }

    @Benchmark
    public double failures() {
        return failures.count();
    }

    /** A watch that has a report and makes no other. */
    private static final class OneReport implements PgWatch {

        private final Report report = new Report(
                "orders",
                Level.OK,
                Instant.now(),
                null,
                List.of(new ProbeReport<>(
                        ProbeIds.WRAPAROUND,
                        Level.OK,
                        new Verdict.Judged<>(
                                Level.OK,
                                "far",
                                new Wraparound(
                                        List.of(new Wraparound.Database("orders", 1000, 2147482647, 1, 2147483646)),
                                        List.of(),
                                        null,
                                        null,
                                        200_000_000,
                                        1_600_000_000,
                                        null),
                                List.of()),
                        Level.OK)),
                new Sweep(0.001, 0));

        @Override
        public String name() {
            return "orders";
        }

        @Override
        public List<Probe<?>> probes() {
            return List.of(WraparoundProbe.withDefaults());
        }

        @Override
        public Optional<Report> latest() {
            return Optional.of(report);
        }

        @Override
        public void refresh() {}

        @Override
        public Listening listen(ReportListener listener) {
            listener.onReport(report);
            return () -> {};
        }

        @Override
        public void close() {}
    }
}

package io.pgwatch.reliability;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.pgwatch.PgWatch;
import io.pgwatch.ProbeReport;
import io.pgwatch.Report;
import io.pgwatch.probe.Level;
import io.pgwatch.probe.Measure;
import io.pgwatch.probe.Probe;
import io.pgwatch.probe.Verdict;
import java.util.Collection;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Consumer;

/** Whether the meters of a watch say what its report says: no number where nothing is known. */
final class Numbers {

    private static final int MOST_ATTEMPTS = 100;

    private Numbers() {}

    static void assertHonest(PgWatch watch, MeterRegistry registry) {
        assertOfOneReport(watch, report -> watch.probes().forEach(probe -> check(watch, report, probe, registry)));
    }

    /** Compares something with the newest report, while no other comes in between. */
    static void assertOfOneReport(PgWatch watch, Consumer<Report> comparison) {
        for (int attempt = 0; ; attempt++) {
            Optional<Report> before = watch.latest();
            AssertionError wrong =
                    before.map(report -> wrong(report, comparison)).orElse(null);
            boolean same = before.equals(watch.latest());
            if (wrong == null) {
                return;
            }
            if (same && attempt > MOST_ATTEMPTS) { // the meters follow the report, a moment later
                throw wrong;
            }
            pause();
        }
    }

    private static void pause() {
        try {
            Thread.sleep(10);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static AssertionError wrong(Report report, Consumer<Report> comparison) {
        try {
            comparison.accept(report);
            return null;
        } catch (AssertionError e) {
            return e;
        }
    }

    private static <E> void check(PgWatch watch, Report report, Probe<E> probe, MeterRegistry registry) {
        ProbeReport<E> told = report.find(probe.id()).orElseThrow();
        assertThat(registry.get("pgwatch.probe.level")
                        .tags("watch", watch.name(), "probe", probe.id().value())
                        .gauge()
                        .value())
                .as("level of " + probe.id())
                .isEqualTo(metered(told.level()));
        boolean seen = told.verdict().fold(judged -> true, (Verdict.Unknown<E> unknown) -> unknown.partial() != null);
        for (Measure<E> measure : probe.measures()) {
            Collection<Gauge> gauges = registry.find("pgwatch." + measure.name())
                    .tags("watch", watch.name())
                    .gauges();
            if (!seen) {
                assertThat(gauges)
                        .as(measure.name() + " while " + told.summary())
                        .allMatch(gauge -> Double.isNaN(gauge.value()));
            }
        }
    }

    /** What the gauge of a level is. */
    static Double metered(Level level) {
        return switch (level) {
            case UNKNOWN -> Double.NaN;
            case OK -> 0.0;
            case WARNING -> 1.0;
            case CRITICAL -> 2.0;
        };
    }

    /** How many sweeps the counter says have failed; empty while there is no such counter. */
    static OptionalDouble failures(PgWatch watch, MeterRegistry registry) {
        FunctionCounter counter = registry.find("pgwatch.sweep.failures")
                .tags("watch", watch.name())
                .functionCounter();
        return counter == null ? OptionalDouble.empty() : OptionalDouble.of(counter.count());
    }
}

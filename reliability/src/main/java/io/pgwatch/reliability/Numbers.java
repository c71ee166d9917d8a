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

/** Whether the meters of a watch say what its report says: no number where nothing is known. */
final class Numbers {

    private static final int MOST_ATTEMPTS = 100;

    private Numbers() {}

    /** Compares them, while no report comes in between. */
    static void assertHonest(PgWatch watch, MeterRegistry registry) {
        for (int attempt = 0; ; attempt++) {
            Optional<Report> before = watch.latest();
            AssertionError wrong =
                    before.map(report -> wrong(watch, report, registry)).orElse(null);
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

    private static AssertionError wrong(PgWatch watch, Report report, MeterRegistry registry) {
        try {
            watch.probes().forEach(probe -> check(watch, report, probe, registry));
            return null;
        } catch (AssertionError e) {
            return e;
        }
    }

    private static <E> void check(PgWatch watch, Report report, Probe<E> probe, MeterRegistry registry) {
        ProbeReport<E> told = report.find(probe.id()).orElseThrow();
        Double level = told.level() == Level.UNKNOWN
                ? Double.NaN
                : told.level() == Level.OK ? 0.0 : told.level() == Level.WARNING ? 1.0 : 2.0;
        assertThat(registry.get("pgwatch.probe.level")
                        .tags("watch", watch.name(), "probe", probe.id().value())
                        .gauge()
                        .value())
                .as("level of " + probe.id())
                .isEqualTo(level);
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

    /** How many sweeps the counter says have failed. */
    static double failures(PgWatch watch, MeterRegistry registry) {
        FunctionCounter counter = registry.find("pgwatch.sweep.failures")
                .tags("watch", watch.name())
                .functionCounter();
        return counter == null ? 0 : counter.count();
    }
}

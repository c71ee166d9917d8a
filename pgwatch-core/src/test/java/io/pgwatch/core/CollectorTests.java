package io.pgwatch.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgwatch.Report;
import io.pgwatch.core.probes.PoolSaturationProbe;
import io.pgwatch.probe.Level;
import io.pgwatch.probe.Probe;
import io.pgwatch.testsupport.MovableClock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** What a sweep does without any server: it ends in a report. */
class CollectorTests {

    private static final ConnectionTarget NOBODY =
            new ConnectionTarget("jdbc:postgresql://localhost:1/orders", "app", "");

    private final MovableClock clock = new MovableClock();

    @Test
    void an_application_that_cannot_say_where_to_connect_is_told_of_in_the_report() throws Exception {
        AtomicBoolean sealed = new AtomicBoolean();
        Supplier<Optional<ConnectionTarget>> vault = () -> {
            if (sealed.get()) {
                throw new IllegalStateException("the vault is sealed");
            }
            return Optional.of(NOBODY);
        };
        Collector collector = collector(vault, PoolSaturationProbe.withDefaults());
        sealed.set(true);

        Report report = collector.sweep(null);

        assertThat(report.probes().get(0).verdict().summary()).contains("the vault is sealed");
        collector.close();
    }

    @Test
    void a_probe_without_a_verdict_is_unknown_alone() throws Exception {
        Collector collector = collector(() -> Optional.of(NOBODY), OwnProbe.judging(snapshot -> null));

        assertThat(collector.sweep(null).level()).isEqualTo(Level.UNKNOWN);
        collector.close();
    }

    @Test
    void a_probe_that_fails_an_assertion_is_unknown_alone() throws Exception {
        Collector collector = collector(() -> Optional.of(NOBODY), OwnProbe.judging(snapshot -> {
            throw new AssertionError("ouch");
        }));

        assertThat(collector.sweep(null).level()).isEqualTo(Level.UNKNOWN);
        collector.close();
    }

    private Collector collector(Supplier<Optional<ConnectionTarget>> target, Probe<?> probe) {
        return new Collector(
                new WatchOptions(
                        "orders",
                        Duration.ofSeconds(15),
                        Duration.ofSeconds(10),
                        ConnectionMode.DEDICATED,
                        new Targets(null, null, null, null, target),
                        List.of(probe),
                        ApplicationSide.SILENT,
                        false,
                        "it:1",
                        clock,
                        clock),
                () -> {});
    }
}

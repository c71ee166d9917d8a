package io.pgwatch.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgwatch.ProbeReport;
import io.pgwatch.Report;
import io.pgwatch.Sweep;
import io.pgwatch.evidence.PoolSaturation;
import io.pgwatch.evidence.ProbeIds;
import io.pgwatch.probe.Level;
import io.pgwatch.probe.Verdict;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class PublisherTests {

    private final MovableClock clock = new MovableClock();
    private final Publisher publisher = new Publisher(new WatchOptions(
            "orders",
            Duration.ofSeconds(15),
            Duration.ofSeconds(1),
            ConnectionMode.DEDICATED,
            new Targets(null, null, null, null, Optional::empty),
            List.of(),
            ApplicationSide.SILENT,
            "it:1",
            clock));

    @Test
    void whatever_a_listener_throws_the_next_one_is_told() {
        List<Report> told = new ArrayList<>();
        publisher.listen(report -> {
            throw new AssertionError("a listener that checks what it is told");
        });
        publisher.listen(told::add);

        publisher.publish(report());

        assertThat(told).hasSize(1);
    }

    @Test
    void a_listener_that_does_not_return_keeps_no_old_report_fresh() throws Exception {
        CountDownLatch reached = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        List<Level> told = new ArrayList<>();
        publisher.listen(report -> {
            told.add(report.level());
            reached.countDown();
            try {
                go.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        Thread sweeping = new Thread(() -> publisher.publish(report()));
        sweeping.start();
        reached.await();

        clock.advance(Duration.ofSeconds(46));
        publisher.publishIfStale();
        assertThat(publisher.latest().level()).isEqualTo(Level.UNKNOWN);

        go.countDown();
        sweeping.join();
        publisher.publishIfStale();
        publisher.publishIfStale();
        assertThat(told).containsExactly(Level.OK, Level.UNKNOWN);
    }

    private Report report() {
        Verdict<PoolSaturation> verdict = new Verdict.Judged<>(
                Level.OK, "all is well", new PoolSaturation(List.of(), List.of(), null, List.of(), null), List.of());
        Instant now = clock.instant();
        return new Report(
                "orders",
                Level.OK,
                now,
                null,
                List.of(new ProbeReport<>(ProbeIds.POOL_SATURATION, Level.OK, verdict, Level.OK)),
                new Sweep(0.1, 0));
    }
}

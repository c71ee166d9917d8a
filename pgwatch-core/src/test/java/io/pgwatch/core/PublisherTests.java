package io.pgwatch.core;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.pgwatch.ProbeReport;
import io.pgwatch.Report;
import io.pgwatch.ReportListener;
import io.pgwatch.Sweep;
import io.pgwatch.evidence.PoolSaturation;
import io.pgwatch.evidence.ProbeIds;
import io.pgwatch.probe.Level;
import io.pgwatch.probe.Verdict;
import io.pgwatch.snapshot.Cause;
import io.pgwatch.snapshot.Reading;
import io.pgwatch.testsupport.MovableClock;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class PublisherTests {

    private final MovableClock clock = new MovableClock();
    private final Publisher publisher = new Publisher(options(clock));

    private WatchOptions options(Clock calendar) {
        return new WatchOptions(
                "orders",
                Duration.ofSeconds(15),
                Duration.ofSeconds(1),
                ConnectionMode.DEDICATED,
                new Targets(null, null, null, null, Optional::empty),
                List.of(),
                ApplicationSide.SILENT,
                false,
                "it:1",
                clock,
                calendar);
    }

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
    void no_listener_is_told_after_the_end_though_one_of_them_brings_it() {
        List<String> told = new ArrayList<>();
        publisher.listen(report -> publisher.close());
        publisher.listen(new ReportListener() {
            @Override
            public void onReport(Report report) {
                told.add("report");
            }

            @Override
            public void onClose() {
                told.add("end");
            }
        });

        publisher.publish(report());

        assertThat(told).containsExactly("end");
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
        List<Level> toldAnother = new ArrayList<>();
        publisher.listen(report -> toldAnother.add(report.level()));
        Thread sweeping = new Thread(() -> publisher.publish(report()));
        sweeping.start();
        reached.await();

        clock.advance(Duration.ofSeconds(46));
        publisher.publishIfStale();
        publisher.publishIfStale();
        assertThat(publisher.latest().level()).isEqualTo(Level.UNKNOWN);
        assertThat(toldAnother).as("what gauges show, say").containsExactly(Level.UNKNOWN);

        go.countDown();
        sweeping.join();
        publisher.publishIfStale();
        publisher.publishIfStale();
        assertThat(told).containsExactly(Level.OK, Level.UNKNOWN);
    }

    @Test
    void a_log_that_throws_keeps_nothing_from_the_listeners() {
        Logger log = (Logger) LoggerFactory.getLogger(JdbcPgWatch.class);
        ListAppender<ILoggingEvent> full = new ListAppender<>() {
            @Override
            public void doAppend(ILoggingEvent line) {
                throw new OutOfMemoryError("thrown by the log");
            }
        };
        log.addAppender(full);
        List<Level> told = new ArrayList<>();
        publisher.listen(report -> told.add(report.level()));
        try {
            publisher.publish(unknown(Cause.FAILED));
        } finally {
            log.detachAppender(full);
        }

        assertThat(told).containsExactly(Level.UNKNOWN);
    }

    @Test
    void a_clock_that_was_set_makes_no_report_stale_and_keeps_none_fresh() {
        MovableClock calendar = new MovableClock();
        Publisher set = new Publisher(options(calendar));
        set.publish(report());
        calendar.advance(Duration.ofHours(3));
        set.publishIfStale();
        assertThat(set.latest().level()).isEqualTo(Level.OK);

        calendar.advance(Duration.ofHours(-6));
        clock.advance(Duration.ofSeconds(46));
        set.publishIfStale();
        assertThat(set.latest().level()).isEqualTo(Level.UNKNOWN);
    }

    @Test
    void what_another_watch_reads_is_no_warning() {
        assertThat(logged(unknown(Cause.ELSEWHERE), report(), unknown(Cause.FAILED)))
                .containsExactly(
                        "INFO orders: pool-saturation UNKNOWN: because of ELSEWHERE",
                        "INFO orders: pool-saturation OK (was UNKNOWN): all is well",
                        "WARN orders: pool-saturation UNKNOWN (was OK): because of FAILED");
    }

    @Test
    void a_first_look_that_is_late_warns_when_the_second_is_no_better() {
        assertThat(logged(unknown(Cause.TIMED_OUT), report()))
                .containsExactly(
                        "INFO orders: pool-saturation UNKNOWN: because of TIMED_OUT",
                        "INFO orders: pool-saturation OK (was UNKNOWN): all is well");
    }

    @Test
    void a_server_that_never_answered_is_one_warning() {
        assertThat(logged(unknown(Cause.TIMED_OUT), unknown(Cause.TIMED_OUT), unknown(Cause.TIMED_OUT)))
                .containsExactly(
                        "INFO orders: pool-saturation UNKNOWN: because of TIMED_OUT",
                        "WARN orders: pool-saturation UNKNOWN: because of TIMED_OUT");
    }

    @Test
    void a_real_problem_is_told_at_the_first_look() {
        assertThat(logged(unknown(Cause.FAILED), unknown(Cause.FAILED)))
                .containsExactly("WARN orders: pool-saturation UNKNOWN: because of FAILED");
    }

    @Test
    void a_level_is_no_change_from_one_that_was_never_known() {
        assertThat(logged(critical(), report()))
                .containsExactly(
                        "WARN orders: pool-saturation CRITICAL: it is full",
                        "INFO orders: pool-saturation OK (was CRITICAL): all is well");
    }

    @Test
    void what_is_well_from_the_start_is_no_line() {
        assertThat(logged(report(), report())).isEmpty();
    }

    @Test
    void what_a_closed_watch_said_is_stale_and_nobody_is_told() {
        List<Report> told = new ArrayList<>();
        publisher.listen(told::add);
        publisher.publish(critical());

        publisher.close();

        assertThat(publisher.latest().level()).isEqualTo(Level.UNKNOWN);
        assertThat(publisher.latest().verdict(ProbeIds.POOL_SATURATION))
                .isEqualTo(new Verdict.Unknown<>(Cause.STALE, "the watch is closed; before that: it is full"));
        assertThat(told).extracting(Report::level).containsExactly(Level.CRITICAL);
    }

    private List<String> logged(Report... published) {
        Logger log = (Logger) LoggerFactory.getLogger(JdbcPgWatch.class);
        ListAppender<ILoggingEvent> lines = new ListAppender<>();
        lines.start();
        log.addAppender(lines);
        try {
            Publisher fresh = new Publisher(options(clock));
            List.of(published).forEach(fresh::publish);
        } finally {
            log.detachAppender(lines);
        }
        return lines.list.stream()
                .map(line -> line.getLevel() + " " + line.getFormattedMessage())
                .toList();
    }

    private Report unknown(Cause cause) {
        return report(Verdict.unknown(new Reading.Missing<>(cause, "because of " + cause)), Level.UNKNOWN);
    }

    private Report report() {
        return judged(Level.OK, "all is well");
    }

    private Report critical() {
        return judged(Level.CRITICAL, "it is full");
    }

    private Report judged(Level level, String summary) {
        return report(
                new Verdict.Judged<>(
                        level,
                        summary,
                        new PoolSaturation(List.of(), List.of(), null, null, null, null, List.of(), null),
                        List.of()),
                level);
    }

    private Report report(Verdict<PoolSaturation> verdict, Level level) {
        Instant now = clock.instant();
        return new Report(
                "orders",
                level,
                now,
                null,
                List.of(new ProbeReport<>(ProbeIds.POOL_SATURATION, level, verdict, level)),
                new Sweep(0.1, 0));
    }
}

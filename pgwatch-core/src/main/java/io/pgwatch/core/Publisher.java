package io.pgwatch.core;

import static org.slf4j.event.Level.INFO;
import static org.slf4j.event.Level.WARN;

import io.pgwatch.PgWatch.Listening;
import io.pgwatch.ProbeReport;
import io.pgwatch.Report;
import io.pgwatch.ReportListener;
import io.pgwatch.probe.Level;
import io.pgwatch.probe.Verdict;
import io.pgwatch.snapshot.Cause;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Holds the newest report, tells it to the listeners one at a time and in order, and logs what changed. */
final class Publisher {

    private static final Logger log = LoggerFactory.getLogger(JdbcPgWatch.class);

    /** A report older than this many intervals is stale. */
    private static final int STALE_AFTER = 3;

    private static final Duration LISTEN_WAITS = Duration.ofSeconds(1);
    private static final Duration CLOSE_WAITS = Duration.ofMillis(100);

    private final WatchOptions options;
    private final List<ReportListener> listeners = new CopyOnWriteArrayList<>();
    private final ReentrantLock telling = new ReentrantLock();
    private final AtomicReference<@Nullable Report> latest = new AtomicReference<>();
    private volatile Instant publishedAt = Instant.MAX;
    private volatile @Nullable ReportListener beingTold;
    private @Nullable Report toldTheOthers;
    private @Nullable Report told;
    private volatile boolean closed;

    Publisher(WatchOptions options) {
        this.options = options;
    }

    @Nullable
    Report latest() {
        return latest.get();
    }

    /** Makes a report the newest one; ignored after the close. */
    void publish(Report report) {
        telling.lock();
        try {
            if (!closed) {
                publishedAt = options.clock().instant();
                latest.set(report);
                tell(report);
            }
        } finally {
            telling.unlock();
        }
    }

    /**
     * Says that the newest report is stale, if it is; the listeners hear it once, all but one that does not return from what it
     * was told before. Called by one thread at a time.
     */
    void publishIfStale() {
        Report report = latest.get();
        if (report != null && !closed && !isStale(report)) {
            Duration age = Duration.between(publishedAt, options.clock().instant());
            if (age.compareTo(options.interval().multipliedBy(STALE_AFTER)) > 0) {
                latest.compareAndSet(report, Assembly.stale(report, age));
            }
        }
        if (telling.tryLock()) {
            try {
                Report newest = latest.get();
                if (newest != null && !newest.equals(told) && !closed) {
                    tell(newest);
                }
            } finally {
                telling.unlock();
            }
        } else {
            tellTheOthers();
        }
    }

    private void tellTheOthers() {
        ReportListener stuck = beingTold;
        Report newest = latest.get();
        if (stuck != null && newest != null && isStale(newest) && !newest.equals(toldTheOthers) && !closed) {
            toldTheOthers = newest;
            listeners.stream()
                    .filter(listener -> !listener.equals(stuck))
                    .forEach(listener -> safely(listener, one -> one.onReport(newest)));
        }
    }

    private static boolean isStale(Report report) {
        return report.probes().stream().allMatch(probe -> isStale(probe.verdict()));
    }

    private static <E> boolean isStale(Verdict<E> verdict) {
        return verdict.fold(judged -> false, unknown -> unknown.cause() == Cause.STALE);
    }

    /** It is to come, which is no news. */
    private static <E> boolean isNotYet(Verdict<E> verdict) {
        return verdict.fold(judged -> false, unknown -> unknown.cause() == Cause.NOT_YET);
    }

    private void tell(Report report) {
        Report before = told;
        told = report;
        try {
            logChanges(before, report);
        } catch (Throwable logFails) {
            // the log is the application's; the listeners have nothing to do with it
        }
        for (ReportListener listener : listeners) {
            if (closed || !report.equals(latest.get())) {
                return; // meanwhile it was closed, or one of them took so long that it is stale, which the timer tells
            }
            beingTold = listener;
            safely(listener, one -> one.onReport(report));
            beingTold = null;
        }
    }

    /** A listener that comes while another one does not return is told from the next report on. */
    Listening listen(ReportListener listener) {
        if (!lockWithin(LISTEN_WAITS)) {
            listeners.add(listener);
            if (closed && listeners.remove(listener)) {
                safely(listener, ReportListener::onClose);
            }
            return () -> listeners.remove(listener);
        }
        try {
            if (closed) {
                safely(listener, ReportListener::onClose);
                return () -> {};
            }
            listeners.add(listener);
            Report report = told;
            if (report != null) {
                safely(listener, one -> one.onReport(report));
            }
            return () -> listeners.remove(listener);
        } finally {
            telling.unlock();
        }
    }

    /** Tells the listeners that nothing follows; does not wait long for one that does not return. */
    void close() {
        boolean alone = lockWithin(CLOSE_WAITS);
        try {
            if (!closed) {
                closed = true;
                listeners.forEach(listener -> safely(listener, ReportListener::onClose));
                listeners.clear();
            }
        } finally {
            if (alone) {
                telling.unlock();
            }
        }
    }

    private boolean lockWithin(Duration time) {
        try {
            return telling.tryLock(time.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private void safely(ReportListener listener, Consumer<ReportListener> call) {
        try {
            call.accept(listener);
        } catch (Throwable e) { // of whatever kind: an assertion, say, or what another language throws unchecked
            try {
                log.warn("{}: a listener failed", options.name(), e);
            } catch (Throwable logFails) {
                // the next listener has nothing to do with that either
            }
        }
    }

    /** One line for all probes to which the same happened, as when the server is gone. */
    private void logChanges(@Nullable Report before, Report now) {
        Map<Change, List<String>> changes = new LinkedHashMap<>();
        for (ProbeReport<?> probe : now.probes()) {
            Level old = Optional.ofNullable(before)
                    .flatMap(report -> report.find(probe.id()))
                    .map(ProbeReport::level)
                    .orElse(Level.OK);
            if (old != probe.level() && !isNotYet(probe.verdict())) {
                changes.computeIfAbsent(
                                new Change(old, probe.level(), probe.weighs(), probe.summary()),
                                any -> new ArrayList<>())
                        .add(probe.id().value());
            }
        }
        changes.forEach((change, probes) -> log.atLevel(change.isBad() ? WARN : INFO)
                .log(
                        "{}: {} {} (was {}): {}",
                        now.watch(),
                        String.join(", ", probes),
                        change.now(),
                        change.before(),
                        change.summary()));
    }

    /** What a line of the log tells. */
    private record Change(Level before, Level now, boolean weighs, String summary) {

        /** What another watch reads, or what does not apply, is nobody's trouble. */
        boolean isBad() {
            return weighs && now != Level.OK;
        }
    }
}

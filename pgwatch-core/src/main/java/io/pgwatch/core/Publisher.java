package io.pgwatch.core;

import static org.slf4j.event.Level.INFO;
import static org.slf4j.event.Level.WARN;

import io.pgwatch.PgWatch.Listening;
import io.pgwatch.ProbeReport;
import io.pgwatch.Report;
import io.pgwatch.ReportListener;
import io.pgwatch.core.text.OneLine;
import io.pgwatch.probe.Level;
import io.pgwatch.probe.Verdict;
import io.pgwatch.snapshot.Cause;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
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
    private final Set<String> lateAtFirst = new HashSet<>();
    private volatile boolean closed;

    Publisher(WatchOptions options) {
        this.options = options;
    }

    /** Stale after the close, which no listener is told: it was told that nothing follows. */
    @Nullable
    Report latest() {
        Report report = latest.get();
        return report == null || !closed || report.isStale() ? report : Assembly.stale(report, "the watch is closed");
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
        if (report != null && !closed && !report.isStale()) {
            Duration age = Duration.between(publishedAt, options.clock().instant());
            if (age.compareTo(options.interval().multipliedBy(STALE_AFTER)) > 0) {
                latest.compareAndSet(report, Assembly.stale(report, "nothing new for " + age.toSeconds() + " s"));
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
        if (stuck != null && newest != null && newest.isStale() && !newest.equals(toldTheOthers) && !closed) {
            toldTheOthers = newest;
            listeners.stream()
                    .filter(listener -> !listener.equals(stuck))
                    .forEach(listener -> safely(listener, one -> one.onReport(newest)));
        }
    }

    private static <E> boolean isFor(Cause cause, Verdict<E> verdict) {
        return verdict.fold(judged -> false, unknown -> unknown.cause() == cause);
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
                log.warn("{}: a listener failed", options.nameInLine(), e);
            } catch (Throwable logFails) {
                // the next listener has nothing to do with that either
            }
        }
    }

    /** One line for all probes to which the same happened, as when the server is gone. */
    private void logChanges(@Nullable Report before, Report now) {
        Map<Change, List<String>> changes = new LinkedHashMap<>();
        for (ProbeReport<?> probe : now.probes()) {
            Change change = changeOf(probe, before);
            if (change != null) {
                changes.computeIfAbsent(change, any -> new ArrayList<>())
                        .add(probe.id().value());
            }
        }
        changes.forEach((change, probes) -> log.atLevel(change.isBad() ? WARN : INFO)
                .log(
                        "{}: {} {}{}: {}",
                        options.nameInLine(),
                        String.join(", ", probes),
                        change.now(),
                        change.before() == null ? "" : " (was " + change.before() + ")",
                        OneLine.of(change.summary())));
    }

    /** Null where there is no news: nothing changed, all is well from the start, or it is to come. */
    private @Nullable Change changeOf(ProbeReport<?> probe, @Nullable Report before) {
        Level old = before == null
                ? null
                : before.find(probe.id()).map(ProbeReport::level).orElse(null);
        boolean wasLate = lateAtFirst.remove(probe.id().value());
        if (isFor(Cause.NOT_YET, probe.verdict())) {
            return null;
        }
        if (old == null && isFor(Cause.TIMED_OUT, probe.verdict())) {
            lateAtFirst.add(probe.id().value());
            return new Change(null, probe.level(), false, probe.summary());
        }
        if (old == null || (wasLate && old == probe.level())) {
            return probe.level() == Level.OK ? null : new Change(null, probe.level(), probe.weighs(), probe.summary());
        }
        return old == probe.level() ? null : new Change(old, probe.level(), probe.weighs(), probe.summary());
    }

    /**
     * What a line of the log tells.
     *
     * @param before null where nothing was known
     * @param matters false for what another watch reads or what does not apply, which is nobody's trouble, and for a first look
     *     that was late, as that of a cold start may be; the second one matters
     */
    private record Change(@Nullable Level before, Level now, boolean matters, String summary) {

        boolean isBad() {
            return matters && now != Level.OK;
        }
    }
}

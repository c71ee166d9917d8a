package io.pgwatch.core;

import io.pgwatch.Report;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The thread of a watch: sweeps, publishes, and sleeps until the next sweep is due or somebody asks for one. */
final class SweepLoop implements Runnable {

    private static final Logger log = LoggerFactory.getLogger(JdbcPgWatch.class);

    /** Requests for a sweep are answered at most this often. */
    private static final long LEAST_NANOS_APART = TimeUnit.SECONDS.toNanos(1);

    private static final Duration CLOSE_WAITS = Duration.ofMillis(1800);
    private static final Duration CLOSE_WAITS_FOR_SWEEP = Duration.ofMillis(300);

    private final WatchOptions options;
    private final Publisher publisher;
    private final Thread thread;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition wake = lock.newCondition();
    private boolean asked;
    private boolean closed;
    private volatile @Nullable Collector collector;
    private SharedTimer.@Nullable Ticking ticking;

    SweepLoop(WatchOptions options, Publisher publisher) {
        this.options = options;
        this.publisher = publisher;
        this.thread = new Thread(this, "pgwatch-" + options.nameInLine());
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
        ticking = SharedTimer.everySecond(() -> {
            publisher.publishIfStale();
            lookAtPools();
        });
    }

    private void lookAtPools() {
        ifReading(Collector::lookAtPools);
    }

    private void ifReading(Consumer<Collector> action) {
        Collector reading = collector;
        if (reading != null) {
            action.accept(reading);
        }
    }

    void refresh() {
        lock.lock();
        try {
            asked = true;
            wake.signalAll();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void run() {
        while (!isClosed()) {
            try {
                readUntilClosed();
            } catch (Throwable e) { // of whatever kind: nothing would start this thread again
                warn("cannot begin to read, and tries again", e);
                sleep(System.nanoTime(), options.interval().toNanos(), Long.MAX_VALUE);
            }
        }
    }

    /** What reads is made here, beside the application's start, since loading it all takes its time. */
    private void readUntilClosed() {
        Collector reading = new Collector(options, this::refresh);
        collector = reading;
        try {
            while (!isClosed()) {
                sweep(reading);
                awaitNextSweep(reading);
            }
        } finally {
            reading.close();
        }
    }

    private boolean isClosed() {
        lock.lock();
        try {
            return closed;
        } finally {
            lock.unlock();
        }
    }

    private void sweep(Collector reading) {
        try {
            SharedTimer.relieve();
            Report report = reading.sweep(publisher.latest());
            publisher.publish(report);
        } catch (InterruptedException e) {
            // by close(); or by somebody whom this thread does not belong to, and then the next sweep comes in its time
        } catch (Throwable e) { // of whatever kind: nothing would start this thread again
            warn("a sweep failed", e); // the report becomes stale, and says so
        }
    }

    private void warn(String what, Throwable e) {
        try {
            log.warn("{}: {}", options.nameInLine(), what, e);
        } catch (Throwable alsoFailed) {
            // the log is the application's, and there is nobody else to tell
        }
    }

    /** Until the next sweep is due, or the watch is closed; meanwhile goes on with what is read slowly. */
    private void awaitNextSweep(Collector reading) {
        double spread = ThreadLocalRandom.current().nextDouble(0.9, 1.1);
        long untilDue = (long) (options.interval().toNanos() * spread);
        long budget = options.budget().toNanos();
        long started = System.nanoTime();
        long pause = 0;
        while (!sleep(started, untilDue, pause)) {
            boolean time = untilDue - (System.nanoTime() - started) > Math.min(budget, untilDue / 2);
            pause = time ? readSlowly(reading) : Long.MAX_VALUE;
        }
    }

    private long readSlowly(Collector reading) {
        try {
            return reading.readSlowly();
        } catch (Throwable e) { // of whatever kind, as for a sweep
            warn("reading between sweeps failed", e);
            return Long.MAX_VALUE;
        }
    }

    /** True when the next sweep is due, or the watch is closed; false when only the pause is over. */
    private boolean sleep(long started, long untilDue, long pause) {
        long paused = System.nanoTime();
        lock.lock();
        try {
            while (!closed) {
                long left = (asked ? Math.min(LEAST_NANOS_APART, untilDue) : untilDue) - (System.nanoTime() - started);
                if (left <= 0) {
                    if (asked) {
                        asked = false;
                        ifReading(Collector::tryAgain);
                    }
                    return true;
                }
                long leftOfPause = pause - (System.nanoTime() - paused);
                if (leftOfPause <= 0) {
                    return false;
                }
                try {
                    wake.awaitNanos(Math.min(left, leftOfPause));
                } catch (InterruptedException e) {
                    // by close(), which has said so; or by a listener after each sweep, which must not hasten the next
                }
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Ends the thread, at once if it sleeps, else by taking its connection away. */
    void close() {
        lock.lock();
        try {
            if (closed) {
                return;
            }
            closed = true;
            wake.signalAll();
        } finally {
            lock.unlock();
        }
        if (ticking != null) {
            ticking.close();
        }
        if (!joined(CLOSE_WAITS_FOR_SWEEP)) {
            ifReading(Collector::close);
            thread.interrupt();
            joined(CLOSE_WAITS.minus(CLOSE_WAITS_FOR_SWEEP));
        }
    }

    private boolean joined(Duration time) {
        if (thread.equals(Thread.currentThread())) {
            return true; // a listener closes its watch: the thread ends when the listener returns
        }
        try {
            thread.join(time.toMillis());
            return !thread.isAlive();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}

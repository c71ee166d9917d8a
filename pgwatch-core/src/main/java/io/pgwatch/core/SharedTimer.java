package io.pgwatch.core;

import java.security.AccessController;
import java.security.PrivilegedAction;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One daemon thread for what every watch does each second, which is short and never waits: looking at pools, and noticing
 * that a report has become stale. It lives as long as a watch does.
 */
final class SharedTimer {

    private static final Logger log = LoggerFactory.getLogger(JdbcPgWatch.class);

    /** What runs for longer runs code of the application that does not come back. */
    private static final long HANGS_AFTER_NANOS = TimeUnit.SECONDS.toNanos(5);

    /** Since when each thread has been busy with its task. */
    private static final Map<Thread, Long> BUSY = new ConcurrentHashMap<>();

    private static @Nullable ScheduledThreadPoolExecutor executor;
    private static int users;

    private SharedTimer() {}

    /** A task that runs each second, until it is closed. */
    interface Ticking extends AutoCloseable {

        @Override
        void close();
    }

    static synchronized Ticking everySecond(Runnable task) {
        if (executor == null) {
            executor = new ScheduledThreadPoolExecutor(1, SharedTimer::thread);
            executor.setRemoveOnCancelPolicy(true);
        }
        users++;
        ScheduledFuture<?> future = executor.scheduleWithFixedDelay(safe(task), 1, 1, TimeUnit.SECONDS);
        return () -> stop(future);
    }

    /**
     * It serves other applications, too, so it keeps nothing of the one that asked for it first. Up to JDK 23 a thread keeps
     * the classes of all callers of its constructor, back to the one that is privileged.
     */
    @SuppressWarnings("removal")
    private static Thread thread(Runnable work) {
        return AccessController.doPrivileged((PrivilegedAction<Thread>) () -> {
            Thread thread = new Thread(null, work, "pgwatch-timer", 0, false);
            thread.setContextClassLoader(SharedTimer.class.getClassLoader());
            thread.setDaemon(true);
            return thread;
        });
    }

    /** Gives the timer another thread for each that hangs, so that the other watches keep theirs; whoever sweeps sees to it. */
    static synchronized void relieve() {
        if (executor != null) {
            long now = System.nanoTime();
            long hanging = BUSY.values().stream()
                    .filter(since -> now - since > HANGS_AFTER_NANOS)
                    .count();
            executor.setCorePoolSize(1 + (int) hanging);
        }
    }

    private static synchronized void stop(ScheduledFuture<?> future) {
        if (future.cancel(false) && --users == 0 && executor != null) {
            executor.shutdownNow();
            executor = null;
        }
    }

    private static void warn(Throwable e) {
        try {
            log.warn("a task of every second failed", e);
        } catch (Throwable alsoFailed) {
            // the log is the application's, and there is nobody else to tell
        }
    }

    private static Runnable safe(Runnable task) {
        return () -> {
            BUSY.put(Thread.currentThread(), System.nanoTime());
            try {
                task.run();
            } catch (Throwable e) { // of whatever kind: the task would not run again
                warn(e);
            } finally {
                BUSY.remove(Thread.currentThread());
            }
        };
    }
}

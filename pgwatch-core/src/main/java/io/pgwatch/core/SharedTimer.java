package io.pgwatch.core;

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
            executor = new ScheduledThreadPoolExecutor(1, work -> {
                Thread thread = new Thread(null, work, "pgwatch-timer", 0, false);
                thread.setContextClassLoader(SharedTimer.class.getClassLoader()); // it serves other applications, too
                thread.setDaemon(true);
                return thread;
            });
            executor.setRemoveOnCancelPolicy(true);
        }
        users++;
        ScheduledFuture<?> future = executor.scheduleWithFixedDelay(safe(task), 1, 1, TimeUnit.SECONDS);
        return () -> stop(future);
    }

    private static synchronized void stop(ScheduledFuture<?> future) {
        if (future.cancel(false) && --users == 0 && executor != null) {
            executor.shutdownNow();
            executor = null;
        }
    }

    private static Runnable safe(Runnable task) {
        return () -> {
            try {
                task.run();
            } catch (Throwable e) { // of whatever kind: the task would not run again
                log.warn("a task of every second failed", e);
            }
        };
    }
}

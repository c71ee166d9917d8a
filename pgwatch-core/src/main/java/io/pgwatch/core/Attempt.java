package io.pgwatch.core;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * An attempt to connect, on a daemon thread of its own since it may hang: whoever waits for it can stop waiting, and what comes too late for
 * everybody is closed.
 */
final class Attempt {

    private final FutureTask<Session> task;
    private final Thread thread;
    private @Nullable Session result;
    private volatile boolean awaitedInVain;
    private boolean unwanted;
    private boolean closed;

    /**
     * Begins at once.
     *
     * @param late told, on the attempt's thread, that it has ended after somebody had stopped waiting for it
     */
    Attempt(String threadName, Callable<Session> call, Runnable late) {
        this.task = new FutureTask<>(() -> handOver(call.call())) {
            @Override
            protected void done() {
                if (awaitedInVain) {
                    late.run();
                }
            }
        };
        this.thread = new Thread(task, threadName);
        thread.setDaemon(true);
        thread.start();
    }

    /** The session, or null if there is none within the time. */
    @Nullable
    Session await(Duration time) throws ExecutionException, InterruptedException {
        try {
            return task.get(time.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException stillRunning) {
            awaitedInVain = true;
            return null;
        }
    }

    /** Nobody wants the session any more: it is closed, if need be as soon as it comes. */
    synchronized void giveBack() {
        unwanted = true;
        if (result != null) {
            close(result);
        }
    }

    /** Whether the session that nobody wanted has come and gone, so that another attempt may begin. One that failed has not. */
    synchronized boolean isGone() {
        return closed && !thread.isAlive();
    }

    /** Whether it has not ended yet. */
    boolean isRunning() {
        return thread.isAlive();
    }

    /** Ends it as far as possible; a thread that hangs in the network ends with the limits of its connection. */
    void abandon() {
        giveBack();
        thread.interrupt();
    }

    private synchronized @Nullable Session handOver(Session session) {
        if (unwanted) {
            close(session);
            return null;
        }
        result = session;
        return session;
    }

    private void close(Session session) {
        closed = true;
        session.close();
    }
}

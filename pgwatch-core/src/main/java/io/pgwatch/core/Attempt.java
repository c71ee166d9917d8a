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
    private boolean abandoned;

    Attempt(String threadName, Callable<Session> call) {
        this.task = new FutureTask<>(() -> handOver(call.call()));
        this.thread = new Thread(task, threadName);
        thread.setDaemon(true);
        thread.start();
    }

    /** The result, or null if there is none within the time. */
    @Nullable
    Session await(Duration time) throws ExecutionException, InterruptedException {
        try {
            return task.get(time.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException stillRunning) {
            return null;
        }
    }

    /** Nobody waits any more. A thread that hangs in the network ends with the limits of its connection. */
    void abandon() {
        thread.interrupt();
        synchronized (this) {
            abandoned = true;
            if (result != null) {
                result.close();
            }
        }
    }

    private synchronized Session handOver(Session late) {
        if (abandoned) {
            late.close();
        }
        result = late;
        return late;
    }
}

package io.pgwatch.core.pool;

import io.pgwatch.snapshot.Borrowers.Borrower;
import java.lang.ref.WeakReference;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;

/** A connection, and the thread that borrowed it last; which is kept weakly, so that it may end and be forgotten. */
final class Borrow {

    private final Connection handle;
    private final WeakReference<Thread> thread;
    private final String threadName;
    private final long threadId; // virtual threads have no name unless they are given one
    private final Instant since = Instant.now();
    private final long sinceNanos = System.nanoTime();
    private final @Nullable Throwable stack;

    Borrow(Connection handle, Thread thread, @Nullable Throwable stack) {
        this.handle = handle;
        this.thread = new WeakReference<>(thread);
        this.threadName = thread.getName();
        this.threadId = thread.getId();
        this.stack = stack;
    }

    /** For how long it has been borrowed, whatever is done to the clock meanwhile. */
    long nanos() {
        return System.nanoTime() - sinceNanos;
    }

    /** Whether the connection went back, to the pool or for ever; the pool's own object knows, without a word to the server. */
    boolean isOver() {
        try {
            return handle.isClosed()
                    || (handle.unwrap(PGConnection.class) instanceof Connection inside && inside.isClosed());
        } catch (SQLException | RuntimeException broken) {
            return true;
        }
    }

    /** With a look at what the thread is doing now. */
    Borrower describe(int pid) {
        Thread holder = thread.get();
        StackTraceElement[] live = holder == null || !holder.isAlive() ? null : holder.getStackTrace();
        return new Borrower(
                pid,
                threadName.isEmpty() ? "#" + threadId : threadName,
                live != null,
                since,
                TimeUnit.NANOSECONDS.toMillis(nanos()) / 1e3,
                live == null ? null : Frames.ofApplication(live),
                stack == null ? null : Frames.ofApplication(stack.getStackTrace()));
    }
}

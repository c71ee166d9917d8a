package io.pgwatch.reliability;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.IntStream;
import javax.sql.DataSource;

/** Threads that want a connection, get none, and try again. */
final class Waiters implements AutoCloseable {

    private final List<Thread> threads;
    private volatile boolean closed;

    Waiters(DataSource pool, int count) {
        threads = IntStream.range(0, count)
                .mapToObj(i -> new Thread(() -> wait(pool), "waiter-" + i))
                .toList();
        threads.forEach(Thread::start);
    }

    private void wait(DataSource pool) {
        while (!closed) {
            try (Connection connection = pool.getConnection()) {
                connection.getAutoCommit();
            } catch (SQLException none) {
                // so it tries again
            }
        }
    }

    @Override
    public void close() throws InterruptedException {
        closed = true;
        for (Thread thread : threads) {
            thread.interrupt();
        }
        for (Thread thread : threads) {
            thread.join();
        }
    }
}

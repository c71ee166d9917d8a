package io.pgwatch.reliability;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import javax.sql.DataSource;

/** What the application does meanwhile: short transactions, as in a bench, each on a connection of the pool. */
final class Load implements AutoCloseable {

    private static final int ACCOUNTS = 1000;

    private final AtomicLong done = new AtomicLong();
    private final AtomicLong failed = new AtomicLong();
    private final List<Thread> threads;
    private volatile boolean closed;

    Load(DataSource pool, int count) {
        threads = IntStream.range(0, count)
                .mapToObj(i -> new Thread(() -> work(pool), "load-" + i))
                .toList();
        threads.forEach(Thread::start);
    }

    /** What makes the tables, as SQL for the owner of the database. */
    static String[] tables() {
        return new String[] {
            "create table account as select i as id, 0 as balance from generate_series(1, " + ACCOUNTS + ") i",
            "create unique index on account (id)"
        };
    }

    private void work(DataSource pool) {
        while (!closed) {
            try {
                transfer(pool);
                done.incrementAndGet();
                Thread.sleep(5);
            } catch (SQLException broken) {
                failed.incrementAndGet();
                pause();
            } catch (InterruptedException closing) {
                return;
            }
        }
    }

    private static void pause() {
        try {
            Thread.sleep(100);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void transfer(DataSource pool) throws SQLException {
        try (Connection connection = pool.getConnection()) {
            connection.setNetworkTimeout(Runnable::run, 5000);
            connection.setAutoCommit(false);
            try (PreparedStatement update =
                    connection.prepareStatement("update account set balance = balance + ? where id = ?")) {
                for (int sign : new int[] {1, -1}) {
                    update.setInt(1, sign);
                    update.setInt(2, ThreadLocalRandom.current().nextInt(1, ACCOUNTS + 1));
                    update.execute();
                    connection.commit();
                }
            }
        }
    }

    long done() {
        return done.get();
    }

    long failed() {
        return failed.get();
    }

    @Override
    public void close() throws InterruptedException {
        closed = true;
        for (Thread thread : threads) {
            thread.interrupt();
            thread.join(10_000);
        }
    }
}

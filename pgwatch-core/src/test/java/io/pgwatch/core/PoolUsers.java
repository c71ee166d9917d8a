package io.pgwatch.core;

import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariDataSource;
import io.pgwatch.testsupport.PgServer;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import javax.sql.DataSource;

/** Threads that want connections of a pool of 5, and use them as a test wants. */
final class PoolUsers implements AutoCloseable {

    static final int POOL_SIZE = 5;

    /** What a thread does with a connection. */
    interface Use {
        void of(Statement statement, CountDownLatch end) throws SQLException, InterruptedException;
    }

    private final HikariDataSource pool = new HikariDataSource();
    private final AttributedDataSource source = AttributedDataSource.around(pool);
    private final CountDownLatch end = new CountDownLatch(1);
    private final List<Thread> threads = new ArrayList<>();

    PoolUsers(String url, String user) {
        pool.setPoolName("orders");
        pool.setJdbcUrl(url);
        pool.setUsername(user);
        pool.setMaximumPoolSize(POOL_SIZE);
        pool.setMinimumIdle(0);
        pool.setConnectionTimeout(60_000);
        pool.setInitializationFailTimeout(-1);
    }

    DataSource source() {
        return source;
    }

    ApplicationSide remembered(Attribution attribution) {
        return new ApplicationSide(Optional::empty, attribution, Optional.of(source.borrows()), Optional.empty());
    }

    /** So many threads, each with a connection that it uses once and keeps until the end. */
    void keep(int count, boolean autoCommit, Use use) {
        start(count, () -> {
            try (Connection connection = borrowAlone()) {
                connection.setAutoCommit(autoCommit);
                try (Statement statement = connection.createStatement()) {
                    use.of(statement, end);
                    end.await();
                }
            }
        });
    }

    /** One thread after the other: of several that ask at once HikariCP may overlook one, and opens nothing for it. */
    private synchronized Connection borrowAlone() throws SQLException {
        return source.getConnection();
    }

    /** So many threads, each with one connection after the other. */
    void busy(int count, String sql) {
        start(count, () -> {
            while (end.getCount() > 0) {
                try (Connection connection = source.getConnection();
                        Statement statement = connection.createStatement()) {
                    statement.execute(sql);
                }
            }
        });
    }

    private interface Work {
        void run() throws SQLException, InterruptedException;
    }

    private void start(int count, Work work) {
        for (int i = 0; i < count; i++) {
            Thread thread = new Thread(
                    () -> {
                        try {
                            work.run();
                        } catch (SQLException | InterruptedException over) {
                            // the test is over
                        }
                    },
                    "orders-worker-" + threads.size());
            threads.add(thread);
            thread.start();
        }
    }

    void awaitActive(int count) {
        await().atMost(Duration.ofSeconds(45))
                .until(() -> pool.getHikariPoolMXBean() != null
                        && pool.getHikariPoolMXBean().getActiveConnections() == count);
    }

    void awaitWaiting() {
        await().until(() ->
                pool.getHikariPoolMXBean() != null && pool.getHikariPoolMXBean().getThreadsAwaitingConnection() > 0);
    }

    /** Waits until the server sees as many sessions of that kind as wanted. */
    static void awaitSessions(PgServer server, String where, int count) {
        await().pollInterval(Duration.ofMillis(50))
                .until(() -> server.ask("select count(*) from pg_stat_activity where backend_type = 'client backend'"
                                + " and application_name not like 'pgwatch %' and " + where)
                        .equals(Integer.toString(count)));
    }

    @Override
    public void close() throws SQLException {
        end.countDown();
        threads.forEach(Thread::interrupt);
        pool.close();
        for (Thread thread : threads) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }
}

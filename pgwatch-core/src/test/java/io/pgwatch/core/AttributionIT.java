package io.pgwatch.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariDataSource;
import io.pgwatch.core.pool.Pools;
import io.pgwatch.snapshot.Borrowers;
import io.pgwatch.snapshot.Borrowers.Borrower;
import io.pgwatch.snapshot.Reading;
import io.pgwatch.testsupport.PgServer;
import io.pgwatch.testsupport.Postgres;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.postgresql.PGConnection;
import org.postgresql.ds.PGSimpleDataSource;

/** Who is told to hold a connection, whatever is done to it. */
class AttributionIT {

    private final HikariDataSource pool = new HikariDataSource();
    private final AttributedDataSource source = AttributedDataSource.around(pool);
    private final BorrowerLook look = new BorrowerLook("test", with(Attribution.STACK));

    private ApplicationSide with(Attribution attribution) {
        return new ApplicationSide(Optional::empty, attribution, Optional.of(source.borrows()), Optional.empty());
    }

    @BeforeEach
    void configure(@Postgres PgServer server) {
        pool.setJdbcUrl(server.jdbcUrl("app"));
        pool.setUsername("app");
        pool.setMaximumPoolSize(3);
        pool.setMinimumIdle(0);
    }

    @AfterEach
    void close() {
        pool.close();
    }

    @Test
    void a_borrower_is_told_with_where_it_is_now_and_where_it_borrowed() throws Exception {
        Holder holder = new Holder();
        Thread thread = new Thread(holder, "orders-worker-7");
        thread.start();
        Connection held = holder.borrowed();
        try {
            await().untilAsserted(() -> assertThat(only().at()).matches("AttributionIT.java:\\d+"));
            Borrower borrower = only();
            assertThat(borrower.thread()).isEqualTo("orders-worker-7");
            assertThat(borrower.pid()).isEqualTo(held.unwrap(PGConnection.class).getBackendPID());
            assertThat(borrower.borrowedAt()).startsWith("AttributionIT.java:").isNotEqualTo(borrower.at());
            assertThat(borrower.inWords())
                    .matches("thread orders-worker-7 since \\d\\d:\\d\\d:\\d\\dZ, now in AttributionIT.java:\\d+"
                            + ", borrowed in AttributionIT.java:\\d+");
        } finally {
            held.close(); // by another thread than its borrower
            holder.mayEnd.countDown();
        }
        assertThat(seen()).isEmpty();
        thread.join();
    }

    @Test
    void a_thread_that_has_ended_left_its_connection_to_nobody() throws Exception {
        Holder holder = new Holder();
        Thread thread = new Thread(holder, "batch-1");
        thread.start();
        try (Connection leaked = holder.borrowed()) {
            holder.mayEnd.countDown();
            thread.join();

            assertThat(leaked.isClosed()).isFalse();
            assertThat(only().alive()).isFalse();
            assertThat(only().inWords())
                    .startsWith("thread batch-1 since ")
                    .contains(", which has ended without giving it back, borrowed in AttributionIT.java:");
        }
    }

    @Test
    void a_connection_that_is_closed_twice_or_taken_from_its_borrower_is_held_no_more() throws SQLException {
        Connection twice = source.getConnection();
        twice.close();
        Connection next = source.getConnection();
        twice.close();
        assertThat(seen()).as("the second borrower's").hasSize(1);

        pool.evictConnection(next);
        next.close();
        assertThat(seen()).isEmpty();

        Connection aborted = source.getConnection();
        aborted.abort(Runnable::run);
        assertThat(seen()).isEmpty();
        pool.evictConnection(aborted);
    }

    @Test
    @EnabledForJreRange(min = JRE.JAVA_21)
    void a_virtual_thread_is_told_by_its_number() throws Exception {
        Holder holder = new Holder();
        Thread thread = (Thread)
                Thread.class.getMethod("startVirtualThread", Runnable.class).invoke(null, holder);
        try (Connection held = holder.borrowed()) {
            assertThat(held.isClosed()).isFalse();
            assertThat(only().thread()).startsWith("#");
            await().untilAsserted(() -> assertThat(only().at()).startsWith("AttributionIT.java:"));
        } finally {
            holder.mayEnd.countDown();
            thread.join();
        }
    }

    @Test
    void nothing_is_remembered_while_off_or_after_the_watch_or_behind_a_pooler() throws SQLException {
        look.close();
        BorrowerLook off = new BorrowerLook("test", with(Attribution.OFF));
        try (Connection borrowed = source.getConnection()) {
            assertThat(borrowed.isClosed()).isFalse();
            assertThat(source.borrows().look(List.of(), 5).borrowers()).isEmpty();
            assertThat(off.look(Map.of(), Instant.now())).isInstanceOf(Reading.Missing.class);
        }

        BorrowerLook on = new BorrowerLook("test", with(Attribution.THREAD));
        on.behindPooler(true);
        try (Connection borrowed = source.getConnection()) {
            assertThat(borrowed.isClosed()).isFalse();
            assertThat(source.borrows().look(List.of(), 5).borrowers()).isEmpty();
            assertThat(on.look(Map.of(), Instant.now()).missing().orElseThrow().detail())
                    .contains("a pooler stands before the server");
        }
        on.behindPooler(false);
        try (Connection borrowed = source.getConnection()) {
            assertThat(borrowed.isClosed()).isFalse();
            assertThat(on.look(Map.of(), Instant.now()).taken().orElseThrow().borrowers())
                    .hasSize(1);
        }
    }

    @Test
    void what_is_inside_is_found_and_its_connections_are_its_own() throws SQLException {
        assertThat(source.unwrap(HikariDataSource.class)).isSameAs(pool);
        assertThat(Pools.find(source)).isPresent();
        try (Connection borrowed = source.getConnection()) {
            assertThat(borrowed.getClass().getName()).startsWith("com.zaxxer.hikari");
        }
    }

    @Test
    void is_refused_without_a_data_source_that_remembers() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> JdbcPgWatch.builder(new PGSimpleDataSource())
                        .attribution(Attribution.THREAD)
                        .start())
                .withMessage("want an AttributedDataSource around the pool for attribution THREAD, got"
                        + " org.postgresql.ds.PGSimpleDataSource");
    }

    private List<Borrower> seen() {
        return look.look(Map.of(), Instant.now())
                .taken()
                .map(Borrowers::borrowers)
                .orElseThrow();
    }

    private Borrower only() {
        assertThat(seen()).hasSize(1);
        return seen().get(0);
    }

    /** Borrows a connection, and does nothing with it. */
    private final class Holder implements Runnable {

        private final CountDownLatch hasBorrowed = new CountDownLatch(1);
        private final CountDownLatch mayEnd = new CountDownLatch(1);
        private volatile Connection connection;

        @Override
        public void run() {
            try {
                connection = source.getConnection();
                hasBorrowed.countDown();
                mayEnd.await();
            } catch (SQLException | InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }

        Connection borrowed() throws InterruptedException {
            hasBorrowed.await();
            return connection;
        }
    }
}

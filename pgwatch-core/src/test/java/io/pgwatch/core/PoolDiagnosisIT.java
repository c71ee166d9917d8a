package io.pgwatch.core;

import static io.pgwatch.core.PoolUsers.POOL_SIZE;
import static io.pgwatch.core.PoolUsers.awaitSessions;
import static io.pgwatch.evidence.ProbeIds.IDLE_IN_TRANSACTION;
import static io.pgwatch.evidence.ProbeIds.POOL_SATURATION;
import static org.assertj.core.api.Assertions.assertThat;

import io.pgwatch.Report;
import io.pgwatch.evidence.PoolSaturation;
import io.pgwatch.evidence.PoolSaturation.Diagnosis.Kind;
import io.pgwatch.probe.Finding;
import io.pgwatch.probe.Level;
import io.pgwatch.testsupport.FaultProxy;
import io.pgwatch.testsupport.FreshDatabase;
import io.pgwatch.testsupport.NoLeaks;
import io.pgwatch.testsupport.PgServer;
import io.pgwatch.testsupport.Postgres;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.postgresql.PGConnection;

/** Why a pool of 5 has no connection to give: each reason made for real, and told within two sweeps. */
@NoLeaks
class PoolDiagnosisIT {

    private static final String IN_DATABASE = "datname = '%s' and ";

    @Test
    void connections_that_are_kept_and_not_used_are_a_leak_with_a_name(@Postgres PgServer server) throws Exception {
        try (FreshDatabase database = server.freshDatabase();
                PoolUsers users = new PoolUsers(server.jdbcUrl(database.name()), "app");
                Sweeper watch = Sweeper.of(users.source(), Sweeper.application(users.remembered(Attribution.THREAD)))) {
            users.keep(POOL_SIZE, true, (statement, end) -> statement.execute("select 1"));
            users.awaitActive(POOL_SIZE);
            users.busy(2, "select 1");
            awaitSessions(
                    server,
                    IN_DATABASE.formatted(database.name()) + "state = 'idle' and state_change < now() - interval '1 s'",
                    POOL_SIZE);

            Finding finding = told(watch, Kind.LEAK);

            assertThat(finding.cause())
                    .startsWith("leak: all 5 borrowed connections have done nothing")
                    .containsPattern(
                            "held by thread orders-worker-\\d since \\d\\d:\\d\\d:\\d\\dZ, now in PoolUsers.java:\\d+");
        }
    }

    @Test
    void statements_that_run_for_long_are_slow(@Postgres PgServer server) throws Exception {
        try (FreshDatabase database = server.freshDatabase();
                PoolUsers users = new PoolUsers(server.jdbcUrl(database.name()), "app");
                Sweeper watch = Sweeper.of(users.source())) {
            users.keep(POOL_SIZE, true, (statement, end) -> statement.execute("select pg_sleep(120)"));
            users.awaitActive(POOL_SIZE);
            users.busy(2, "select 1");
            awaitSessions(
                    server,
                    IN_DATABASE.formatted(database.name())
                            + "state = 'active' and query_start < now() - interval '1 s'",
                    POOL_SIZE);

            assertThat(told(watch, Kind.SLOW_STATEMENTS).cause()).contains("5 sessions have run a statement");
            end(server, database);
        }
    }

    @Test
    void a_watch_that_cannot_borrow_does_not_say_that_the_server_is_gone(@Postgres PgServer server) throws Exception {
        try (FreshDatabase database = server.freshDatabase();
                PoolUsers users = new PoolUsers(server.jdbcUrl(database.name()), "app");
                Sweeper watch = Sweeper.of(users.source(), Sweeper.mode(ConnectionMode.POOLED))) {
            users.keep(POOL_SIZE, true, (statement, end) -> statement.execute("select pg_sleep(120)"));
            users.awaitActive(POOL_SIZE);
            users.busy(2, "select 1");
            users.awaitWaiting();
            watch.collector().lookAtPools();
            watch.sweep();
            watch.collector().lookAtPools();

            Report report = watch.sweepAfter(Duration.ofSeconds(10));

            PoolSaturation seen = report.verdict(POOL_SATURATION).seen().orElseThrow();
            assertThat(seen.diagnosis()).as(report.text()).isNull();
            assertThat(report.verdict(POOL_SATURATION).findings())
                    .extracting(Finding::id)
                    .containsExactly("pool-saturation/pool-orders");
            end(server, database);
        }
    }

    @Test
    void sessions_that_wait_for_one_lock_are_a_pile(@Postgres PgServer server) throws Exception {
        try (FreshDatabase database = server.freshDatabase();
                Connection holder = server.connect("postgres", database.name());
                Statement lock = holder.createStatement();
                PoolUsers users = new PoolUsers(server.jdbcUrl(database.name()), "app");
                Sweeper watch = Sweeper.of(users.source())) {
            lock.execute("create table t (id int); grant all on t to app");
            lock.execute("begin; lock table t");
            int pid = holder.unwrap(PGConnection.class).getBackendPID();
            users.keep(POOL_SIZE, true, (statement, end) -> statement.execute("select from t"));
            users.awaitActive(POOL_SIZE);
            users.busy(2, "select 1");
            awaitSessions(server, IN_DATABASE.formatted(database.name()) + "wait_event_type = 'Lock'", POOL_SIZE);

            assertThat(told(watch, Kind.LOCK_PILE_UP).cause())
                    .contains("5 sessions wait for a lock, the longest for ", ", behind session " + pid);
            end(server, database);
        }
    }

    @Test
    void transactions_in_which_nothing_happens_are_left_idle(@Postgres PgServer server) throws Exception {
        try (FreshDatabase database = server.freshDatabase();
                PoolUsers users = new PoolUsers(server.jdbcUrl(database.name()), "app");
                Sweeper watch = Sweeper.of(users.source(), Sweeper.application(users.remembered(Attribution.STACK)))) {
            users.keep(POOL_SIZE, false, (statement, end) -> statement.execute("select 1"));
            users.awaitActive(POOL_SIZE);
            users.busy(2, "select 1");
            awaitSessions(
                    server,
                    IN_DATABASE.formatted(database.name())
                            + "state = 'idle in transaction' and state_change < now() - interval '1 s'",
                    POOL_SIZE);

            assertThat(told(watch, Kind.TRANSACTIONS_LEFT_IDLE).cause())
                    .contains("5 sessions are idle in a transaction", ", borrowed in PoolUsers.java:");
            assertThat(watch.sweep()
                            .verdict(IDLE_IN_TRANSACTION)
                            .seen()
                            .orElseThrow()
                            .sessions())
                    .hasSize(POOL_SIZE)
                    .allSatisfy(session -> assertThat(session.borrower())
                            .matches("thread orders-worker-\\d since .*Z, now in PoolUsers.java:\\d+, borrowed in .*"));
        }
    }

    @Test
    void a_pool_whose_connections_are_all_used_quickly_is_too_small(@Postgres PgServer server) throws Exception {
        try (FreshDatabase database = server.freshDatabase();
                PoolUsers users = new PoolUsers(server.jdbcUrl(database.name()), "app");
                Sweeper watch = Sweeper.of(users.source())) {
            users.busy(30, "select pg_sleep(0.2)");
            users.awaitActive(POOL_SIZE);
            users.awaitWaiting();

            assertThat(told(watch, Kind.POOL_TOO_SMALL).remedy().text())
                    .startsWith("Raise the pool's maximum size; the server has room for ");
        }
    }

    @Test
    void a_limit_of_the_role_that_stops_the_pool_is_the_ceiling(@Postgres PgServer server) throws Exception {
        server.execute("create role narrow login connection limit 3");
        try (FreshDatabase database = server.freshDatabase();
                PoolUsers users = new PoolUsers(server.jdbcUrl(database.name()), "narrow")) {
            users.keep(POOL_SIZE, true, (statement, end) -> statement.execute("select 1"));
            users.awaitActive(3);
            users.awaitWaiting();
            try (Sweeper watch =
                    Sweeper.of(users.source(), server.jdbcUrl(database.name()), "monitor", options -> options)) {
                assertThat(told(watch, Kind.SERVER_CEILING).cause())
                        .contains("3 of 3 connections of role narrow are in use");
            }
            try (Sweeper watch = Sweeper.of(users.source())) {
                assertThat(told(watch, Kind.SERVER_CEILING).cause())
                        .contains("too many connections for role \"narrow\"");
            }
        } finally {
            server.execute("drop role narrow");
        }
    }

    @Test
    void a_role_that_may_not_log_in_is_no_database_that_is_gone(@Postgres PgServer server) throws Exception {
        server.execute("create role barred nologin");
        try (FreshDatabase database = server.freshDatabase();
                PoolUsers users = new PoolUsers(server.jdbcUrl(database.name()), "barred");
                Sweeper watch = Sweeper.of(users.source());
                Sweeper own =
                        Sweeper.of(users.source(), server.jdbcUrl(database.name()), "monitor", options -> options)) {
            users.busy(2, "select 1");
            users.awaitWaiting();

            assertThat(told(watch, Kind.LOGIN_FAILING).cause()).contains("role \"barred\" is not permitted to log in");
            assertThat(told(own, Kind.LOGIN_FAILING).cause()).contains("lets pgwatch in");
        } finally {
            server.execute("drop role barred");
        }
    }

    @Test
    void a_server_that_cannot_be_reached_is_gone_and_no_exhausted_pool(@Postgres PgServer server) throws Exception {
        try (FreshDatabase database = server.freshDatabase();
                FaultProxy network = FaultProxy.inFrontOf(server);
                PoolUsers users = new PoolUsers(network.jdbcUrl(database.name()), "app");
                Sweeper watch = Sweeper.of(users.source(), Sweeper.budget(Duration.ofSeconds(1)))) {
            users.busy(2, "select 1");
            users.awaitActive(2);
            network.refuse();
            users.busy(2, "select 1");
            users.awaitWaiting();

            assertThat(told(watch, Kind.DATABASE_GONE).cause()).contains("cannot connect");
        }
    }

    @Test
    void a_server_that_does_not_answer_those_who_have_a_connection_is_gone(@Postgres PgServer server) throws Exception {
        try (FreshDatabase database = server.freshDatabase();
                FaultProxy network = FaultProxy.inFrontOf(server);
                PoolUsers users = new PoolUsers(network.jdbcUrl(database.name()), "app");
                Sweeper watch = Sweeper.of(users.source(), Sweeper.budget(Duration.ofSeconds(1)))) {
            users.keep(POOL_SIZE, true, (statement, end) -> statement.execute("select pg_sleep(0.1)"));
            users.awaitActive(POOL_SIZE);
            network.stall();
            users.busy(2, "select 1");
            users.awaitWaiting();

            told(watch, Kind.DATABASE_GONE);
            network.reset();
        }
    }

    /** The finding of the second sweep, ten seconds after the first. */
    private static Finding told(Sweeper watch, Kind kind) {
        watch.collector().lookAtPools();
        watch.sweep();
        watch.collector().lookAtPools();
        Report report = watch.sweepAfter(Duration.ofSeconds(10));
        assertThat(report.verdict(POOL_SATURATION).seen().orElseThrow().diagnosis())
                .as(report.text())
                .satisfies(told -> assertThat(told.kind()).isEqualTo(kind));
        Finding finding = report.verdict(POOL_SATURATION).findings().stream()
                .filter(one -> one.id().equals("pool-saturation/pool-orders"))
                .findFirst()
                .orElseThrow(() -> new AssertionError(report.text()));
        assertThat(finding.level()).isEqualTo(Level.WARNING);
        assertThat(finding.cause()).startsWith(kind + ": ");
        return finding;
    }

    private static void end(PgServer server, FreshDatabase database) {
        server.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = '" + database.name()
                + "' and usename = 'app'");
    }
}

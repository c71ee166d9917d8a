package io.pgwatch.core;

import static io.pgwatch.evidence.ProbeIds.POOL_SATURATION;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.pgwatch.Report;
import io.pgwatch.evidence.PoolSaturation;
import io.pgwatch.probe.Finding;
import io.pgwatch.probe.Level;
import io.pgwatch.probe.Verdict;
import io.pgwatch.snapshot.Cause;
import io.pgwatch.snapshot.Poolers.Pool;
import io.pgwatch.testsupport.FreshDatabase;
import io.pgwatch.testsupport.NoLeaks;
import io.pgwatch.testsupport.PgBouncer;
import io.pgwatch.testsupport.PgBouncer.PoolMode;
import io.pgwatch.testsupport.PgServer;
import io.pgwatch.testsupport.Postgres;
import io.pgwatch.testsupport.SupportedMajors;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.ds.PGSimpleDataSource;

/** Clients that wait behind a PgBouncer with two connections to give, and what a watch past it says of that. */
@NoLeaks
class PoolerQueueIT {

    private static final Map<String, String> TWO = Map.of("default_pool_size", "2");

    private final ExecutorService threads = Executors.newCachedThreadPool();

    @AfterEach
    void end() {
        threads.shutdownNow();
    }

    @ParameterizedTest
    @SupportedMajors
    void clients_that_wait_behind_transactions_left_idle(PgServer server) throws Exception {
        for (PoolMode mode : PoolMode.values()) {
            try (FreshDatabase database = server.freshDatabase();
                    PgBouncer bouncer = PgBouncer.inFrontOf(server, mode, TWO);
                    Sweeper watch = watch(server, bouncer, database, "postgres")) {
                List<Connection> holding = List.of(begun(bouncer, database), begun(bouncer, database));
                List<CompletableFuture<Void>> waiting = waiting(6, bouncer, database);

                Report report = await().atMost(Duration.ofSeconds(20))
                        .until(
                                watch::sweep,
                                said -> waits(said).startsWith("6 clients wait")
                                        && cause(said).startsWith("transactions-left-idle: 2 sessions"));

                assertThat(server.ask("select count(*) || ' ' || min(state) || ' ' || max(state) from pg_stat_activity"
                                + " where usename = 'app' and datname = '" + database.name() + "'"))
                        .as("all that PostgreSQL knows")
                        .isEqualTo("2 idle in transaction idle in transaction");
                assertThat(waits(report))
                        .contains(" for a server connection of PgBouncer's pool " + database.name() + " of user app");
                assertThat(cause(report))
                        .startsWith("transactions-left-idle: 2 sessions of it are idle in a transaction at the server");
                assertThat(poolers(report))
                        .singleElement()
                        .extracting(Pool::mode, Pool::clientsWaiting, Pool::serversActive, Pool::size)
                        .containsExactly(mode.name().toLowerCase(java.util.Locale.ROOT), 6, 2, 2);
                assertThat(report.verdict(POOL_SATURATION).findings())
                        .extracting(Finding::id)
                        .as("the driver prepares from the fifth use on")
                        .anyMatch(id -> id.endsWith("pooler-prepared") == (mode == PoolMode.TRANSACTION))
                        .hasSize(mode == PoolMode.TRANSACTION ? 2 : 1);

                holding.get(0).close();
                holding.get(1).close();
                waiting.forEach(CompletableFuture::join);
            }
        }
    }

    @Test
    void clients_that_wait_behind_transactions_of_many_short_steps(@Postgres PgServer server) throws Exception {
        try (FreshDatabase database = server.freshDatabase();
                PgBouncer bouncer = PgBouncer.inFrontOf(server, PoolMode.TRANSACTION, TWO);
                Sweeper watch = watch(server, bouncer, database, "postgres")) {
            AtomicBoolean done = new AtomicBoolean();
            List<CompletableFuture<Void>> working = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                working.add(CompletableFuture.runAsync(() -> stepByStep(bouncer, database, done), threads));
            }

            Report report = await().atMost(Duration.ofSeconds(30))
                    .until(watch::sweep, said -> cause(said).startsWith("slow-transactions"));

            assertThat(cause(report)).startsWith("slow-transactions: its 2 connections are in use; ");
            assertThat(poolers(report)).singleElement().satisfies(pool -> {
                assertThat(pool.averageTransactionSeconds()).isBetween(1.5, 10.0);
                assertThat(pool.averageWaitSeconds())
                        .as("two of six are served")
                        .isBetween(0.5, 30.0);
            });
            done.set(true);
            working.forEach(CompletableFuture::join);
        }
    }

    @Test
    void clients_that_wait_for_the_end_of_a_pause(@Postgres PgServer server) throws Exception {
        try (FreshDatabase database = server.freshDatabase();
                PgBouncer bouncer = PgBouncer.inFrontOf(server, PoolMode.SESSION, TWO);
                Sweeper watch = watch(server, bouncer, database, "postgres")) {
            begun(bouncer, database).close();
            assertThat(watch.sweep().verdict(POOL_SATURATION).level()).isEqualTo(Level.OK);
            bouncer.tell("PAUSE " + database.name());
            List<CompletableFuture<Void>> waiting = waiting(1, bouncer, database);

            Report report = await().atMost(Duration.ofSeconds(20))
                    .until(watch::sweep, said -> waits(said).startsWith("one client waits"));

            assertThat(cause(report)).startsWith("paused: ");
            bouncer.tell("RESUME " + database.name());
            waiting.forEach(CompletableFuture::join);
            assertThat(Sweeper.levelOf(watch.sweep(), POOL_SATURATION)).isEqualTo(Level.OK);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " app"})
    void a_pause_is_told_though_the_watch_itself_gets_nothing_through_it(String database, @Postgres PgServer server) {
        try (PgBouncer bouncer = PgBouncer.inFrontOf(server, PoolMode.TRANSACTION, TWO);
                Sweeper watch = throughAlone(bouncer)) {
            assertThat(Sweeper.levelOf(watch.sweep(), POOL_SATURATION)).isNotEqualTo(Level.UNKNOWN);
            bouncer.tell("PAUSE" + database);

            Verdict<PoolSaturation> verdict = watch.sweep().verdict(POOL_SATURATION);

            assertThat(verdict.seen().orElseThrow().ceilings())
                    .as("the server is not reached")
                    .isEmpty();
            assertThat(verdict).isInstanceOf(Verdict.Judged.class);
            assertThat(verdict.findings())
                    .extracting(Finding::cause)
                    .as("before 1.19 a pause of everything is one of two causes")
                    .anyMatch(cause -> cause.startsWith("paused: ")
                            || database.isEmpty() && cause.contains("; or all databases are paused at once"));
            bouncer.tell("RESUME" + database);
        }
    }

    /** A watch that has no other way than the application's. */
    private static Sweeper throughAlone(PgBouncer bouncer) {
        PGSimpleDataSource application = new PGSimpleDataSource();
        application.setUrl(bouncer.jdbcUrl("app"));
        application.setUser("app");
        ConnectionTarget console = new ConnectionTarget(bouncer.jdbcUrl("pgbouncer"), "postgres", "");
        return Sweeper.of(
                application,
                options -> Sweeper.budget(Duration.ofSeconds(3))
                        .apply(Sweeper.application(new ApplicationSide(
                                        Optional::empty, Attribution.OFF, Optional.empty(), Optional.of(console)))
                                .apply(options)));
    }

    @ParameterizedTest(name = "{0} is {1}")
    @CsvSource({"max_db_connections, database-cap", "max_user_connections, user-cap"})
    void clients_that_wait_below_a_cap_of_the_database_or_of_its_user(
            String cap, String word, @Postgres PgServer server) throws Exception {
        try (FreshDatabase database = server.freshDatabase();
                PgBouncer bouncer =
                        PgBouncer.inFrontOf(server, PoolMode.SESSION, Map.of("default_pool_size", "2", cap, "1"));
                Sweeper watch = watch(server, bouncer, database, "postgres");
                Connection holding = begun(bouncer, database)) {
            List<CompletableFuture<Void>> waiting = waiting(1, bouncer, database);

            Report report = await().atMost(Duration.ofSeconds(20))
                    .until(watch::sweep, said -> waits(said).startsWith("one client waits"));

            assertThat(cause(report)).startsWith(word + ": it has 1 of 2 connections, since 1 of the 1 that " + cap);
            holding.close();
            waiting.forEach(CompletableFuture::join);
        }
    }

    @Test
    void clients_that_wait_while_the_server_refuses_more_logins(@Postgres PgServer server) throws Exception {
        server.execute("create role narrow login connection limit 1");
        try (FreshDatabase database = server.freshDatabase();
                PgBouncer bouncer = PgBouncer.inFrontOf(
                        server,
                        PoolMode.SESSION,
                        Map.of("default_pool_size", "2", "server_login_retry", "1"),
                        Map.of("users.txt", "\"narrow\" \"\"\n\"postgres\" \"\"\n"));
                Sweeper watch = watch(through(bouncer, database, "narrow"), server, bouncer, database, "postgres");
                Connection holding = begun(bouncer, database, "narrow")) {
            List<CompletableFuture<Void>> waiting = waiting(1, bouncer, database, "narrow");

            Report report = await().atMost(Duration.ofSeconds(20))
                    .until(watch::sweep, said -> waits(said).startsWith("one client waits"));

            assertThat(cause(report))
                    .startsWith("login-failing: it has 1 of 2 connections and ")
                    .endsWith(" (1 of 1 of role narrow are in use)");
            holding.close();
            waiting.forEach(CompletableFuture::join);
        } finally {
            server.execute("drop role narrow");
        }
    }

    @Test
    void a_pool_that_does_not_fit_into_pgbouncer(@Postgres PgServer server) throws Exception {
        Map<String, String> small = Map.of("default_pool_size", "2", "max_client_conn", "4");
        try (FreshDatabase database = server.freshDatabase();
                PgBouncer bouncer = PgBouncer.inFrontOf(server, PoolMode.SESSION, small);
                PoolUsers users = new PoolUsers(bouncer.jdbcUrl(database.name()), "app");
                Sweeper watch = watch(users.source(), server, bouncer, database, "postgres")) {
            users.keep(1, true, (statement, end) -> statement.execute("select 1"));
            users.awaitActive(1);

            assertThat(watch.sweep().verdict(POOL_SATURATION).findings())
                    .extracting(Finding::summary)
                    .containsExactly(
                            "this process may open 5 connections, and PgBouncer's pool " + database.name()
                                    + " of user app serves 2 at a time",
                            "this process may open 5 connections, and PgBouncer takes 4 clients in all");
        }
    }

    @Test
    void a_console_that_does_not_let_pgwatch_look(@Postgres PgServer server) throws Exception {
        try (FreshDatabase database = server.freshDatabase();
                PgBouncer bouncer = PgBouncer.inFrontOf(server, PoolMode.TRANSACTION);
                Sweeper watch = watch(server, bouncer, database, "app")) {
            Verdict<PoolSaturation> verdict = watch.sweep().verdict(POOL_SATURATION);

            assertThat(verdict).isInstanceOfSatisfying(Verdict.Unknown.class, unknown -> {
                assertThat(unknown.cause()).isEqualTo(Cause.NOT_PERMITTED);
                assertThat(unknown.detail()).startsWith("PgBouncer's console at 127.0.0.1:");
            });
            assertThat(verdict.seen().orElseThrow().ceilings()).isNotEmpty();
        }
    }

    private static Sweeper watch(PgServer server, PgBouncer bouncer, FreshDatabase database, String user) {
        return watch(through(bouncer, database, "app"), server, bouncer, database, user);
    }

    private static DataSource through(PgBouncer bouncer, FreshDatabase database, String user) {
        PGSimpleDataSource application = new PGSimpleDataSource();
        application.setUrl(bouncer.jdbcUrl(database.name()));
        application.setUser(user);
        return application;
    }

    private static Sweeper watch(
            DataSource application, PgServer server, PgBouncer bouncer, FreshDatabase database, String user) {
        ConnectionTarget console = new ConnectionTarget(bouncer.jdbcUrl("pgbouncer"), user, "");
        return Sweeper.of(
                application,
                server.jdbcUrl(database.name()),
                "monitor",
                Sweeper.application(
                        new ApplicationSide(Optional::empty, Attribution.OFF, Optional.empty(), Optional.of(console))));
    }

    private static Connection begun(PgBouncer bouncer, FreshDatabase database) throws SQLException {
        return begun(bouncer, database, "app");
    }

    private static Connection begun(PgBouncer bouncer, FreshDatabase database, String user) throws SQLException {
        Connection connection = DriverManager.getConnection(bouncer.jdbcUrl(database.name()), user, "");
        connection.setAutoCommit(false);
        connection.createStatement().execute("select 1");
        return connection;
    }

    private List<CompletableFuture<Void>> waiting(int count, PgBouncer bouncer, FreshDatabase database) {
        return waiting(count, bouncer, database, "app");
    }

    /** So many clients, each with a transaction of its own as soon as it gets one. */
    private List<CompletableFuture<Void>> waiting(int count, PgBouncer bouncer, FreshDatabase database, String user) {
        List<CompletableFuture<Void>> clients = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            clients.add(CompletableFuture.runAsync(
                    () -> {
                        try {
                            begun(bouncer, database, user).close();
                        } catch (SQLException e) {
                            throw new IllegalStateException(e);
                        }
                    },
                    threads));
        }
        return clients;
    }

    /** Transactions of more than a second, in which nothing takes half a second. */
    private static void stepByStep(PgBouncer bouncer, FreshDatabase database, AtomicBoolean done) {
        try (Connection connection =
                DriverManager.getConnection(bouncer.jdbcUrl(database.name()) + "?preferQueryMode=simple", "app", "")) {
            connection.setAutoCommit(false);
            while (!done.get()) {
                for (int i = 0; i < 8; i++) {
                    connection.createStatement().execute("select pg_sleep(0.2)");
                }
                connection.commit();
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Optional<Finding> queue(Report report) {
        return report.verdict(POOL_SATURATION).findings().stream()
                .filter(finding -> finding.summary().contains(" for a server connection of "))
                .findFirst();
    }

    private static String waits(Report report) {
        return queue(report).map(Finding::summary).orElse("");
    }

    private static String cause(Report report) {
        return queue(report).map(Finding::cause).orElse("");
    }

    private static List<Pool> poolers(Report report) {
        return report.verdict(POOL_SATURATION).seen().orElseThrow().poolers();
    }
}

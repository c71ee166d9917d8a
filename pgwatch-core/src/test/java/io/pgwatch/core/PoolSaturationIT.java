package io.pgwatch.core;

import static io.pgwatch.core.Sweeper.finding;
import static io.pgwatch.core.Sweeper.levelOf;
import static io.pgwatch.evidence.ProbeIds.POOL_SATURATION;
import static io.pgwatch.probe.Level.CRITICAL;
import static io.pgwatch.probe.Level.OK;
import static io.pgwatch.probe.Level.UNKNOWN;
import static io.pgwatch.probe.Level.WARNING;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.pgwatch.Report;
import io.pgwatch.evidence.PoolSaturation;
import io.pgwatch.probe.Level;
import io.pgwatch.snapshot.Ceiling;
import io.pgwatch.snapshot.ClientPools.ClientPool;
import io.pgwatch.testsupport.FreshDatabase;
import io.pgwatch.testsupport.NoLeaks;
import io.pgwatch.testsupport.PgServer;
import io.pgwatch.testsupport.Postgres;
import io.pgwatch.testsupport.SupportedMajors;
import java.io.PrintWriter;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.logging.Logger;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;

/** Each level at real limits: of a server that lets 17 ordinary connections in, of a role, of a database, and of a pool. */
@NoLeaks
class PoolSaturationIT {

    private static final Duration INTERVAL = Duration.ofSeconds(15);
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @ParameterizedTest
    @SupportedMajors(with = "max_connections=20")
    void warns_before_the_server_is_full_and_says_when_it_is(PgServer server) throws SQLException {
        try (Sweeper watch = Sweeper.of(server, "app", "app");
                Others others = new Others(server, "app", "app")) {
            assertThat(levelOf(watch.sweep(), POOL_SATURATION)).isEqualTo(OK);

            others.until(11);
            assertUsed(watch.sweep(), OK, Ceiling.Kind.SERVER, 13, 17);
            others.until(12);
            Report warning = watch.sweep();
            assertUsed(warning, WARNING, Ceiling.Kind.SERVER, 14, 17);
            assertThat(finding(warning, POOL_SATURATION).cause()).contains("after 3 more, connections will be refused");
            others.untilMonitors(1);

            others.until(13);
            assertUsed(watch.sweep(), WARNING, Ceiling.Kind.SERVER, 15, 17);
            others.untilMonitors(0); // of two free ones it takes none
            others.until(14);
            assertUsed(watch.sweep(), CRITICAL, Ceiling.Kind.SERVER, 16, 17);
            others.untilMonitors(0);

            others.until(16);
            Report refused = watch.sweep();
            assertThat(levelOf(refused, POOL_SATURATION)).isEqualTo(CRITICAL);
            assertThat(finding(refused, POOL_SATURATION).id()).isEqualTo("pool-saturation/refused");
            assertThat(finding(refused, POOL_SATURATION).cause()).contains("slots are reserved for", "53300");
            assertThat(evidence(refused).ceilings()).as("nobody could count").isEmpty();
            assertThat(levelOf(watch.sweepAfter(INTERVAL), POOL_SATURATION)).isEqualTo(CRITICAL);

            others.until(1);
            Report recovered = watch.sweepAfter(Duration.ofMinutes(1));
            assertUsed(recovered, OK, Ceiling.Kind.SERVER, 3, 17);
            assertThat(recovered.level()).as("held for one sweep").isEqualTo(CRITICAL);
            assertThat(watch.sweepAfter(INTERVAL).level()).isEqualTo(OK);
            others.untilMonitors(1);
        }
    }

    @ParameterizedTest
    @SupportedMajors(with = "max_connections=20")
    void a_limit_of_the_watchs_own_role_is_no_limit_of_the_applications(PgServer server) {
        server.execute("create role watcher login connection limit 0");
        try (Sweeper watch =
                Sweeper.of(server.dataSource("app", "app"), server.jdbcUrl("app"), "watcher", options -> options)) {
            Report refused = watch.sweep();

            assertThat(levelOf(refused, POOL_SATURATION)).isEqualTo(UNKNOWN);
            assertThat(refused.verdict(POOL_SATURATION).summary()).contains("53300", "watcher");
        } finally {
            server.execute("drop role watcher");
        }
    }

    @ParameterizedTest
    @SupportedMajors(with = "max_connections=20")
    void warns_before_the_applications_role_is_full(PgServer server) throws SQLException {
        server.execute("create role narrow login connection limit 10");
        try (Sweeper watch = Sweeper.of(
                        server.dataSource("narrow", "app"), server.jdbcUrl("app"), "plain", options -> options);
                Others others = new Others(server, "narrow", "app")) {
            others.until(7);
            assertThat(levelOf(watch.sweep(), POOL_SATURATION)).isEqualTo(OK);
            others.until(8);
            assertUsed(watch.sweep(), WARNING, Ceiling.Kind.ROLE, 8, 10);
            others.until(9);
            Report critical = watch.sweep();
            assertUsed(critical, CRITICAL, Ceiling.Kind.ROLE, 9, 10);
            String sql = finding(critical, POOL_SATURATION).remedy().sql();
            assertThat(sql).isEqualTo("ALTER ROLE \"narrow\" CONNECTION LIMIT 20;");

            server.execute(sql);
            assertThat(levelOf(watch.sweep(), POOL_SATURATION)).isEqualTo(OK);
        } finally {
            server.execute("drop role narrow");
        }
    }

    @Test
    void a_limit_that_is_raised_is_seen_a_minute_later(@Postgres PgServer server) throws SQLException {
        server.execute("create role narrow login connection limit 20");
        try (Sweeper watch = Sweeper.of(
                        server.dataSource("narrow", "app"), server.jdbcUrl("app"), "plain", options -> options);
                Others others = new Others(server, "narrow", "app")) {
            others.until(16);
            assertUsed(watch.sweep(), WARNING, Ceiling.Kind.ROLE, 16, 20);

            server.execute("alter role narrow connection limit 40");
            assertUsed(watch.sweepAfter(Duration.ofSeconds(50)), WARNING, Ceiling.Kind.ROLE, 16, 20);
            assertUsed(watch.sweepAfter(Duration.ofSeconds(15)), OK, Ceiling.Kind.ROLE, 16, 40);

            server.execute("alter role narrow connection limit 30");
            assertUsed(watch.sweepAfter(Duration.ofMinutes(4)), OK, Ceiling.Kind.ROLE, 16, 40);
            assertUsed(watch.sweepAfter(Duration.ofMinutes(2)), OK, Ceiling.Kind.ROLE, 16, 30);
        } finally {
            server.execute("drop role narrow");
        }
    }

    @ParameterizedTest
    @SupportedMajors(with = "max_connections=20")
    void warns_before_the_database_is_full_and_says_when_it_is(PgServer server) throws SQLException {
        try (FreshDatabase database = server.freshDatabase()) {
            server.execute("alter database " + database.name() + " connection limit 10");
            try (Sweeper watch = Sweeper.of(server, "plain", database.name());
                    Others others = new Others(server, "app", database.name())) {
                others.until(6);
                assertThat(levelOf(watch.sweep(), POOL_SATURATION)).isEqualTo(OK);
                others.until(7);
                assertUsed(watch.sweep(), WARNING, Ceiling.Kind.DATABASE, 8, 10);
                others.untilMonitors(0);
                others.until(8);
                assertUsed(watch.sweep(), CRITICAL, Ceiling.Kind.DATABASE, 9, 10);
                others.untilMonitors(0);
                others.until(10);
                Report refused = watch.sweep();
                assertThat(finding(refused, POOL_SATURATION).cause())
                        .contains("too many connections for database \"" + database.name() + "\"");
            }
        }
    }

    @Test
    void a_full_pool_is_a_warning_when_threads_have_waited_for_long_and_critical_for_longer(@Postgres PgServer server)
            throws Exception {
        try (HikariDataSource pool = pool(server, 2);
                Sweeper watch = Sweeper.of(pool);
                Connection first = pool.getConnection();
                Connection second = pool.getConnection()) {
            assertThat(levelOf(watch.sweep(), POOL_SATURATION))
                    .as("full, but nobody waits")
                    .isEqualTo(OK);

            CompletableFuture<Void> waiting = CompletableFuture.runAsync(() -> borrowAndReturn(pool));
            await().atMost(PATIENCE).until(() -> pool.getHikariPoolMXBean().getThreadsAwaitingConnection() == 1);
            watch.collector().lookAtPools();
            assertThat(levelOf(watch.sweepAfter(Duration.ofMillis(9_000)), POOL_SATURATION))
                    .isEqualTo(OK);
            Report warning = watch.sweepAfter(Duration.ofMillis(1_000));
            assertThat(levelOf(warning, POOL_SATURATION)).isEqualTo(WARNING);
            assertThat(finding(warning, POOL_SATURATION).summary()).startsWith("pool orders has been full for 1");
            assertThat(levelOf(watch.sweepAfter(Duration.ofSeconds(45)), POOL_SATURATION))
                    .isEqualTo(WARNING);
            Report critical = watch.sweepAfter(Duration.ofSeconds(5));
            assertThat(levelOf(critical, POOL_SATURATION)).isEqualTo(CRITICAL);
            assertThat(evidence(critical).pools())
                    .singleElement()
                    .extracting(ClientPool::active, ClientPool::idle, ClientPool::max, ClientPool::pending)
                    .containsExactly(2, 0, 2, 1);

            first.close();
            waiting.join();
            assertThat(levelOf(watch.sweepAfter(Duration.ofSeconds(1)), POOL_SATURATION))
                    .isEqualTo(OK);
        }
    }

    @Test
    void a_pool_that_nobody_has_used_yet_is_not_started_by_being_watched(@Postgres PgServer server) {
        try (HikariDataSource lazy = lazyPool(server);
                Sweeper watch = Sweeper.of(lazy)) {
            for (int i = 0; i < 3; i++) {
                Report report = watch.sweepAfter(INTERVAL);
                assertThat(levelOf(report, POOL_SATURATION)).isEqualTo(OK);
                assertThat(evidence(report).pools()).containsExactly(ClientPool.silent("lazy", "hikari", 7, null));
            }
            assertThat(lazy.getHikariPoolMXBean()).isNull();
            assertThat(lazy.isRunning()).isFalse();
        }
    }

    @Test
    void a_pool_is_seen_through_proxies_and_wrappers(@Postgres PgServer server) throws SQLException {
        for (Function<DataSource, DataSource> wrapping : List.<Function<DataSource, DataSource>>of(
                PoolSaturationIT::proxied, Delegating::new, inner -> new Delegating(proxied(new Delegating(inner))))) {
            try (HikariDataSource pool = pool(server, 3);
                    Sweeper watch = Sweeper.of(wrapping.apply(pool));
                    Connection borrowed = pool.getConnection()) {
                Report report = watch.sweep();

                assertThat(evidence(report).pools()).singleElement().satisfies(seen -> {
                    assertThat(seen.name()).isEqualTo("orders");
                    assertThat(seen.active()).isEqualTo(1);
                    assertThat(seen.max()).isEqualTo(3);
                });
                assertThat(evidence(report).monitors())
                        .as("on a connection of its own")
                        .isEqualTo(1);
            }
        }
    }

    @Test
    void a_closed_pool_is_no_reason_to_lose_sight_of_the_server(@Postgres PgServer server) {
        HikariDataSource pool = pool(server, 2);
        try (Sweeper watch = Sweeper.of(pool)) {
            watch.sweep();
            pool.close();
            Report report = watch.sweepAfter(INTERVAL);

            assertThat(levelOf(report, POOL_SATURATION)).isEqualTo(OK);
            assertThat(evidence(report).pools())
                    .singleElement()
                    .extracting(ClientPool::active)
                    .isNull();
        }
    }

    @Test
    void credentials_are_those_that_the_pool_has_now(@Postgres PgServer server) {
        try (HikariDataSource pool = lazyPool(server);
                Sweeper watch = Sweeper.of(pool)) {
            assertThat(watch.sweep().server().role()).isEqualTo("app");

            pool.setUsername("plain");
            assertThat(watch.sweep().server().role())
                    .as("the session that is held goes on")
                    .isEqualTo("app");
            server.execute(
                    "select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'pgwatch %'");

            Report report = watch.sweepAfter(INTERVAL);
            assertThat(report.server().role()).isEqualTo("plain");
            assertThat(levelOf(report, POOL_SATURATION)).isEqualTo(OK);
        }
    }

    private static void assertUsed(Report report, Level level, Ceiling.Kind kind, int used, int limit) {
        assertThat(levelOf(report, POOL_SATURATION)).as(report.text()).isEqualTo(level);
        assertThat(evidence(report).ceilings().get(0))
                .as(report.text())
                .extracting(Ceiling::kind, Ceiling::used, Ceiling::limit)
                .containsExactly(kind, used, limit);
    }

    private static PoolSaturation evidence(Report report) {
        return report.verdict(POOL_SATURATION).seen().orElseThrow(() -> new AssertionError(report.text()));
    }

    private static HikariDataSource pool(PgServer server, int size) {
        HikariConfig config = new HikariConfig();
        config.setPoolName("orders");
        config.setDataSource(server.dataSource("app", "app"));
        config.setMaximumPoolSize(size);
        config.setMinimumIdle(0);
        config.setConnectionTimeout(60_000);
        return new HikariDataSource(config);
    }

    private static HikariDataSource lazyPool(PgServer server) {
        HikariDataSource lazy = new HikariDataSource();
        lazy.setPoolName("lazy");
        lazy.setJdbcUrl(server.jdbcUrl("app"));
        lazy.setUsername("app");
        lazy.setMaximumPoolSize(7);
        return lazy;
    }

    private static void borrowAndReturn(DataSource pool) {
        try {
            pool.getConnection().close();
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }

    private static DataSource proxied(DataSource inner) {
        return (DataSource) Proxy.newProxyInstance(
                PoolSaturationIT.class.getClassLoader(),
                new Class<?>[] {DataSource.class},
                (proxy, method, arguments) -> {
                    try {
                        return method.invoke(inner, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    /** What Spring's wrappers do. */
    private record Delegating(DataSource inner) implements DataSource {

        @Override
        public Connection getConnection() throws SQLException {
            return inner.getConnection();
        }

        @Override
        public Connection getConnection(String username, String password) throws SQLException {
            return inner.getConnection(username, password);
        }

        @Override
        public <T> T unwrap(Class<T> type) throws SQLException {
            return type.isInstance(this) ? type.cast(this) : inner.unwrap(type);
        }

        @Override
        public boolean isWrapperFor(Class<?> type) throws SQLException {
            return type.isInstance(this) || inner.isWrapperFor(type);
        }

        @Override
        public PrintWriter getLogWriter() throws SQLException {
            return inner.getLogWriter();
        }

        @Override
        public void setLogWriter(PrintWriter out) throws SQLException {
            inner.setLogWriter(out);
        }

        @Override
        public void setLoginTimeout(int seconds) throws SQLException {
            inner.setLoginTimeout(seconds);
        }

        @Override
        public int getLoginTimeout() throws SQLException {
            return inner.getLoginTimeout();
        }

        @Override
        public Logger getParentLogger() {
            return Logger.getGlobal();
        }
    }

    /** The other sessions at a server, as many as a test wants, and one of a superuser that counts them. */
    private static final class Others implements AutoCloseable {

        private final PgServer server;
        private final String user;
        private final String database;
        private final Connection superuser;
        private final Deque<Connection> open = new ArrayDeque<>();

        Others(PgServer server, String user, String database) throws SQLException {
            this.server = server;
            this.user = user;
            this.database = database;
            this.superuser = server.connect("postgres", "postgres");
        }

        /** Opens or closes sessions until there are as many, the superuser's not counted, and the server has seen it. */
        void until(int count) throws SQLException {
            while (open.size() < count) {
                open.push(server.connect(user, database));
            }
            while (open.size() > count) {
                open.pop().close();
            }
            await().pollDelay(Duration.ZERO)
                    .atMost(PATIENCE)
                    .until(() -> count("backend_type = 'client backend' and application_name not like 'pgwatch %'")
                            == count + 1);
        }

        /** Waits for the number of sessions of watches: one that was given up may take a moment to go. */
        void untilMonitors(int count) {
            await().pollDelay(Duration.ZERO)
                    .atMost(PATIENCE)
                    .until(() -> count("application_name like 'pgwatch %'") == count);
        }

        private int count(String what) throws SQLException {
            try (Statement statement = superuser.createStatement();
                    ResultSet row = statement.executeQuery("select count(*) from pg_stat_activity where " + what)) {
                row.next();
                return row.getInt(1);
            }
        }

        @Override
        public void close() throws SQLException {
            until(0);
            superuser.close();
        }
    }
}

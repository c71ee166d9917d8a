package io.pgwatch.core;

import static io.pgwatch.evidence.ProbeIds.BLOAT;
import static io.pgwatch.probe.Level.OK;
import static io.pgwatch.probe.Level.UNKNOWN;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariDataSource;
import io.pgwatch.Report;
import io.pgwatch.core.probes.BuiltInProbes;
import io.pgwatch.probe.Probe;
import io.pgwatch.snapshot.Server;
import io.pgwatch.testsupport.FaultProxy;
import io.pgwatch.testsupport.NoLeaks;
import io.pgwatch.testsupport.PgBouncer;
import io.pgwatch.testsupport.PgBouncer.PoolMode;
import io.pgwatch.testsupport.PgServer;
import io.pgwatch.testsupport.Postgres;
import io.pgwatch.testsupport.SupportedMajors;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.PGConnection;
import org.postgresql.core.BaseConnection;
import org.postgresql.core.TransactionState;
import org.postgresql.ds.PGSimpleDataSource;
import org.postgresql.jdbc.PgConnection;

/** Watching through what gives out its connections to others as well: PgBouncer, where it is installed, and the own pool. */
@NoLeaks
class PoolerIT {

    private static final Duration INTERVAL = Duration.ofSeconds(15);
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private static final List<String> SETTINGS = List.of(
            "statement_timeout",
            "lock_timeout",
            "idle_session_timeout",
            "search_path",
            "default_transaction_read_only",
            "default_transaction_isolation",
            "transaction_read_only",
            "jit",
            "max_parallel_workers_per_gather",
            "application_name");

    @ParameterizedTest
    @EnumSource(PoolMode.class)
    void reads_correctly_among_several_clients(PoolMode mode, @Postgres PgServer server) throws Exception {
        try (PgBouncer bouncer = PgBouncer.inFrontOf(server, mode, Map.of("default_pool_size", "6"));
                Sweeper watch = Sweeper.of(through(bouncer, "app"));
                Sweeper sibling = Sweeper.of(through(bouncer, "app"))) {
            AtomicBoolean done = new AtomicBoolean();
            List<CompletableFuture<Void>> clients = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                clients.add(CompletableFuture.runAsync(() -> work(bouncer, done)));
            }
            for (int i = 0; i < 60; i++) {
                Report report = watch.sweepAfter(INTERVAL);
                assertThat(report.level()).as(report.text()).isEqualTo(OK);
                assertThat(sibling.sweepAfter(INTERVAL).level()).isEqualTo(OK);
            }
            done.set(true);
            clients.forEach(CompletableFuture::join);
        }
    }

    @ParameterizedTest
    @EnumSource(PoolMode.class)
    void says_that_a_pooler_stands_between_and_how_it_lends_sessions(PoolMode mode, @Postgres PgServer server)
            throws SQLException {
        try (PgBouncer bouncer = PgBouncer.inFrontOf(server, mode, Map.of());
                Sweeper watch = Sweeper.of(through(bouncer, "app"))) {
            Report first = watch.sweep();
            assertThat(requireNonNull(first.server()).pooler()).isEqualTo(Server.Pooler.UNKNOWN);
            assertThat(first.text()).contains(" behind a pooler, ");
            try (Connection takesTheSession = through(bouncer, "app").getConnection()) {
                takesTheSession.setAutoCommit(false);
                takesTheSession.createStatement().execute("select 1");

                Report later = watch.sweepAfter(Duration.ofMinutes(6));

                assertThat(requireNonNull(later.server()).pooler())
                        .isEqualTo(mode == PoolMode.SESSION ? Server.Pooler.UNKNOWN : Server.Pooler.TRANSACTION);
                takesTheSession.rollback();
            }
        }
    }

    @ParameterizedTest(name = "{0} ignored")
    @ValueSource(strings = {"extra_float_digits", "extra_float_digits,options"})
    void leaves_out_what_a_pooler_refuses_or_drops_at_the_start(String ignored, @Postgres PgServer server) {
        String options = "?options=-c%20statement_timeout%3D1ms&currentSchema=nowhere";
        try (PgBouncer bouncer = PgBouncer.inFrontOf(
                        server, PoolMode.TRANSACTION, Map.of("ignore_startup_parameters", ignored));
                HikariDataSource pool = new HikariDataSource()) {
            pool.setJdbcUrl(bouncer.jdbcUrl("app") + options);
            pool.setUsername("app");
            try (Sweeper watch = Sweeper.of(pool)) {
                Report report = watch.sweep();

                assertThat(report.level()).as(report.text()).isEqualTo(OK);
            }
        }
    }

    /** Fails where somebody else's settings or statements come along with a server connection. */
    private static void work(PgBouncer bouncer, AtomicBoolean done) {
        try (Connection connection = through(bouncer, "app").getConnection();
                Statement statement = connection.createStatement()) {
            while (!done.get()) {
                connection.setAutoCommit(false);
                try (ResultSet row = statement.executeQuery("select current_setting('statement_timeout') || ' '"
                        + " || current_setting('search_path') || ' ' || current_setting('transaction_read_only')")) {
                    row.next();
                    assertThat(row.getString(1)).isEqualTo("0 \"$user\", public off");
                }
                connection.commit();
            }
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }

    @ParameterizedTest
    @EnumSource(PoolMode.class)
    void nobody_is_named_as_borrower_of_what_a_pooler_gives_to_all(PoolMode mode, @Postgres PgServer server)
            throws SQLException {
        try (PgBouncer bouncer = PgBouncer.inFrontOf(server, mode, Map.of());
                HikariDataSource pool = new HikariDataSource()) {
            pool.setDataSource(through(bouncer, "app"));
            AttributedDataSource source = AttributedDataSource.around(pool);
            ApplicationSide remembering = new ApplicationSide(
                    Optional::empty, Attribution.THREAD, Optional.of(source.borrows()), Optional.empty());
            try (Sweeper watch = Sweeper.of(source, Sweeper.application(remembering));
                    Connection before = source.getConnection()) {
                assertThat(held(source)).isOne();

                watch.sweep();
                assertThat(held(source)).isZero();
                try (Connection after = source.getConnection()) {
                    assertThat(after).isNotSameAs(before);
                    assertThat(held(source)).isZero();
                }
            }
        }
    }

    private static int held(AttributedDataSource source) {
        return source.borrows().look(List.of(), 5).borrowers().size();
    }

    @ParameterizedTest
    @EnumSource(PoolMode.class)
    void limits_hold_for_the_transaction_and_no_longer(PoolMode mode, @Postgres PgServer server) throws SQLException {
        try (PgBouncer bouncer = PgBouncer.inFrontOf(server, mode, Map.of("default_pool_size", "1"))) {
            Connection own = DriverConnector.open(
                    new ConnectionTarget(bouncer.jdbcUrl("app"), "app", null),
                    new Properties(),
                    Duration.ofSeconds(5),
                    "pgwatch it");
            try (Session session = new Session(own, false, Duration.ofSeconds(5), Duration.ofMillis(300), null)) {
                assertThat(session.direct()).isFalse();
                session.read(
                        List.of("select current_setting('statement_timeout') || ' ' || current_setting('search_path')"
                                + " || ' ' || current_setting('transaction_read_only')"),
                        List.of(),
                        (statement, rows) -> {
                            rows.next();
                            assertThat(rows.getString(1)).isEqualTo("300ms pg_catalog, pg_temp on");
                        });
                assertThatThrownBy(() -> session.read(List.of("select pg_sleep(10)"), List.of(), (i, rows) -> {}))
                        .isInstanceOfSatisfying(
                                SQLException.class,
                                e -> assertThat(e.getSQLState()).isEqualTo("57014"));
                session.read(
                        List.of("select 1"),
                        List.of(),
                        (i, rows) -> assertThat(rows.next()).isTrue());
            }
            try (Connection next = through(bouncer, "app").getConnection()) {
                assertThat(settings(next))
                        .containsEntry("statement_timeout", "0")
                        .containsEntry("search_path", "\"$user\", public")
                        .containsEntry("transaction_read_only", "off");
            }
        }
    }

    @ParameterizedTest
    @EnumSource(PoolMode.class)
    void survives_a_restart_of_the_pooler(PoolMode mode, @Postgres PgServer server) {
        PgBouncer first = PgBouncer.inFrontOf(server, mode);
        String[] url = {first.jdbcUrl("app")};
        Targets targets =
                new Targets(null, null, null, null, () -> Optional.of(new ConnectionTarget(url[0], "app", null)));
        try (Sweeper watch = Sweeper.to(targets)) {
            assertThat(watch.sweep().level()).isEqualTo(OK);
            first.close();
            assertThat(watch.sweepAfter(INTERVAL).level()).isEqualTo(UNKNOWN);

            try (PgBouncer second = PgBouncer.inFrontOf(server, mode)) {
                url[0] = second.jdbcUrl("app");
                assertThat(watch.sweepAfter(Duration.ofMinutes(1)).level()).isEqualTo(OK);
                server.execute("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'app'");
                assertThat(watch.sweepAfter(INTERVAL).level())
                        .as("a server connection of it was ended")
                        .isEqualTo(OK);
            }
        } finally {
            first.close();
        }
    }

    @ParameterizedTest
    @SupportedMajors
    void a_borrowed_connection_goes_back_as_it_came(PgServer server) throws SQLException {
        try (HikariDataSource pool = new HikariDataSource()) {
            pool.setJdbcUrl(server.jdbcUrl("app") + "?ApplicationName=orders");
            pool.setUsername("app");
            pool.setMaximumPoolSize(1);
            pool.setConnectionInitSql("select set_config('search_path', 'orders, public', false),"
                    + " set_config('statement_timeout', '54321ms', false), set_config('jit', 'on', false)");
            Map<String, String> before;
            try (Connection connection = pool.getConnection()) {
                before = state(connection);
            }
            assertThat(before).containsEntry("search_path", "orders, public");
            try (Sweeper watch = Sweeper.of(pool, Sweeper.mode(ConnectionMode.POOLED))) {
                for (int i = 0; i < 3; i++) {
                    Report report = watch.sweepAfter(Duration.ofMinutes(6));
                    assertThat(report.level()).as(report.text()).isEqualTo(OK);
                    assertThat(pool.getHikariPoolMXBean().getActiveConnections())
                            .isZero();
                    try (Connection connection = pool.getConnection()) {
                        assertThat(state(connection)).isEqualTo(before);
                    }
                }
            }
        }
    }

    /** HikariCP puts some things right itself; other pools do not. */
    @ParameterizedTest
    @CsvSource({"true, false", "true, true", "false, false", "false, true"})
    void a_pool_that_puts_nothing_right_gets_its_connection_back_as_it_was(
            boolean autoCommit, boolean readOnly, @Postgres PgServer server) throws SQLException {
        try (FaultProxy network = FaultProxy.inFrontOf(server);
                Connection only = through(network.jdbcUrl("app"), "app").getConnection()) {
            only.setAutoCommit(autoCommit);
            only.setReadOnly(readOnly);
            only.setNetworkTimeout(Runnable::run, 7_000);
            Map<String, String> before = state(only);
            if (!autoCommit) {
                only.commit();
            }
            try (Sweeper watch = Sweeper.of(lending(only), Sweeper.probes(allButBloat()))) {
                assertThat(watch.sweep().unknown()).containsExactly("pool-saturation");
                long roundTrips = network.roundTrips();
                assertThat(watch.sweepAfter(INTERVAL).unknown()).containsExactly("pool-saturation");
                assertThat(network.roundTrips() - roundTrips)
                        .as("capabilities, limits, server id, sections, and the ends of their transactions")
                        .isLessThanOrEqualTo(6);
            }
            assertThat(only.isClosed()).isFalse();
            assertThat(only.unwrap(BaseConnection.class).getTransactionState())
                    .as("no transaction is left open")
                    .isEqualTo(TransactionState.IDLE);
            assertThat(state(only)).isEqualTo(before);
        }
    }

    /** What reads for bloat goes on when its time has come, and that is real time. */
    private static Probe<?>[] allButBloat() {
        return BuiltInProbes.withDefaults().stream()
                .filter(probe -> !probe.id().equals(BLOAT))
                .toArray(Probe<?>[]::new);
    }

    /** A pool of one connection, which does not say what it is; to close the connection is to give it back. */
    private static DataSource lending(Connection only) {
        ClassLoader loader = PoolerIT.class.getClassLoader();
        Connection lent = (Connection) Proxy.newProxyInstance(
                loader, new Class<?>[] {Connection.class}, (proxy, method, given) -> {
                    try {
                        return method.getName().equals("close") ? null : method.invoke(only, given);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
        return (DataSource)
                Proxy.newProxyInstance(loader, new Class<?>[] {DataSource.class}, (proxy, method, given) -> {
                    if (method.getName().equals("getConnection")) {
                        return lent;
                    }
                    throw new SQLException("nothing to see");
                });
    }

    /** Everything that could be changed, and the pid: the pool must not have thrown the connection away. */
    private static Map<String, String> state(Connection connection) throws SQLException {
        Connection real = connection.unwrap(PgConnection.class);
        Map<String, String> state = settings(connection);
        state.put("autocommit", String.valueOf(real.getAutoCommit()));
        state.put("read only", String.valueOf(real.isReadOnly()));
        state.put("isolation", String.valueOf(real.getTransactionIsolation()));
        state.put("network timeout", String.valueOf(real.getNetworkTimeout()));
        state.put(
                "prepare threshold",
                String.valueOf(real.unwrap(PGConnection.class).getPrepareThreshold()));
        state.put("pid", String.valueOf(real.unwrap(PGConnection.class).getBackendPID()));
        return state;
    }

    private static Map<String, String> settings(Connection connection) throws SQLException {
        Map<String, String> values = new LinkedHashMap<>();
        for (String name : SETTINGS) {
            try (Statement statement = connection.createStatement();
                    ResultSet row = statement.executeQuery("select current_setting('" + name + "')")) {
                row.next();
                values.put(name, row.getString(1));
            }
        }
        return values;
    }

    @Test
    void a_connection_for_each_sweep_is_gone_after_it(@Postgres PgServer server) {
        try (Sweeper watch = Sweeper.of(server.dataSource("app", "app"), Sweeper.mode(ConnectionMode.PER_SWEEP))) {
            for (int i = 0; i < 3; i++) {
                assertThat(watch.sweepAfter(INTERVAL).level()).isEqualTo(OK);
                await().pollDelay(Duration.ZERO)
                        .atMost(PATIENCE)
                        .until(() -> server.ask("select count(*) from pg_stat_activity"
                                        + " where application_name like 'pgwatch %'")
                                .equals("0"));
            }
        }
    }

    private static PGSimpleDataSource through(PgBouncer bouncer, String user) {
        return through(bouncer.jdbcUrl("app"), user);
    }

    private static PGSimpleDataSource through(String url, String user) {
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setUrl(url);
        source.setUser(user);
        source.setPrepareThreshold(0);
        return source;
    }
}

package io.pgwatch.core.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.alibaba.druid.pool.DruidDataSource;
import com.mchange.v2.c3p0.ComboPooledDataSource;
import com.zaxxer.hikari.HikariDataSource;
import io.agroal.api.AgroalDataSource;
import io.agroal.api.configuration.supplier.AgroalDataSourceConfigurationSupplier;
import io.agroal.api.security.NamePrincipal;
import io.agroal.api.security.SimplePassword;
import io.pgwatch.snapshot.Borrowers;
import io.pgwatch.snapshot.Borrowers.Borrower;
import io.pgwatch.snapshot.ClientPools.ClientPool;
import io.pgwatch.testsupport.PgServer;
import io.pgwatch.testsupport.Postgres;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.apache.commons.dbcp2.BasicDataSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.vibur.dbcp.ViburDBCPDataSource;

/** Every kind of pool, of two connections, exhausted for real by threads that wait for a third. */
class PoolKindsIT {

    private static final int MAX = 2;
    private static final int WAIT_MILLIS = 2_000;
    private static final String APPLICATION = "pool-kinds";

    private static PgServer server;

    @BeforeAll
    static void use(@Postgres PgServer shared) {
        server = shared;
    }

    @AfterAll
    static void awaitNoSession() {
        await().until(() -> sessions() == 0);
    }

    /**
     * A pool that has not been started, as an application would configure it.
     *
     * @param countsTimeouts whether it counts those who waited in vain
     */
    private record Kind(String name, Source source, boolean tellsWaiters, boolean countsTimeouts, Closing closing) {

        interface Source {
            DataSource open() throws Exception;
        }

        interface Closing {
            void close(DataSource pool) throws Exception;
        }

        @Override
        public String toString() {
            return name;
        }
    }

    private static Stream<Kind> kinds() {
        return Stream.of(
                new Kind("hikari", PoolKindsIT::hikari, true, false, pool -> ((HikariDataSource) pool).close()),
                new Kind(
                        "tomcat",
                        PoolKindsIT::tomcat,
                        true,
                        false,
                        pool -> ((org.apache.tomcat.jdbc.pool.DataSource) pool).close(true)),
                new Kind("dbcp2", PoolKindsIT::dbcp, true, false, pool -> ((BasicDataSource) pool).close()),
                new Kind("agroal", PoolKindsIT::agroal, true, false, pool -> ((AgroalDataSource) pool).close()),
                new Kind("c3p0", PoolKindsIT::c3p0, true, false, pool -> ((ComboPooledDataSource) pool).close()),
                new Kind("ucp", PoolKindsIT::ucp, true, true, PoolKindsIT::closeUcp),
                new Kind("vibur", PoolKindsIT::vibur, false, false, pool -> ((ViburDBCPDataSource) pool).close()),
                new Kind("druid", PoolKindsIT::druid, true, false, pool -> ((DruidDataSource) pool).close()));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("kinds")
    void is_told_before_it_starts_while_it_is_exhausted_and_after_its_end(Kind kind) throws Exception {
        await("those of the pool before have ended").until(() -> sessions() == 0);
        DataSource source = kind.source().open();
        Pool pool = Pools.find(wrapped(source)).orElseThrow();
        try {
            tellsWhatIsConfigured(pool);
            assertThat(sessions()).as("looking starts no pool").isZero();
            if (source instanceof ViburDBCPDataSource vibur) {
                vibur.start(); // the others start when they are first used
            }
            tellsThatItIsExhausted(pool, source, kind);
        } finally {
            kind.closing().close(source);
        }
        assertThat(pool.look().active()).isIn(null, 0);
    }

    private static void tellsWhatIsConfigured(Pool pool) {
        ClientPool before = pool.look();
        assertThat(before.active()).isIn(null, pool instanceof AgroalPool ? 0 : null);
        assertThat(before.max()).isIn(MAX, pool instanceof DbcpPool ? null : MAX);
        assertThat(pool.origin())
                .extracting(Origin::url, Origin::username, Origin::password)
                .containsExactly(url(), "app", "geheim");
    }

    private static void tellsThatItIsExhausted(Pool pool, DataSource source, Kind kind) throws SQLException {
        CompletableFuture<Boolean> one;
        CompletableFuture<Boolean> other;
        try (Connection first = source.getConnection();
                Connection second = source.getConnection()) {
            one = borrowing(source);
            other = borrowing(source);
            await().untilAsserted(() -> assertThat(pool.look())
                    .isEqualTo(new ClientPool(
                            kind.name(),
                            kind.name(),
                            MAX,
                            0,
                            MAX,
                            1,
                            kind.tellsWaiters() ? 2 : null,
                            kind.countsTimeouts() ? 0L : null,
                            0)));
            if (kind.countsTimeouts()) {
                assertThat(one.join()).isFalse();
                assertThat(other.join()).isFalse();
                await().until(() -> pool.look().timeouts(), timeouts -> timeouts == 2);
            }
        }
        one.join();
        other.join();
        await().untilAsserted(() -> assertThat(pool.look().active()).isZero());
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("kinds")
    void tells_who_borrowed_a_connection_until_it_is_closed(Kind kind) throws Exception {
        DataSource source = kind.source().open();
        if (source instanceof ViburDBCPDataSource vibur) {
            vibur.start();
        }
        Borrows borrows = new Borrows();
        borrows.begin(this, true);
        borrows.begin("another watch of the same pool", false);
        borrows.end("another watch of the same pool");
        try {
            for (int round = 0; round < 2; round++) {
                try (Connection borrowed = borrows.remember(source.getConnection())) {
                    Borrower borrower = onlyOne(borrows.look(List.of(), 5));
                    assertThat(borrower.pid()).isEqualTo(pid(borrowed));
                    assertThat(borrower.thread())
                            .isEqualTo(Thread.currentThread().getName());
                    assertThat(borrower.borrowedAt()).startsWith("PoolKindsIT.java:");
                }
                assertThat(borrows.look(List.of(), 5).borrowers()).isEmpty();
            }
        } finally {
            kind.closing().close(source);
        }
    }

    private static Borrower onlyOne(Borrowers seen) {
        assertThat(seen.borrowers()).hasSize(1);
        return seen.borrowers().get(0);
    }

    private static int pid(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("select pg_backend_pid()")) {
            row.next();
            return row.getInt(1);
        }
    }

    @Test
    void a_pool_that_is_suspended_is_told_all_the_same() throws SQLException {
        try (HikariDataSource pool = hikari()) {
            pool.setAllowPoolSuspension(true);
            try (Connection borrowed = pool.getConnection()) {
                pool.getHikariPoolMXBean().suspendPool();
                CompletableFuture<Boolean> held = borrowing(pool);
                assertThat(borrowed.isClosed()).isFalse();
                assertThat(Pools.find(pool).orElseThrow().look().active()).isEqualTo(1);
                pool.getHikariPoolMXBean().resumePool();
                assertThat(held.join()).isTrue();
            }
        }
    }

    @Test
    void agroal_without_metrics_tells_nothing_rather_than_zero() throws SQLException {
        AgroalDataSource pool = agroal();
        pool.getConfiguration().setMetricsEnabled(false);
        try (pool;
                Connection borrowed = pool.getConnection()) {
            assertThat(Pools.find(pool).orElseThrow().look()).isEqualTo(ClientPool.silent("agroal", "agroal", MAX, 1));
        }
    }

    /** Whether it got one. */
    private static CompletableFuture<Boolean> borrowing(DataSource pool) {
        return CompletableFuture.supplyAsync(
                () -> {
                    try (Connection borrowed = pool.getConnection()) {
                        return true;
                    } catch (SQLException timeout) {
                        return false;
                    }
                },
                task -> new Thread(task, "borrower").start());
    }

    private static long sessions() {
        return Long.parseLong(
                server.ask("select count(*) from pg_stat_activity where application_name = '" + APPLICATION + "'"));
    }

    private static String url() {
        return server.jdbcUrl("app") + "?ApplicationName=" + APPLICATION;
    }

    /** As Spring wraps, around a pool that may deny what it is. */
    private interface Wrapper extends DataSource {

        DataSource getTargetDataSource();
    }

    private static DataSource wrapped(DataSource inner) {
        return (DataSource) Proxy.newProxyInstance(
                PoolKindsIT.class.getClassLoader(), new Class<?>[] {Wrapper.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("getTargetDataSource")) {
                        return inner;
                    }
                    try {
                        return method.invoke(inner, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    private static HikariDataSource hikari() {
        HikariDataSource pool = new HikariDataSource();
        pool.setPoolName("hikari");
        pool.setJdbcUrl(url());
        pool.setUsername("app");
        pool.setPassword("geheim");
        pool.setMaximumPoolSize(MAX);
        pool.setMinimumIdle(1);
        pool.setConnectionTimeout(WAIT_MILLIS);
        return pool;
    }

    private static DataSource tomcat() {
        org.apache.tomcat.jdbc.pool.DataSource pool = new org.apache.tomcat.jdbc.pool.DataSource();
        pool.setUrl(url());
        pool.setDriverClassName("org.postgresql.Driver");
        pool.setUsername("app");
        pool.setPassword("geheim");
        pool.setMaxActive(MAX);
        pool.setMaxIdle(MAX);
        pool.setMinIdle(1);
        pool.setInitialSize(1);
        pool.setMaxWait(WAIT_MILLIS);
        return pool;
    }

    private static DataSource dbcp() {
        BasicDataSource pool = new BasicDataSource();
        pool.setUrl(url());
        pool.setUsername("app");
        pool.setPassword("geheim");
        pool.setMaxTotal(MAX);
        pool.setMinIdle(1);
        pool.setMaxWait(Duration.ofMillis(WAIT_MILLIS));
        return pool;
    }

    private static AgroalDataSource agroal() throws SQLException {
        return AgroalDataSource.from(new AgroalDataSourceConfigurationSupplier()
                .metricsEnabled()
                .connectionPoolConfiguration(pool -> pool.maxSize(MAX)
                        .minSize(1)
                        .initialSize(0)
                        .acquisitionTimeout(Duration.ofMillis(WAIT_MILLIS))
                        .connectionFactoryConfiguration(factory -> factory.jdbcUrl(url())
                                .principal(new NamePrincipal("app"))
                                .credential(new SimplePassword("geheim")))));
    }

    private static DataSource c3p0() throws Exception {
        ComboPooledDataSource pool = new ComboPooledDataSource();
        pool.setJdbcUrl(url());
        pool.setUser("app");
        pool.setPassword("geheim");
        pool.setMaxPoolSize(MAX);
        pool.setMinPoolSize(1);
        pool.setInitialPoolSize(1);
        pool.setCheckoutTimeout(WAIT_MILLIS);
        return pool;
    }

    /** By name, since its classes want annotations that are nowhere when they are compiled against. */
    private static DataSource ucp() throws ReflectiveOperationException {
        Object pool = Class.forName("oracle.ucp.jdbc.PoolDataSourceFactory")
                .getMethod("getPoolDataSource")
                .invoke(null);
        set(pool, "setConnectionPoolName", String.class, "ucp");
        set(pool, "setConnectionFactoryClassName", String.class, "org.postgresql.Driver");
        set(pool, "setURL", String.class, url());
        set(pool, "setUser", String.class, "app");
        set(pool, "setPassword", String.class, "geheim");
        set(pool, "setMaxPoolSize", int.class, MAX);
        set(pool, "setMinPoolSize", int.class, 1);
        set(pool, "setConnectionWaitDuration", Duration.class, Duration.ofMillis(WAIT_MILLIS));
        return (DataSource) pool;
    }

    private static void set(Object pool, String setter, Class<?> type, Object value)
            throws ReflectiveOperationException {
        Class.forName("oracle.ucp.jdbc.PoolDataSource").getMethod(setter, type).invoke(pool, value);
    }

    private static void closeUcp(DataSource pool) throws ReflectiveOperationException {
        Class<?> managers = Class.forName("oracle.ucp.admin.UniversalConnectionPoolManagerImpl");
        Object manager = managers.getMethod("getUniversalConnectionPoolManager").invoke(null);
        Class.forName("oracle.ucp.admin.UniversalConnectionPoolManager")
                .getMethod("destroyConnectionPool", String.class)
                .invoke(manager, "ucp");
    }

    private static DataSource vibur() {
        ViburDBCPDataSource pool = new ViburDBCPDataSource();
        pool.setName("vibur");
        pool.setJdbcUrl(url());
        pool.setUsername("app");
        pool.setPassword("geheim");
        pool.setPoolInitialSize(1);
        pool.setPoolMaxSize(MAX);
        pool.setConnectionTimeoutInMs(WAIT_MILLIS);
        return pool;
    }

    private static DataSource druid() {
        DruidDataSource pool = new DruidDataSource();
        pool.setUrl(url());
        pool.setUsername("app");
        pool.setPassword("geheim");
        pool.setMaxActive(MAX);
        pool.setMinIdle(1);
        pool.setMaxWait(WAIT_MILLIS);
        return pool;
    }
}

package io.pgwatch.core;

import static io.pgwatch.core.Sweeper.finding;
import static io.pgwatch.core.Sweeper.levelOf;
import static io.pgwatch.evidence.ProbeIds.POOL_SATURATION;
import static io.pgwatch.evidence.ProbeIds.VACUUM;
import static io.pgwatch.probe.Level.OK;
import static io.pgwatch.probe.Level.WARNING;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariDataSource;
import io.pgwatch.Report;
import io.pgwatch.evidence.PoolSaturation;
import io.pgwatch.evidence.PoolSaturation.Fleet;
import io.pgwatch.evidence.Vacuum;
import io.pgwatch.probe.Verdict;
import io.pgwatch.snapshot.Cause;
import io.pgwatch.snapshot.Ceiling;
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
import java.util.Properties;
import java.util.function.UnaryOperator;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;

/** Several instances of one service at a server that lets 17 ordinary connections in. */
@NoLeaks
class FleetIT {

    private static final Duration SWEEP = Duration.ofSeconds(15);
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final List<AutoCloseable> open = new ArrayList<>();
    private int instances;

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable one : open) {
            one.close();
        }
    }

    @ParameterizedTest
    @SupportedMajors(with = "max_connections=20")
    void warns_before_the_first_connection_is_refused(PgServer server) {
        awaitConnections(server, 0);
        Sweeper first = instance(server, "app", 5);
        assertThat(fleet(first.sweep())).isEqualTo(new Fleet(1, 5, 1, Ceiling.Kind.SERVER, 17, 0, null));
        Sweeper second = instance(server, "app", 5);
        second.sweep();
        Report fits = first.sweepAfter(SWEEP);
        assertThat(levelOf(fits, POOL_SATURATION)).as(fits.text()).isEqualTo(OK);

        Sweeper third = instance(server, "app", 5);
        assertThat(levelOf(third.sweep(), POOL_SATURATION)).isEqualTo(WARNING);
        Report warned = first.sweepAfter(SWEEP);

        assertThat(fleet(warned)).isEqualTo(new Fleet(3, 15, 3, Ceiling.Kind.SERVER, 17, 1, null));
        assertThat(finding(warned, POOL_SATURATION).summary())
                .isEqualTo(
                        "3 instances of this service may open 15 connections, others use 3, the server admits 17: 1 too"
                                + " many");
        assertThat(finding(warned, POOL_SATURATION).remedy().text())
                .contains("maximum pool size to 4 an instance", "at most 2 instances", "max_connections to 21, which");

        third.close();
        awaitConnections(server, 2);
        assertThat(levelOf(first.sweepAfter(Duration.ofMinutes(3)), POOL_SATURATION))
                .isEqualTo(OK);
    }

    @ParameterizedTest
    @SupportedMajors(with = "max_connections=20")
    void warns_of_a_deploy_that_would_not_fit(PgServer server) {
        awaitConnections(server, 0);
        Sweeper first = instance(server, "app", 6);
        instance(server, "app", 6).sweep();
        assertThat(levelOf(first.sweep(), POOL_SATURATION)).isEqualTo(OK);

        Report warned = first.sweepAfter(Duration.ofMinutes(31));

        assertThat(fleet(warned)).isEqualTo(new Fleet(2, 12, 2, Ceiling.Kind.SERVER, 17, 0, 3L));
        assertThat(finding(warned, POOL_SATURATION).summary()).startsWith("the next deploy, with 3 instances");
    }

    @ParameterizedTest
    @SupportedMajors(with = "max_connections=20")
    void counts_against_the_limit_of_the_role(PgServer server) {
        server.execute("create role narrow login connection limit 8");
        try {
            Sweeper first = instance(server, "narrow", 5);
            first.sweep();
            instance(server, "narrow", 5).sweep();
            Report warned = first.sweepAfter(SWEEP);

            assertThat(fleet(warned)).isEqualTo(new Fleet(2, 10, 2, Ceiling.Kind.ROLE, 8, 4, null));
            assertThat(finding(warned, POOL_SATURATION).remedy().text())
                    .contains("raise the CONNECTION LIMIT of role narrow to 12");
        } finally {
            awaitConnections(server, 0, open.toArray(AutoCloseable[]::new));
            server.execute("drop role narrow");
        }
    }

    @ParameterizedTest
    @SupportedMajors(with = "max_connections=20")
    void forged_and_absurd_names_count_for_nothing(PgServer server) throws SQLException {
        awaitConnections(server, 0);
        for (String name : List.of(
                "pgwatch test evil max=999999999999",
                "pgwatch test evil max=100000",
                "pgwatch test evil max=-5",
                "pgwatch test evil max=",
                "pgwatch test evil",
                "pgwatch test max=10",
                "pgwatch  evil max=10",
                "pgwatch tests evil max=10",
                "pgwatch test evil max=10 ",
                "pgwatch test " + "x".repeat(10_000) + " max=10",
                "pgwatch test 'x'; drop table t max=5")) {
            call(server, "app", "app", name);
        }
        call(server, "plain", "app", "pgwatch test it:9 max=5000");
        call(server, "app", "postgres", "pgwatch test it:9 max=5000");

        Report report = instance(server, "app", 2).sweep();

        assertThat(fleet(report)).extracting(Fleet::instances, Fleet::poolMax).containsExactly(1, 2L);
        assertThat(evidence(report).monitors()).isEqualTo(14);
    }

    @Test
    void a_name_of_the_same_role_can_be_forged_and_is_counted_once(@Postgres PgServer server) throws SQLException {
        call(server, "app", "app", "pgwatch test it:9 max=30");
        call(server, "app", "app", "pgwatch test it:9 max=30");

        assertThat(fleet(instance(server, "app", 2).sweep()))
                .extracting(Fleet::instances, Fleet::poolMax)
                .containsExactly(2, 32L);
    }

    @Test
    void tells_siblings_when_the_pool_is_given_another_size(@Postgres PgServer server) {
        HikariDataSource pool = pool(server.jdbcUrl("app"), "app", 3);
        Sweeper watch = watch(pool, options -> options);
        watch.sweep();
        pool.setMaximumPoolSize(9);
        watch.collector().lookAtPools(); // as it does each second

        assertThat(fleet(watch.sweepAfter(Duration.ofMinutes(3))).poolMax()).isEqualTo(9);
    }

    @Test
    void is_not_known_where_siblings_come_and_go_or_share_a_pooler(@Postgres PgServer server) throws Exception {
        HikariDataSource pool = pool(server.jdbcUrl("app"), "app", 3);
        for (ConnectionMode mode : List.of(ConnectionMode.PER_SWEEP, ConnectionMode.POOLED)) {
            assertThat(evidence(watch(pool, Sweeper.mode(mode)).sweep()).fleet())
                    .as(mode.toString())
                    .isNull();
        }
        String otherWay = server.jdbcUrl("app").replace("127.0.0.1", "localhost");
        try (Sweeper around = Sweeper.of(pool, otherWay, "app", options -> options)) {
            assertThat(evidence(around.sweep()).fleet()).as("around a pooler").isNull();
        }
        HikariDataSource fresh = pool(server.jdbcUrl("app"), "app", 3);
        try (Sweeper sameWay = Sweeper.of(fresh, server.jdbcUrl("app"), "app", options -> options)) {
            assertThat(fleet(sameWay.sweep()).poolMax()).isEqualTo(3);
        }
        assertThat(evidence(watch(server.dataSource("app", "app"), options -> options)
                                .sweep())
                        .fleet())
                .as("no pool")
                .isNull();
        try (PgBouncer bouncer = PgBouncer.inFrontOf(server, PoolMode.TRANSACTION, Map.of())) {
            Sweeper behind = watch(pool(bouncer.jdbcUrl("app"), "app", 3), options -> options);
            assertThat(evidence(behind.sweep()).fleet()).isNull();
        }
    }

    @ParameterizedTest
    @SupportedMajors
    void one_of_very_many_looks_at_the_tables_for_all(PgServer server) throws SQLException {
        Sweeper reads = watch(server.dataSource("app", "app"), options -> options);
        reads.sweep();
        Sweeper leaves = watch(server.dataSource("app", "app"), options -> options);
        Sweeper ofAnotherRole = watch(server.dataSource("plain", "app"), options -> options);
        leaves.sweep();
        assertThat(levelOf(leaves.sweepAfter(SWEEP), VACUUM)).as("few").isEqualTo(OK);
        List<Connection> others = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            others.add(call(server, "app", "app", "pgwatch other it:" + i + " max=1"));
        }

        Report left = sweepTwice(leaves);

        assertThat(((Verdict.Unknown<Vacuum>) left.verdict(VACUUM)).cause()).isEqualTo(Cause.ELSEWHERE);
        assertThat(left.text()).contains("another watch of this role reads tables");
        assertThat(left.level()).as(left.text()).isEqualTo(OK);
        assertThat(levelOf(sweepTwice(reads), VACUUM)).isEqualTo(OK);
        assertThat(levelOf(sweepTwice(ofAnotherRole), VACUUM)).isEqualTo(OK);

        for (Connection other : others) {
            other.close();
        }
        awaitConnections(server, 3);
        leaves.sweepAfter(Duration.ofMinutes(6));
        assertThat(levelOf(leaves.sweepAfter(SWEEP), VACUUM)).as("few again").isEqualTo(OK);
    }

    @ParameterizedTest
    @SupportedMajors(with = "max_connections=180")
    void the_one_that_reads_tables_for_very_many_sees_a_storm_come(PgServer server) throws SQLException {
        awaitConnections(server, 0);
        for (int i = 0; i < 60; i++) {
            call(server, "app", "app", "pgwatch test sibling:" + i + " max=1");
        }
        Sweeper reads = instance(server, "app", 1);
        reads.sweep();
        Sweeper other = instance(server, "app", 1);
        other.sweep();
        for (int sweep = 1; sweep <= 3; sweep++) {
            assertThat(levelOf(reads.sweepAfter(SWEEP), POOL_SATURATION)).isEqualTo(OK);
            openSome(server, "plain", 9);
        }

        assertThat(finding(reads.sweepAfter(SWEEP), POOL_SATURATION).id()).isEqualTo("pool-saturation/growth-server");
        assertThat(evidence(other.sweepAfter(SWEEP)).ceilings().get(0).used())
                .as("another of them has not looked since")
                .isEqualTo(62);
    }

    /** The first one sees how many there are. */
    private static Report sweepTwice(Sweeper watch) {
        watch.sweepAfter(SWEEP);
        return watch.sweepAfter(SWEEP);
    }

    /** With two left for ordinary roles, no watch holds its connection any more. */
    @ParameterizedTest
    @SupportedMajors(with = "max_connections=20")
    void goes_on_knowing_its_siblings_while_they_hold_no_connection(PgServer server) throws SQLException {
        awaitConnections(server, 0);
        Sweeper first = instance(server, "app", 6);
        Sweeper second = instance(server, "app", 6);
        second.sweep();
        assertThat(fleet(first.sweep()).instances()).isEqualTo(2);
        for (int i = 0; i < 14; i++) {
            call(server, "app", "app", "orders");
        }
        second.sweepAfter(SWEEP);
        first.sweepAfter(SWEEP);
        awaitConnections(server, 14);

        Report tight = first.sweepAfter(SWEEP);

        assertThat(fleet(tight)).extracting(Fleet::instances, Fleet::poolMax).containsExactly(2, 12L);
        assertThat(evidence(tight).monitors()).isEqualTo(1);
    }

    @ParameterizedTest
    @SupportedMajors(with = "max_connections=60")
    void sees_the_limit_come_nearer_and_how_fast(PgServer server) throws SQLException {
        awaitConnections(server, 0);
        Sweeper watch = watch(server.dataSource("plain", "app"), options -> options);
        for (int sweep = 1; sweep <= 3; sweep++) {
            assertThat(levelOf(watch.sweepAfter(SWEEP), POOL_SATURATION)).isEqualTo(OK);
            openSome(server, 9);
        }
        Report storm = watch.sweepAfter(SWEEP);

        assertThat(levelOf(storm, POOL_SATURATION)).as(storm.text()).isEqualTo(WARNING);
        assertThat(finding(storm, POOL_SATURATION)).satisfies(found -> {
            assertThat(found.id()).isEqualTo("pool-saturation/growth-server");
            assertThat(found.summary())
                    .matches(
                            "connections of the server grow by 3\\d\\.\\d a minute, 29 are free: full in about [45]\\d s");
        });
        assertThat(evidence(storm).secondsUntilFull()).isBetween(40.0, 60.0);
        assertThat(evidence(storm).newPerSecond()).isBetween(0.0, 1.0);

        Report over = watch.sweepAfter(SWEEP);
        assertThat(levelOf(over, POOL_SATURATION)).as("it has ended").isEqualTo(OK);
        assertThat(evidence(over).secondsUntilFull()).isNull();
    }

    @ParameterizedTest
    @SupportedMajors(with = "max_connections=100")
    void does_not_take_the_start_of_a_pool_for_a_storm(PgServer server) throws SQLException {
        awaitConnections(server, 0);
        Sweeper watch = watch(server.dataSource("plain", "app"), options -> options);
        openSome(server, 6);
        for (int sweep = 1; sweep <= 8; sweep++) {
            Report report = watch.sweepAfter(SWEEP);
            assertThat(levelOf(report, POOL_SATURATION)).as(report.text()).isEqualTo(OK);
            if (sweep == 4) {
                openSome(server, 10);
            }
        }
    }

    @ParameterizedTest
    @SupportedMajors
    void counts_established_sessions_and_survives_a_reset(PgServer server) throws SQLException {
        Sweeper watch = watch(server.dataSource("plain", "app"), options -> options);
        watch.sweep();
        openSome(server, 10);
        await().atMost(PATIENCE)
                .untilAsserted(
                        () -> assertThat(evidence(watch.sweepAfter(SWEEP)).newPerSecond())
                                .isNotNull()
                                .isPositive());

        await().atMost(PATIENCE).until(() -> sessionsOfApp(server) >= 10);
        watch.sweepAfter(SWEEP);
        server.database("app").execute("select pg_stat_reset()");
        await().atMost(PATIENCE).until(() -> sessionsOfApp(server) < 10);
        assertThat(evidence(watch.sweepAfter(SWEEP)).newPerSecond()).isNull();
        watch.sweepAfter(SWEEP);
        assertThat(evidence(watch.sweepAfter(SWEEP)).newPerSecond()).isBetween(0.0, 1.0);
    }

    /** That have been established, as far as the server has counted them by now. */
    private static int sessionsOfApp(PgServer server) {
        return Integer.parseInt(server.ask("select sessions from pg_stat_database where datname = 'app'"));
    }

    private Sweeper instance(PgServer server, String role, int poolMax) {
        return watch(pool(server.jdbcUrl("app"), role, poolMax), options -> options);
    }

    private Sweeper watch(DataSource source, UnaryOperator<WatchOptions> change) {
        String instance = "it:" + ++instances;
        Sweeper watch = Sweeper.of(
                source, options -> change.apply(Sweeper.instance(instance).apply(options)));
        open.add(0, watch);
        return watch;
    }

    /** That nobody has started: it tells its size, and opens nothing. */
    private HikariDataSource pool(String url, String role, int size) {
        HikariDataSource pool = new HikariDataSource();
        pool.setJdbcUrl(url);
        pool.setUsername(role);
        pool.setMaximumPoolSize(size);
        open.add(pool);
        return pool;
    }

    private void openSome(PgServer server, int count) throws SQLException {
        openSome(server, "app", count);
    }

    private void openSome(PgServer server, String role, int count) throws SQLException {
        for (int i = 0; i < count; i++) {
            call(server, role, "app", "orders");
        }
    }

    private Connection call(PgServer server, String role, String database, String name) throws SQLException {
        Properties properties = new Properties();
        properties.setProperty("user", role);
        properties.setProperty("ApplicationName", name);
        Connection connection = DriverManager.getConnection(server.jdbcUrl(database), properties);
        open.add(connection);
        return connection;
    }

    /** What others have closed may take a moment to go. */
    private static void awaitConnections(PgServer server, int count, AutoCloseable... closing) {
        try {
            for (AutoCloseable one : closing) {
                one.close();
            }
        } catch (Exception e) {
            throw new AssertionError(e);
        }
        await().pollDelay(Duration.ZERO)
                .atMost(PATIENCE)
                .until(() -> server.ask("select count(*) from pg_stat_activity where backend_type = 'client backend'"
                                + " and pid <> pg_backend_pid()")
                        .equals(Integer.toString(count)));
    }

    private static PoolSaturation evidence(Report report) {
        return report.verdict(POOL_SATURATION).seen().orElseThrow(() -> new AssertionError(report.text()));
    }

    private static Fleet fleet(Report report) {
        Fleet fleet = evidence(report).fleet();
        assertThat(fleet).as(report.text()).isNotNull();
        return fleet;
    }
}

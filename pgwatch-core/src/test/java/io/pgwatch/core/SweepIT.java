package io.pgwatch.core;

import static io.pgwatch.core.Sweeper.levelOf;
import static io.pgwatch.evidence.ProbeIds.POOL_SATURATION;
import static io.pgwatch.evidence.ProbeIds.WRAPAROUND;
import static io.pgwatch.probe.Level.OK;
import static io.pgwatch.probe.Level.UNKNOWN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.pgwatch.Report;
import io.pgwatch.probe.Verdict;
import io.pgwatch.snapshot.Cause;
import io.pgwatch.testsupport.FaultProxy;
import io.pgwatch.testsupport.FreshDatabase;
import io.pgwatch.testsupport.NoLeaks;
import io.pgwatch.testsupport.PgServer;
import io.pgwatch.testsupport.Postgres;
import io.pgwatch.testsupport.SupportedMajors;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.postgresql.ds.PGSimpleDataSource;

/** What one sweep does at the server. */
@NoLeaks
class SweepIT {

    private static final Duration INTERVAL = Duration.ofSeconds(15);
    private static final Duration CALM = Duration.ofMinutes(2);

    /** What is read every quarter of an hour, each time in a message of its own, is not due after it. */
    private static final Duration SLOW = Duration.ofMinutes(17);

    private static final String NEEDED_BY_SESSIONS = "pg_stat_get_activity(int)";

    /** One line of the log: virtual transaction, transaction id, application, what was done with which statement. */
    private static final Pattern LOGGED =
            Pattern.compile("<(\\S+) (\\d+) ([^>]*)>\\s*LOG: +duration: .* ms +(\\w+) ([^:]+): (.*)");

    @ParameterizedTest
    @SupportedMajors(with = {"log_min_duration_statement=0", "log_line_prefix=<%v %x %a>"})
    void is_one_round_trip_and_one_transaction_of_prepared_statements(PgServer server) throws Exception {
        try (FreshDatabase database = server.freshDatabase();
                FaultProxy network = FaultProxy.inFrontOf(server);
                Sweeper watch = Sweeper.of(through(network, "plain", database.name()))) {
            database.execute("create table t (i int)");
            watch.sweep();
            watch.sweepAfter(INTERVAL);
            assertThat(sectionsOfOneMessage(server, network, () -> watch.sweepAfter(CALM)))
                    .containsExactlyInAnyOrder(
                            "server", "databases", "sessions", "arrivals", "holders", "tables", "autovacuum");
            assertThat(sectionsOfOneMessage(server, network, () -> watch.sweepAfter(INTERVAL)))
                    .as("what changes slowly is far from every limit")
                    .containsExactlyInAnyOrder("server", "sessions", "arrivals");
            assertThat(network.connections()).isEqualTo(1);

            database.executeAs("app", "create table due (i int) with (autovacuum_enabled = off)");
            database.executeAs("app", "insert into due select generate_series(1, 10000)");
            database.executeAs("app", "delete from due");
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> database.ask("select pg_stat_get_dead_tuples('due'::regclass)")
                            .equals("10000"));
            await().until(() -> server.ask(
                            "select count(*) from pg_stat_activity where usename <> 'plain' and datname = '"
                                    + database.name() + "'")
                    .equals("0")); // whose states would be hidden
            assertThat(watch.sweepAfter(SLOW).json()).contains("public.due");
            assertThat(sectionsOfOneMessage(server, network, () -> watch.sweepAfter(INTERVAL)))
                    .as("a table above its trigger is watched closely, and all else with it")
                    .contains("tables", "autovacuum", "databases", "holders");
        }
    }

    /** What was asked, all of it prepared, in one round trip and one transaction that has no id. */
    private static List<String> sectionsOfOneMessage(PgServer server, FaultProxy network, Callable<Report> sweep)
            throws Exception {
        long roundTrips = network.roundTrips();
        int logged = server.log().length();
        Report report = sweep.call();

        assertThat(report.level()).as(report.text()).isEqualTo(OK);
        assertThat(network.roundTrips() - roundTrips).isEqualTo(1);
        List<Matcher> steps = steps(server.log().substring(logged));
        assertThat(steps)
                .extracting(step -> step.group(1))
                .as("transactions")
                .containsOnly(steps.get(0).group(1));
        assertThat(steps)
                .extracting(step -> step.group(2))
                .as("transaction ids")
                .containsOnly("0");
        assertThat(steps)
                .extracting(step -> step.group(4))
                .as("nothing is parsed")
                .containsOnly("bind", "execute");
        assertThat(steps).extracting(step -> step.group(5)).as("named").allMatch(name -> name.startsWith("S_"));
        return steps.stream()
                .filter(step -> step.group(4).equals("execute"))
                .map(step -> step.group(6))
                .map(sql -> sql.replaceAll("/\\* pgwatch:(\\S+) .*", "$1"))
                .toList();
    }

    /** A session tells the server what it has done once a second, before it answers: from one such answer to another. */
    @Test
    void is_one_transaction_and_no_transaction_id_by_the_servers_own_count(
            @Postgres(with = "autovacuum_naptime=2147483") PgServer server) {
        String transactions = "select xact_commit + xact_rollback from pg_stat_database where datname = '%s'";
        String nextId = "select pg_snapshot_xmax(pg_current_snapshot())";
        try (FreshDatabase database = server.freshDatabase();
                Sweeper watch = Sweeper.of(database.dataSource("plain"))) {
            watch.sweep();
            String idBefore = server.ask(nextId);
            long sweeps = 0;
            List<Long> sweepsAtAnswer = new ArrayList<>();
            List<Long> countedAtAnswer = new ArrayList<>(List.of(-1L));
            while (sweepsAtAnswer.size() < 4) {
                watch.sweepAfter(Duration.ofMillis(1));
                sweeps++;
                long counted = Long.parseLong(server.ask(transactions.formatted(database.name())));
                if (counted != countedAtAnswer.get(countedAtAnswer.size() - 1)) {
                    countedAtAnswer.add(counted);
                    sweepsAtAnswer.add(sweeps);
                }
            }

            assertThat(countedAtAnswer.get(4) - countedAtAnswer.get(2))
                    .isEqualTo(sweepsAtAnswer.get(3) - sweepsAtAnswer.get(1))
                    .isPositive();
            assertThat(server.ask(nextId)).isEqualTo(idBefore);
        }
    }

    @Test
    void is_on_a_new_connection_every_hour(@Postgres PgServer server) {
        String pids =
                "select string_agg(pid::text, ' ') from pg_stat_activity where usename = 'plain' and datname = '%s'";
        try (FreshDatabase database = server.freshDatabase();
                Sweeper watch = Sweeper.of(database.dataSource("plain"))) {
            watch.sweep();
            String first = server.ask(pids.formatted(database.name()));

            watch.sweepAfter(Duration.ofMinutes(53));
            assertThat(server.ask(pids.formatted(database.name()))).isEqualTo(first);

            assertThat(watch.sweepAfter(Duration.ofMinutes(14)).level()).isEqualTo(OK);
            String second = await().until(
                            () -> server.ask(pids.formatted(database.name())),
                            now -> !now.equals(first) && !now.contains(" "));
            assertThat(watch.sweepAfter(INTERVAL).level()).isEqualTo(OK);
            assertThat(server.ask(pids.formatted(database.name()))).isEqualTo(second);
        }
    }

    @Test
    void goes_on_with_the_old_connection_while_no_new_one_is_let_in(@Postgres PgServer server) {
        server.execute("create role briefly login");
        try (FreshDatabase database = server.freshDatabase();
                Sweeper watch = Sweeper.of(database.dataSource("briefly"))) {
            Report before = watch.sweep();
            server.execute("alter role briefly nologin");

            assertThat(watch.sweepAfter(Duration.ofMinutes(67)).level()).isEqualTo(before.level());
            assertThat(watch.sweepAfter(INTERVAL).level()).isEqualTo(before.level());
        } finally {
            server.execute("drop role briefly");
        }
    }

    @Test
    void hands_the_lock_for_reading_tables_to_its_new_connection(@Postgres PgServer server) {
        String holder = "select string_agg(a.application_name, ' ') from pg_locks l join pg_stat_activity a using (pid)"
                + " where l.locktype = 'advisory' and l.granted and a.datname = '%s'";
        try (FreshDatabase database = server.freshDatabase();
                Sweeper first = Sweeper.of(database.dataSource("plain"), Sweeper.instance("it:1"));
                Sweeper second = Sweeper.of(database.dataSource("plain"), Sweeper.instance("it:2"))) {
            first.sweep();
            first.collector().readSlowly();
            second.sweep();
            String reader = server.ask(holder.formatted(database.name()));
            assertThat(reader).contains(" it:1 ");

            first.sweepAfter(Duration.ofMinutes(67));
            assertThat(server.ask(holder.formatted(database.name())))
                    .as("for a moment")
                    .isNotEqualTo(reader);
            first.collector().readSlowly();

            assertThat(server.ask(holder.formatted(database.name()))).isEqualTo(reader);
        }
    }

    @Test
    void asks_for_less_where_many_watch(
            @Postgres(with = {"log_min_duration_statement=0", "log_line_prefix=<%v %x %a>"}) PgServer server)
            throws Exception {
        try (FreshDatabase database = server.freshDatabase();
                FaultProxy network = FaultProxy.inFrontOf(server);
                Sweeper watch = Sweeper.of(through(network, "plain", database.name()))) {
            database.execute("create table t (i int)");
            watch.sweep();
            watch.sweepAfter(INTERVAL);
            List<Connection> others = new ArrayList<>();
            try {
                for (int i = 0; i < 60; i++) {
                    others.add(DriverManager.getConnection(
                            server.jdbcUrl("app") + "?user=app&ApplicationName=pgwatch%20other%20" + i));
                }
                watch.sweepAfter(INTERVAL); // sees them

                watch.sweepAfter(INTERVAL);
                assertThat(sectionsOfOneMessage(server, network, () -> watch.sweepAfter(Duration.ZERO)))
                        .containsExactly("server");
                watch.sweepAfter(INTERVAL);
                assertThat(watch.sweepAfter(INTERVAL).verdict(POOL_SATURATION).summary())
                        .contains(" of 97 connections in use");
            } finally {
                for (Connection other : others) {
                    other.close();
                }
            }
        }
    }

    /** To look into the locks costs more than all the rest. */
    @ParameterizedTest
    @SupportedMajors
    void asks_who_waits_only_while_somebody_may(PgServer server) throws SQLException {
        try (FreshDatabase database = server.freshDatabase();
                FaultProxy network = FaultProxy.inFrontOf(server);
                OpenSessions open = new OpenSessions();
                Sweeper app = Sweeper.of(through(network, "app", database.name()));
                Sweeper plain = Sweeper.of(through(network, "plain", database.name()))) {
            database.executeAs("app", "create table t as select 1 as i");
            open.idle(database, "idle");
            for (Sweeper watch : List.of(app, plain)) {
                watch.sweep();
                assertThat(roundTrips(network, watch))
                        .as("nobody holds anything")
                        .isEqualTo(1);
            }
            open.writer(database, "writer");
            assertThat(roundTrips(network, app)).as("it sees that nobody waits").isEqualTo(1);
            assertThat(roundTrips(network, plain)).as("somebody might").isGreaterThan(1);
        }
    }

    private static long roundTrips(FaultProxy network, Sweeper watch) {
        long before = network.roundTrips();
        watch.sweepAfter(Duration.ofSeconds(1));
        return network.roundTrips() - before;
    }

    private static List<Matcher> steps(String log) {
        return log.lines()
                .map(LOGGED::matcher)
                .filter(Matcher::matches)
                .filter(line -> line.group(3).startsWith("pgwatch "))
                .toList();
    }

    @ParameterizedTest
    @SupportedMajors
    void no_url_parameter_undoes_what_the_session_wants(PgServer server) throws SQLException {
        String url = server.jdbcUrl("app") + "?options=-c%20statement_timeout=0%20-c%20lock_timeout=0"
                + "&socketTimeout=0&connectTimeout=0&loginTimeout=7&currentSchema=evil&prepareThreshold=0"
                + "&preferQueryMode=simple&autosave=always&ApplicationName=somebody&logServerErrorDetail=true";
        Connection own = DriverConnector.open(
                new ConnectionTarget(url, "plain", null), new Properties(), Duration.ofSeconds(2), "pgwatch it");
        try (Session session = new Session(own, false, Duration.ofSeconds(2), Duration.ofMillis(700), null)) {
            assertThat(session.direct()).isTrue();
            assertThat(settings(own))
                    .containsEntry("statement_timeout", "700ms")
                    .containsEntry("lock_timeout", "700ms")
                    .containsEntry("idle_session_timeout", "0")
                    .containsEntry("search_path", "pg_catalog, pg_temp")
                    .containsEntry("default_transaction_read_only", "on")
                    .containsEntry("transaction_isolation", "read committed")
                    .containsEntry("jit", "off")
                    .containsEntry("max_parallel_workers_per_gather", "0")
                    .containsEntry("application_name", "pgwatch it")
                    .containsEntry("stats_fetch_consistency", server.major() >= 15 ? "none" : null);
            assertThat(own.getNetworkTimeout()).isEqualTo(3000);
            assertThat(own.getAutoCommit()).isTrue();
        }
    }

    private static Map<String, String> settings(Connection connection) throws SQLException {
        Map<String, String> values = new TreeMap<>();
        for (String name : List.of(
                "statement_timeout",
                "lock_timeout",
                "idle_session_timeout",
                "search_path",
                "default_transaction_read_only",
                "transaction_isolation",
                "jit",
                "max_parallel_workers_per_gather",
                "application_name",
                "stats_fetch_consistency")) {
            try (Statement statement = connection.createStatement();
                    ResultSet row = statement.executeQuery("select current_setting('" + name + "', true)")) {
                row.next();
                values.put(name, row.getString(1));
            }
        }
        return values;
    }

    @ParameterizedTest
    @SupportedMajors
    void a_part_that_is_not_permitted_leaves_the_others_alone_and_heals_with_a_grant(PgServer server) {
        try (FreshDatabase database = server.freshDatabase();
                FaultProxy network = FaultProxy.inFrontOf(server);
                Sweeper watch = Sweeper.of(through(network, "plain", database.name()))) {
            assertThat(watch.sweep().level()).isEqualTo(OK);

            database.execute("revoke execute on function " + NEEDED_BY_SESSIONS + " from public");
            Report broken = watch.sweepAfter(CALM);

            assertThat(levelOf(broken, WRAPAROUND)).isEqualTo(OK);
            assertNotPermitted(broken);
            List<Integer> retries = new ArrayList<>();
            for (int sweep = 1; sweep <= 14; sweep++) {
                long roundTrips = network.roundTrips();
                Report report = watch.sweepAfter(Duration.ofSeconds(1));
                assertThat(levelOf(report, WRAPAROUND)).isEqualTo(OK);
                assertNotPermitted(report);
                if (network.roundTrips() - roundTrips > 1) {
                    retries.add(sweep);
                }
            }
            assertThat(retries).as("after 2, 4 and 8 sweeps").containsExactly(2, 6, 14);

            database.execute("grant execute on function " + NEEDED_BY_SESSIONS + " to plain");
            await("whose state is hidden, the session of that statement, is gone")
                    .until(() -> server.ask(
                                    "select count(*) from pg_stat_activity where usename = 'postgres' and datname = '"
                                            + database.name() + "'")
                            .equals("0"));
            for (int sweep = 1; sweep <= 15; sweep++) {
                watch.sweepAfter(Duration.ofSeconds(1));
            }
            assertThat(levelOf(watch.sweepAfter(Duration.ofSeconds(1)), POOL_SATURATION))
                    .isEqualTo(OK);
            long roundTrips = network.roundTrips();
            Report healed = watch.sweepAfter(Duration.ofSeconds(1));
            assertThat(healed.level()).as(healed.text()).isEqualTo(OK);
            assertThat(network.roundTrips() - roundTrips)
                    .as("all parts together again")
                    .isEqualTo(1);
            assertThat(network.connections()).isEqualTo(1);
        }
    }

    @Test
    void a_grant_is_noticed_after_five_minutes_at_the_latest(@Postgres PgServer server) {
        try (FreshDatabase database = server.freshDatabase();
                Sweeper watch = Sweeper.of(database.dataSource("plain"))) {
            database.execute("revoke execute on function " + NEEDED_BY_SESSIONS + " from public");
            assertNotPermitted(watch.sweep());
            database.execute("grant execute on function " + NEEDED_BY_SESSIONS + " to public");
            assertNotPermitted(watch.sweepAfter(Duration.ofMinutes(4)));

            assertThat(levelOf(watch.sweepAfter(Duration.ofMinutes(1).plusSeconds(1)), POOL_SATURATION))
                    .isEqualTo(OK);
        }
    }

    private static void assertNotPermitted(Report report) {
        assertThat(levelOf(report, POOL_SATURATION)).isEqualTo(UNKNOWN);
        assertThat(report.verdict(POOL_SATURATION)).isInstanceOfSatisfying(Verdict.Unknown.class, unknown -> {
            assertThat(unknown.cause()).isEqualTo(Cause.NOT_PERMITTED);
            assertThat(unknown.detail())
                    .startsWith("sessions: permission denied for function pg_stat_get_")
                    .endsWith("(SQLSTATE 42501)");
        });
        assertThat(report.unknown()).containsExactly("pool-saturation", "idle-in-transaction", "horizon", "vacuum");
    }

    private static PGSimpleDataSource through(FaultProxy network, String user) {
        return through(network, user, "app");
    }

    private static PGSimpleDataSource through(FaultProxy network, String user, String database) {
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setUrl(network.jdbcUrl(database));
        source.setUser(user);
        return source;
    }
}

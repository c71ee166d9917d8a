package io.pgwatch.core;

import static io.pgwatch.core.Sweeper.finding;
import static io.pgwatch.core.Sweeper.levelOf;
import static io.pgwatch.evidence.ProbeIds.WRAPAROUND;
import static io.pgwatch.probe.Level.CRITICAL;
import static io.pgwatch.probe.Level.OK;
import static io.pgwatch.probe.Level.WARNING;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import io.pgwatch.Report;
import io.pgwatch.evidence.Wraparound;
import io.pgwatch.probe.Finding;
import io.pgwatch.probe.Remedy;
import io.pgwatch.snapshot.OldestTables;
import io.pgwatch.testsupport.Database;
import io.pgwatch.testsupport.Jump;
import io.pgwatch.testsupport.Majors;
import io.pgwatch.testsupport.NoLeaks;
import io.pgwatch.testsupport.PgServer;
import io.pgwatch.testsupport.SupportedMajors;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.postgresql.PGConnection;

/** Each level with counters that were really moved. Thresholds stand in the probe's page. */
@NoLeaks
class WraparoundIT {

    private static final Duration MINUTES = Duration.ofMinutes(2);

    /** After which a jump is no rate any more, and nobody knows whether the age falls. */
    private static final Duration HOURS = Duration.ofHours(2);

    static IntStream majors() {
        return Majors.ofThisRun().stream().mapToInt(major -> major);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("majors")
    void from_an_age_that_is_stuck_to_a_remedy_that_works(int major) {
        try (PgServer server =
                        PgServer.major(major).with("wal_level", "logical").start();
                Sweeper watch = Sweeper.of(server, "plain", "app")) {
            Report young = watch.sweep();
            assertThat(levelOf(young, WRAPAROUND)).isEqualTo(OK);
            assertThat(evidence(young).oldestTables()).isEmpty();
            assertThat(evidence(young).freezeMaxAge()).isEqualTo(200_000_000);
            assertThat(evidence(young).failsafeAge()).isEqualTo(1_600_000_000);

            Jump.xids(server, 250_000_000);
            server.execute("select pg_create_logical_replication_slot('holder', 'pgoutput')");
            Report ordinary = watch.sweepAfter(HOURS);
            assertThat(levelOf(ordinary, WRAPAROUND)).isEqualTo(OK);
            assertThat(evidence(ordinary).databases().get(0).xidAge()).isBetween(250_000_000L, 250_100_000L);
            assertThat(evidence(ordinary).oldestTables())
                    .as("above autovacuum_freeze_max_age they deserve a look")
                    .hasSize(10)
                    .allSatisfy(table -> assertThat(table.xidAge()).isBetween(250_000_000L, 250_100_000L));

            Jump.xids(server, 420_000_000);
            assertThat(levelOf(watch.sweepAfter(HOURS), WRAPAROUND)).isEqualTo(WARNING);
            Report stuck = watch.sweepAfter(MINUTES);
            assertThat(levelOf(stuck, WRAPAROUND)).isEqualTo(WARNING);
            assertThat(finding(stuck, WRAPAROUND).cause())
                    .contains("has not fallen", "3.4 times", "starts to freeze (200 M)");

            vacuumFreezeAll(server); // catalogs only as far as the slot lets it
            Report falling = watch.sweepAfter(MINUTES);
            assertThat(evidence(falling).databases().get(0).xidAge()).isBetween(420_000_000L, 420_200_000L);
            assertThat(levelOf(falling, WRAPAROUND)).isEqualTo(OK);

            watch.sweepAfter(Duration.ofMinutes(58));
            Report stuckAgain = watch.sweepAfter(MINUTES);
            assertThat(levelOf(stuckAgain, WRAPAROUND)).isEqualTo(WARNING);

            Jump.xids(server, 385_000_000);
            Report critical = watch.sweepAfter(HOURS);
            assertThat(levelOf(critical, WRAPAROUND))
                    .as("four times the freeze_max_age")
                    .isEqualTo(CRITICAL);
            Finding finding = finding(critical, WRAPAROUND);
            assertThat(finding.id()).isEqualTo("wraparound/xid");
            assertThat(finding.subject()).isEqualTo("database app");
            Remedy remedy = Objects.requireNonNull(finding.remedy());
            assertThat(remedy.impact()).isEqualTo(Remedy.Impact.ONLINE);
            assertThat(remedy.sql()).as("ten tables are not all that are old").isEqualTo("VACUUM (FREEZE, VERBOSE);");

            server.execute("select pg_drop_replication_slot('holder')"); // end what holds old rows back, then ...
            inEveryDatabase(server, Objects.requireNonNull(remedy.sql()));
            assertThat(levelOf(watch.sweepAfter(MINUTES), WRAPAROUND)).isEqualTo(OK);
            assertThat(watch.sweepAfter(MINUTES).level()).isEqualTo(OK);
        }
    }

    /** One table that autovacuum never gets hold of is the one to freeze, and no other. */
    @Test
    void freezing_the_tables_named_is_enough() {
        try (PgServer server = PgServer.major(Majors.newest()).start();
                Sweeper watch = Sweeper.of(server, "app", "app")) {
            server.database("app").executeAs("app", "create schema app", "create table app.\"Old one\" (i int)");
            Jump.xids(server, 850_000_000);
            allowConnectionsToTemplate0(server);
            for (String database : new String[] {"template0", "template1", "postgres"}) {
                server.database(database).execute("vacuum (freeze)");
            }
            freezeAllBut(server.database("app"), "Old one");

            Report critical = watch.sweep();
            assertThat(levelOf(critical, WRAPAROUND)).isEqualTo(CRITICAL);
            String sql = Objects.requireNonNull(
                    Objects.requireNonNull(finding(critical, WRAPAROUND).remedy())
                            .sql());
            assertThat(sql).isEqualTo("VACUUM (FREEZE, VERBOSE) app.\"Old one\";");

            server.database("app").executeAs("app", sql);
            assertThat(levelOf(watch.sweepAfter(MINUTES), WRAPAROUND)).isEqualTo(OK);
        }
    }

    /** Own options count where they are lower, those of TOAST beside its table's; a temporary table is its session's alone. */
    @ParameterizedTest(name = "{0}")
    @MethodSource("majors")
    void each_old_table_is_measured_by_its_own_limit(int major) throws SQLException {
        try (PgServer server = PgServer.major(major)
                        .with("autovacuum_freeze_max_age", "200000")
                        .with("autovacuum", "off")
                        .start();
                Sweeper watch = Sweeper.of(server, "plain", "app")) {
            server.database("app")
                    .executeAs(
                            "app",
                            "create table plain_one (i int)",
                            "create table lower (t text) with (autovacuum_freeze_max_age = 100000)",
                            "create table higher (t text) with (autovacuum_freeze_max_age = 1000000000,"
                                    + " toast.autovacuum_freeze_max_age = 150000)");
            try (Connection session = server.connect("app", "app");
                    Statement statement = session.createStatement()) {
                statement.execute("create temporary table mine (i int)");
                String tables = server.database("app")
                        .ask(
                                "select string_agg(oid::regclass::text, ', ') from pg_class"
                                        + " where relkind = 'r' and relnamespace in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)");
                statement.execute("set synchronous_commit = off");
                statement.execute(
                        "do $$ begin for i in 1..250000 loop perform pg_current_xact_id(); commit; end loop; end $$");
                server.database("app").execute("vacuum (freeze) " + tables);

                List<OldestTables.Table> oldest = evidence(watch.sweep()).oldestTables();

                assertThat(oldest)
                        .extracting(OldestTables.Table::table, OldestTables.Table::freezeMaxAge)
                        .contains(
                                tuple("public.plain_one", 200_000L),
                                tuple("public.lower", 100_000L),
                                tuple("public.higher", 200_000L));
                int pid = ((PGConnection) session).getBackendPID();
                assertThat(oldest)
                        .filteredOn(OldestTables.Table::temporary)
                        .singleElement()
                        .satisfies(table -> {
                            assertThat(table.table()).startsWith("pg_temp_").endsWith(".mine");
                            assertThat(table.session()).isEqualTo(major < 16 ? null : pid);
                        });
                long toasts = oldest.stream()
                        .filter(table -> table.table().startsWith("pg_toast."))
                        .filter(table -> List.of(100_000L, 150_000L).contains(table.freezeMaxAge()))
                        .count();
                assertThat(toasts).as("TOAST of lower, and of higher").isEqualTo(2);
            }
        }
    }

    private static void freezeAllBut(Database database, String table) {
        String others = database.ask("select string_agg(oid::regclass::text, ', ') from pg_class"
                + " where relkind in ('r', 'm') and relname <> '" + table + "'");
        database.execute("vacuum (freeze) " + others);
    }

    /** With a freeze_max_age of 500 M, 40 % of the space come before its double, and the failsafe before its fourfold. */
    @ParameterizedTest(name = "{0}")
    @MethodSource("majors")
    void from_forty_percent_to_refused_writes_and_back(int major) {
        try (PgServer server = PgServer.major(major)
                        .with("autovacuum_freeze_max_age", "500000000")
                        .start();
                Sweeper watch = Sweeper.of(server, "plain", "app")) {
            server.database("app").executeAs("app", "create table t (i int)");

            Jump.xids(server, 840_000_000);
            assertThat(levelOf(watch.sweep(), WRAPAROUND)).isEqualTo(OK);

            Jump.xids(server, 30_000_000);
            Report old = watch.sweepAfter(MINUTES);
            assertThat(levelOf(old, WRAPAROUND)).isEqualTo(WARNING);
            assertThat(finding(old, WRAPAROUND).summary()).contains("(age 870 M");

            Jump.xids(server, 700_000_000);
            assertThat(levelOf(watch.sweepAfter(HOURS), WRAPAROUND)).isEqualTo(WARNING);

            Jump.xids(server, 40_000_000);
            Report failsafe = watch.sweepAfter(HOURS);
            assertThat(evidence(failsafe).databases().get(0).xidAge()).isBetween(1_610_000_000L, 1_610_200_000L);
            assertThat(evidence(failsafe).secondsLeft())
                    .as("no history within the hour")
                    .isNull();
            assertThat(levelOf(failsafe, WRAPAROUND)).isEqualTo(CRITICAL);

            Jump.xids(server, 535_000_000);
            assertRefused(server, "insert into t values (1)");
            Report refused = watch.sweepAfter(HOURS);
            assertThat(levelOf(refused, WRAPAROUND)).isEqualTo(CRITICAL);
            assertThat(finding(refused, WRAPAROUND).summary()).startsWith("writes are refused: database app has 2,");
            assertThat(evidence(refused).oldestTables()).hasSize(10);
            long left = evidence(refused).databases().get(0).xidsLeft();
            assertThat(left).isBetween(2_000_000L, 3_000_000L);
            assertThat(watch.sweepAfter(MINUTES).level())
                    .as("it goes on seeing")
                    .isEqualTo(CRITICAL);
            assertThat(server.log())
                    .as("the server counts as we do")
                    .contains("to avoid wraparound data loss in database");

            for (String database : new String[] {"template1", "postgres", "app"}) {
                server.database(database).execute("vacuum (freeze)");
            }
            assertRefused(server, "insert into t values (2)");
            Report onlyTemplate0 = watch.sweepAfter(MINUTES);
            assertThat(finding(onlyTemplate0, WRAPAROUND).subject()).isEqualTo("database template0");
            assertThat(finding(onlyTemplate0, WRAPAROUND).remedy())
                    .extracting(Remedy::sql, Remedy::impact)
                    .containsExactly("SHOW autovacuum;", Remedy.Impact.READ_ONLY);

            server.restartWith(Map.of("autovacuum_naptime", "1"));
            await().atMost(Duration.ofSeconds(60))
                    .until(() -> number(server, "select max(age(datfrozenxid)) from pg_database") < 1_000_000);
            server.database("app").executeAs("app", "insert into t values (3)");
            assertThat(levelOf(watch.sweepAfter(MINUTES), WRAPAROUND)).isEqualTo(OK);
            assertThat(watch.sweepAfter(MINUTES).level()).isEqualTo(OK);
        }
    }

    private static void assertRefused(PgServer server, String sql) {
        assertThatThrownBy(() -> server.database("app").executeAs("app", sql))
                .isInstanceOfSatisfying(
                        Database.SqlFailure.class, e -> assertThat(e.sqlState()).isEqualTo("54000"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("majors")
    void multixacts_run_out_like_transactions(int major) {
        try (PgServer server = PgServer.major(major)
                        .with("autovacuum_multixact_freeze_max_age", "500000000")
                        .start();
                Sweeper watch = Sweeper.of(server, "plain", "app")) {
            Jump.multixacts(server, 840_000_000);
            assertThat(levelOf(watch.sweep(), WRAPAROUND)).isEqualTo(OK);
            assertThat(evidence(watch.sweep()).databases().get(0).multixactAge())
                    .isBetween(840_000_000L, 840_010_000L);

            Jump.multixacts(server, 170_000_000);
            Report warning = watch.sweepAfter(Duration.ofMinutes(6));
            assertThat(levelOf(warning, WRAPAROUND)).isEqualTo(WARNING);
            assertThat(finding(warning, WRAPAROUND).id()).isEqualTo("wraparound/multixact");
            assertThat(evidence(warning).oldestTables())
                    .hasSize(10)
                    .allSatisfy(table -> assertThat(table.multixactAge()).isGreaterThan(1_000_000_000));

            Jump.multixacts(server, 600_000_000);
            assertThat(levelOf(watch.sweepAfter(HOURS), WRAPAROUND)).isEqualTo(CRITICAL);

            Jump.multixacts(server, 535_000_000);
            Report refused = watch.sweepAfter(HOURS);
            assertThat(finding(refused, WRAPAROUND).summary())
                    .startsWith("row locks that need a multixact are refused: database app has 2,");

            vacuumFreezeAll(server);
            assertThat(levelOf(watch.sweepAfter(MINUTES), WRAPAROUND)).isEqualTo(OK);
        }
    }

    /** There can be few multixacts, and still no room for what stands in them. */
    @ParameterizedTest(name = "{0}")
    @MethodSource("majors")
    void members_of_multixacts_run_out_on_their_own(int major) {
        try (PgServer server = PgServer.major(major).start();
                Sweeper watch = Sweeper.of(server, "plain", "app")) {
            assertThat(Objects.requireNonNull(evidence(watch.sweep()).multixactMembers())
                            .used())
                    .isZero();

            Jump.members(server, 2_500_000_000L);
            Report half = watch.sweepAfter(Duration.ofMinutes(17));
            assertThat(levelOf(half, WRAPAROUND)).isEqualTo(OK);
            assertThat(Objects.requireNonNull(evidence(half).multixactMembers()).used())
                    .isBetween(2_500_000_000L, 2_500_001_636L);

            Jump.members(server, 200_000_000);
            Report warning = watch.sweepAfter(HOURS);
            assertThat(levelOf(warning, WRAPAROUND)).isEqualTo(WARNING);
            assertThat(finding(warning, WRAPAROUND).summary())
                    .startsWith("multixact members fill about 62 % of their space (2,700 M in use, 1,595 M left");

            Jump.members(server, 1_594_900_000L);
            assertMultixactsRefused(server);
            Report critical = watch.sweepAfter(HOURS);
            assertThat(levelOf(critical, WRAPAROUND)).isEqualTo(CRITICAL);
            assertThat(Objects.requireNonNull(evidence(critical).multixactMembers())
                            .left())
                    .isLessThan(20_000);
            assertThat(evidence(critical).databases().get(0).multixactAge())
                    .as("hardly any multixacts")
                    .isLessThan(20_000);

            try (Sweeper fresh = Sweeper.of(server, "plain", "app")) {
                assertThat(levelOf(fresh.sweep(), WRAPAROUND))
                        .as("without having seen them come")
                        .isEqualTo(CRITICAL);
            }
        }
    }

    /** A multixact of two members each time: a row that its own transaction has locked is changed in a subtransaction. */
    private static void assertMultixactsRefused(PgServer server) {
        server.database("app").executeAs("app", "create table locked (id int)", "insert into locked values (1)");
        assertRefused(server, """
                do $$ begin
                  for i in 1..10000 loop
                    perform 1 from locked for key share;
                    begin
                      update locked set id = id;
                    exception when division_by_zero then null;
                    end;
                    commit;
                  end loop;
                end $$""");
    }

    /** A freeze_max_age so great that the age itself is no reason. */
    @ParameterizedTest(name = "{0}")
    @MethodSource("majors")
    void less_than_a_week_at_the_rate_of_the_last_hour_is_critical(int major) {
        try (PgServer server = PgServer.major(major)
                        .with("autovacuum_freeze_max_age", "1500000000")
                        .start();
                Sweeper watch = Sweeper.of(server, "plain", "app")) {
            Jump.xids(server, 1_550_000_000);
            Report calm = watch.sweep();
            assertThat(levelOf(calm, WRAPAROUND)).isEqualTo(OK);
            assertThat(evidence(calm).secondsLeft())
                    .as("unknown is not endless")
                    .isNull();

            Jump.xids(server, 1_000_000);
            assertThat(evidence(watch.sweepAfter(Duration.ofMinutes(9))).secondsLeft())
                    .as("nine minutes are too few to tell")
                    .isNull();
            Report busy = watch.sweepAfter(Duration.ofMinutes(2));
            double perSecond = Objects.requireNonNull(evidence(busy).xidsPerSecond());
            assertThat(perSecond).isBetween(1_000_000 / 665.0, 1_033_000 / 655.0);
            assertThat(Objects.requireNonNull(evidence(busy).secondsLeft()))
                    .isBetween(4 * 86400.0, 5 * 86400.0)
                    .isEqualTo((evidence(busy).databases().get(0).xidsLeft() - 3_000_000) / perSecond);
            assertThat(levelOf(busy, WRAPAROUND)).isEqualTo(CRITICAL);
            assertThat(finding(busy, WRAPAROUND).summary()).contains("at the rate of the last 11 min");

            Report calmAgain = watch.sweepAfter(HOURS);
            assertThat(levelOf(calmAgain, WRAPAROUND)).isEqualTo(OK);
        }
    }

    @ParameterizedTest
    @SupportedMajors
    void counts_the_transactions_of_others_and_adds_none(PgServer server) {
        try (Sweeper watch = Sweeper.of(server, "plain", "app")) {
            watch.sweep();
            long before = nextXid(server);
            for (int i = 0; i < 50; i++) {
                watch.sweepAfter(Duration.ofSeconds(15));
            }
            assertThat(nextXid(server)).isEqualTo(before);

            server.execute(
                    "set synchronous_commit = off",
                    "do $$ begin for i in 1..5000 loop perform pg_current_xact_id(); commit; end loop; end $$");
            long burnt = nextXid(server) - before;
            assertThat(burnt).isBetween(5000L, 5050L);
            Report report = watch.sweepAfter(Duration.ofMinutes(2));

            double seconds = 50 * 15 + 120;
            assertThat(Objects.requireNonNull(evidence(report).xidsPerSecond()) * seconds)
                    .isBetween(burnt * 0.9, burnt * 1.0);
        }
    }

    private static Wraparound evidence(Report report) {
        return report.verdict(WRAPAROUND).seen().orElseThrow(() -> new AssertionError(report.text()));
    }

    private static void vacuumFreezeAll(PgServer server) {
        inEveryDatabase(server, "vacuum (freeze)");
    }

    private static void inEveryDatabase(PgServer server, String sql) {
        allowConnectionsToTemplate0(server);
        for (String database : new String[] {"template0", "template1", "postgres", "app"}) {
            server.database(database).execute(sql);
        }
    }

    private static void allowConnectionsToTemplate0(PgServer server) {
        server.execute("alter database template0 allow_connections true");
    }

    private static long nextXid(PgServer server) {
        return number(server, "select pg_snapshot_xmax(pg_current_snapshot())");
    }

    private static long number(PgServer server, String query) {
        return Long.parseLong(server.ask(query));
    }
}

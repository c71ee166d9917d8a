package io.pgwatch.core;

import static io.pgwatch.evidence.ProbeIds.HORIZON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import io.pgwatch.Report;
import io.pgwatch.core.probes.HorizonProbe;
import io.pgwatch.core.probes.IdleInTransactionProbe;
import io.pgwatch.evidence.Horizon;
import io.pgwatch.evidence.Horizon.Kind;
import io.pgwatch.evidence.Horizon.Scope;
import io.pgwatch.probe.Finding;
import io.pgwatch.probe.Level;
import io.pgwatch.probe.Verdict;
import io.pgwatch.snapshot.Cause;
import io.pgwatch.testsupport.Database;
import io.pgwatch.testsupport.FreshDatabase;
import io.pgwatch.testsupport.NoLeaks;
import io.pgwatch.testsupport.PgServer;
import io.pgwatch.testsupport.Standby;
import io.pgwatch.testsupport.SupportedMajors;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.postgresql.util.PSQLWarning;

/** Every kind of holder, and what VACUUM itself says of it, as each kind of role sees it. */
@NoLeaks
class HorizonIT {

    static final String PREPARED = "max_prepared_transactions=5";
    static final String LOGICAL = "wal_level=logical";
    static final String KEEP = "max_slot_wal_keep_size=1MB";

    private static final List<String> ROLES = List.of("postgres", "monitor", "plain");
    private static final Duration TIME = Duration.ofSeconds(30);
    private static final Duration INTERVAL = Duration.ofSeconds(15);
    private static final Duration CALM = Duration.ofMinutes(2);

    /** Levels that a test reaches: 100 transactions warn, 300 are critical. */
    private static final HorizonProbe LOW = new HorizonProbe(100, 300, Duration.ofHours(1));

    private static final Pattern NOT_REMOVABLE =
            Pattern.compile("(\\d+) are dead but not yet removable|(\\d+) dead row versions cannot be removed yet");

    private interface Holding {

        AutoCloseable begin(FreshDatabase database, OpenSessions open) throws SQLException;
    }

    @ParameterizedTest
    @SupportedMajors(with = {PREPARED, LOGICAL})
    void names_sessions_that_hold_back_vacuum_and_only_those(PgServer server) throws Exception {
        assertHolder(server, (database, open) -> open.writer(database, "shape"), Kind.SESSION, Scope.TABLES);
        assertHolder(server, (database, open) -> open.repeatableRead(database, "shape"), Kind.SESSION, Scope.TABLES);
        assertHolder(server, (database, open) -> open.cursor(database, "shape"), Kind.SESSION, Scope.TABLES);
        assertHolder(server, (database, open) -> open.reader(database, "shape"), Kind.SESSION, Scope.TABLES);
        assertHolder(server, (database, open) -> open.innocent(database, "shape"), null, null);
        assertHolder(server, (database, open) -> open.aborted(database, "shape"), null, null);
        try (FreshDatabase elsewhere = server.freshDatabase()) {
            createTable(elsewhere);
            assertHolder(server, (database, open) -> open.writer(elsewhere, "shape"), null, null);
        }
    }

    @ParameterizedTest
    @SupportedMajors(with = {PREPARED, LOGICAL})
    void names_what_holds_back_vacuum_without_a_session(PgServer server) throws Exception {
        String gid = "it's \"two\"\nlines; drop table t";
        assertHolder(
                server,
                (database, open) -> {
                    prepare(database, gid);
                    return () -> database.execute("rollback prepared '" + gid.replace("'", "''") + "'");
                },
                Kind.PREPARED,
                Scope.TABLES);
        assertHolder(
                server,
                (database, open) -> {
                    database.execute("select pg_create_logical_replication_slot('subscriber', 'pgoutput')");
                    return () -> database.execute("select pg_drop_replication_slot('subscriber')");
                },
                Kind.SLOT,
                Scope.CATALOGS);
    }

    @ParameterizedTest
    @SupportedMajors(with = {PREPARED, LOGICAL})
    void looks_for_prepared_transactions_at_once_where_the_connection_was_lost_or_somebody_waits(PgServer server)
            throws Exception {
        try (FreshDatabase database = server.freshDatabase();
                Sweeper watch = Sweeper.of(database.dataSource("monitor"))) {
            createTable(database);
            watch.sweep();
            prepare(database, "first");
            assertThat(prepared(watch.sweepAfter(INTERVAL))).as("all was calm").isEmpty();
            database.execute("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'monitor'");
            assertThat(prepared(watch.sweepAfter(INTERVAL))).containsExactly("first");
            database.execute("rollback prepared 'first'");
            assertThat(prepared(watch.sweepAfter(CALM))).isEmpty();

            prepare(database, "second");
            CompletableFuture<Void> waiter = CompletableFuture.runAsync(() -> database.executeAs("app", "truncate t"));
            await().atMost(TIME)
                    .until(() -> database.ask("select count(*) from pg_locks where not granted")
                            .equals("1"));
            watch.sweepAfter(INTERVAL);
            assertThat(prepared(watch.sweepAfter(INTERVAL)))
                    .as("who waits is seen")
                    .containsExactly("second");
            database.execute("rollback prepared 'second'");
            waiter.join();
        }
    }

    private static List<String> prepared(Report report) {
        return report.verdict(HORIZON).seen().orElseThrow().holders().stream()
                .filter(holder -> holder.kind() == Kind.PREPARED)
                .map(Horizon.Holder::id)
                .toList();
    }

    private static void assertHolder(PgServer server, Holding holding, @Nullable Kind kind, @Nullable Scope scope)
            throws Exception {
        try (FreshDatabase database = server.freshDatabase();
                OpenSessions open = new OpenSessions()) {
            createTable(database);
            try (AutoCloseable held = holding.begin(database, open)) {
                burn(database, 200);
                long kept = notRemovable(database);
                assertThat(kept > 0).as("VACUUM keeps rows of a user table").isEqualTo(scope == Scope.TABLES);
                for (String role : ROLES) {
                    Report report = sweep(database, role);
                    Verdict<Horizon> verdict = report.verdict(HORIZON);
                    Horizon seen = verdict.seen().orElseThrow();
                    if (kind == null) {
                        assertThat(verdict.level()).as(role).isEqualTo(Level.OK);
                        assertThat(seen.age()).as(role).isLessThan(100);
                        continue;
                    }
                    assertThat(verdict.level())
                            .as("%s: %s", role, report.text())
                            .isEqualTo(Level.WARNING);
                    Horizon.Holder first = seen.holders().get(0);
                    assertThat(first.age()).as(role).isBetween(200L, 299L);
                    assertThat(tuple(first.kind(), first.scope(), first.origin()))
                            .as(role)
                            .isEqualTo(tuple(kind, scope, true));
                    assertThat(verdict.findings().get(0).id()).startsWith("horizon/" + kind + "-");
                    if (scope == Scope.TABLES) {
                        assertThat(seen.age()).isEqualTo(first.age());
                    } else {
                        assertThat(seen.age())
                                .as("nothing is held in user tables")
                                .isLessThan(100);
                    }
                    assertThat(seen.holders())
                            .as("nobody else holds anything old")
                            .filteredOn(holder -> holder.age() > 100)
                            .hasSize(1);
                }
                if (kind != null) {
                    Finding finding = sweep(database, "postgres")
                            .verdict(HORIZON)
                            .findings()
                            .get(0);
                    assertThat(finding.summary() + finding.subject() + finding.id() + finding.cause())
                            .doesNotContain("\n");
                    String remedy = Objects.requireNonNull(finding.remedy()).sql();
                    database.execute(Objects.requireNonNull(remedy));
                    await().atMost(TIME)
                            .until(() ->
                                    sweep(database, "plain").verdict(HORIZON).level() == Level.OK);
                    assertThat(notRemovable(database)).isZero();
                }
            } catch (Database.SqlFailure gone) {
                assertThat(kind)
                        .as("the remedy has ended it: " + gone.getMessage())
                        .isNotNull();
            }
        }
    }

    @ParameterizedTest
    @SupportedMajors(with = {PREPARED, LOGICAL})
    void tells_the_origin_of_an_id_from_those_that_inherited_it(PgServer server) throws Exception {
        try (FreshDatabase database = server.freshDatabase();
                FreshDatabase elsewhere = server.freshDatabase();
                OpenSessions open = new OpenSessions()) {
            createTable(database);
            createTable(elsewhere);
            Connection origin = open.writer(elsewhere, "origin");
            burn(database, 200);
            assertThat(sweep(database, "monitor").verdict(HORIZON).level())
                    .as("another database's session is nobody's concern here")
                    .isEqualTo(Level.OK);

            open.repeatableRead(database, "first heir");
            open.repeatableRead(database, "second heir");
            burn(database, 10);
            for (String role : ROLES) {
                Report report = sweep(database, role);
                assertThat(report.verdict(HORIZON).level()).as(role).isEqualTo(Level.WARNING);
                Horizon seen = report.verdict(HORIZON).seen().orElseThrow();
                assertThat(seen.holders())
                        .as(role)
                        .filteredOn(holder -> holder.age() > 100)
                        .extracting(Horizon.Holder::application, Horizon.Holder::origin, Horizon.Holder::database)
                        .containsExactlyInAnyOrder(
                                tuple("origin", true, elsewhere.name()),
                                tuple("first heir", false, database.name()),
                                tuple("second heir", false, database.name()));
                Finding finding = report.verdict(HORIZON).findings().get(0);
                assertThat(finding.summary()).contains("in database " + elsewhere.name() + " (origin)");
                assertThat(finding.cause()).contains("2 others have inherited its id and must end, too", "first heir");
            }
            origin.rollback();
            assertThat(sweep(database, "plain")
                            .verdict(HORIZON)
                            .findings()
                            .get(0)
                            .summary())
                    .as("the heirs still hold it")
                    .contains("heir");
            prepare(database, "young");
            burn(database, 100);
            assertThat(sweep(database, "plain").verdict(HORIZON).level()).isEqualTo(Level.CRITICAL);
            database.execute("rollback prepared 'young'");
        }
    }

    /** As when it analyzes: its snapshot is one like any other, and it is the session of no role. */
    @ParameterizedTest
    @SupportedMajors(with = "autovacuum_naptime=1")
    void a_worker_of_autovacuum_inherits_an_id_like_others(PgServer server) throws Exception {
        try (FreshDatabase database = server.freshDatabase();
                OpenSessions open = new OpenSessions()) {
            createTable(database);
            database.execute(
                    "create function slow_for_workers(i int) returns int immutable language plpgsql as $$ begin"
                            + " if current_setting('application_name') = '' then perform pg_sleep(0.1); end if;"
                            + " return i; end $$",
                    "create table analyzed (i int) with (autovacuum_analyze_threshold = 1,"
                            + " autovacuum_analyze_scale_factor = 0)",
                    "create index on analyzed (slow_for_workers(i))");
            open.writer(database, "origin");
            burn(database, 150);
            database.execute("insert into analyzed select generate_series(1, 1000)");
            await().atMost(TIME)
                    .until(() -> server.ask("select count(*) from pg_stat_activity where backend_xmin is not null"
                                    + " and backend_type = 'autovacuum worker' and datname = '" + database.name() + "'")
                            .equals("1"));

            for (String role : ROLES) {
                Finding finding =
                        sweep(database, role).verdict(HORIZON).findings().get(0);

                assertThat(finding.summary()).as(role).contains(" (origin) keeps VACUUM from removing");
                assertThat(finding.cause())
                        .as(role)
                        .contains("another has inherited its id and must end, too: autovacuum worker ");
            }
        }
    }

    @ParameterizedTest
    @SupportedMajors(with = {LOGICAL, KEEP})
    void a_lost_slot_holds_nothing(PgServer server) throws Exception {
        try (FreshDatabase database = server.freshDatabase()) {
            createTable(database);
            database.execute("select pg_create_logical_replication_slot('forgotten', 'pgoutput')");
            try {
                burn(database, 200);
                assertThat(sweep(database, "plain").verdict(HORIZON).level()).isEqualTo(Level.WARNING);
                await().atMost(TIME).until(() -> {
                    database.execute("insert into t values (0)", "select pg_switch_wal()", "checkpoint");
                    return server.ask("select wal_status from pg_replication_slots where slot_name = 'forgotten'")
                            .equals("lost");
                });

                Report report = sweep(database, "plain");

                assertThat(report.verdict(HORIZON).level()).as(report.text()).isEqualTo(Level.OK);
                assertThat(Long.parseLong(server.ask(
                                "select age(catalog_xmin) from pg_replication_slots where slot_name = 'forgotten'")))
                        .as("though it goes on showing an age")
                        .isGreaterThan(200);
            } finally {
                database.execute("select pg_drop_replication_slot('forgotten')");
            }
        }
    }

    @ParameterizedTest
    @SupportedMajors(with = {PREPARED, LOGICAL})
    void vacuum_itself_holds_nothing_whatever_its_xmin_says(PgServer server) throws Exception {
        try (FreshDatabase database = server.freshDatabase();
                Connection vacuuming = database.connect("postgres");
                Statement vacuum = vacuuming.createStatement()) {
            createTable(database);
            database.execute(
                    "create table large as select i, repeat('x', 1000) as filler from generate_series(1, 5000) as i");
            vacuum.execute("set vacuum_cost_delay = 100");
            vacuum.execute("set vacuum_cost_limit = 1");
            CompletableFuture<Void> running = CompletableFuture.runAsync(() -> runUntilCancelled(vacuum));
            try {
                await().atMost(TIME)
                        .until(() -> !server.ask(
                                        "select count(*) from pg_stat_progress_vacuum where phase = 'scanning heap'")
                                .equals("0"));
                burn(database, 200);
                assertThat(Long.parseLong(server.ask("select coalesce(max(age(backend_xmin)), 0) from pg_stat_activity"
                                + " where query like 'vacuum%' and state = 'active'")))
                        .isGreaterThanOrEqualTo(200);
                for (String role : ROLES) {
                    Verdict<Horizon> verdict = sweep(database, role).verdict(HORIZON);
                    assertThat(verdict.level()).as(role).isEqualTo(Level.OK);
                    assertThat(verdict.seen().orElseThrow().age()).as(role).isLessThan(100);
                }
                assertThat(notRemovable(database)).isZero();
            } finally {
                vacuum.cancel();
                running.join();
            }
        }
    }

    @ParameterizedTest
    @SupportedMajors(with = {PREPARED, LOGICAL})
    void names_the_standby_whose_queries_need_the_rows(PgServer server) throws Exception {
        try (FreshDatabase database = server.freshDatabase();
                Standby standby = Standby.of(server)) {
            createTable(database);
            Map<String, String> feedback = Map.of(
                    "hot_standby_feedback",
                    "on",
                    "wal_receiver_status_interval",
                    "1s",
                    "primary_slot_name",
                    standby.slot());
            standby.server().restartWith(feedback);
            assertStandby(database, standby, Kind.SLOT);
            standby.server().restartWith(Map.of("primary_slot_name", ""));
            database.execute("select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name = '"
                    + standby.slot() + "' and not active");
            assertStandby(database, standby, Kind.STANDBY);
        }
    }

    private static void assertStandby(FreshDatabase database, Standby standby, Kind kind) throws SQLException {
        standby.catchUp();
        try (OpenSessions open = new OpenSessions()) {
            Database there = standby.server().database(database.name());
            open.repeatableRead(there, "report");
            String xmin = "select (select count(*) from pg_replication_slots where xmin is not null)"
                    + " + (select count(*) from pg_stat_replication where backend_xmin is not null)";
            await().atMost(TIME).until(() -> !database.ask(xmin).equals("0"));
            burn(database, 200);
            assertThat(notRemovable(database)).isPositive();
            for (String role : ROLES) {
                Verdict<Horizon> verdict = sweep(database, role).verdict(HORIZON);
                assertThat(verdict.level()).as(role).isEqualTo(Level.WARNING);
                assertThat(verdict.seen().orElseThrow().holders().get(0)).satisfies(holder -> {
                    assertThat(tuple(holder.kind(), holder.scope(), holder.origin()))
                            .isEqualTo(tuple(kind, Scope.TABLES, true));
                    assertThat(kind == Kind.SLOT ? holder.id() : holder.application())
                            .isEqualTo(standby.slot());
                });
                assertThat(verdict.findings().get(0).remedy()).isNotNull();
                assertThat(verdict.findings().get(0).cause()).contains("hot_standby_feedback");
            }
            try (Sweeper watch = sweeper(there, "plain")) {
                assertThat(watch.sweep().verdict(HORIZON))
                        .isInstanceOfSatisfying(
                                Verdict.Unknown.class,
                                unknown -> assertThat(unknown.cause()).isEqualTo(Cause.NOT_APPLICABLE));
            }
        }
    }

    static void createTable(Database database) {
        database.executeAs("app", "create table t as select generate_series(1, 1000) as i");
    }

    static void burn(Database database, int xids) {
        database.execute("do $$ begin for i in 1..%d loop perform pg_current_xact_id(); commit; end loop; end $$"
                .formatted(xids));
    }

    static void prepare(Database database, String gid) {
        try (Connection connection = database.connect("app");
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute("insert into t values (0)");
            statement.execute("prepare transaction '" + gid.replace("'", "''") + "'");
            connection.commit();
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** How many dead rows VACUUM itself could not remove. */
    private static long notRemovable(Database database) throws SQLException {
        database.execute("update t set i = i");
        try (Connection connection = database.connect("postgres");
                Statement statement = connection.createStatement()) {
            statement.execute("vacuum (verbose) t");
            for (SQLWarning told = statement.getWarnings(); told != null; told = told.getNextWarning()) {
                Matcher kept = NOT_REMOVABLE.matcher(told.getMessage() + detail(told));
                if (kept.find()) {
                    return Long.parseLong(kept.group(1) == null ? kept.group(2) : kept.group(1));
                }
            }
            throw new IllegalStateException("VACUUM said nothing of what it kept");
        }
    }

    /** Where 14 tells it. */
    private static @Nullable String detail(SQLWarning told) {
        return told instanceof PSQLWarning own && own.getServerErrorMessage() != null
                ? own.getServerErrorMessage().getDetail()
                : null;
    }

    private static void runUntilCancelled(Statement vacuum) {
        try {
            vacuum.execute("vacuum large");
        } catch (SQLException cancelled) {
            assertThat(cancelled.getSQLState()).isEqualTo("57014");
        }
    }

    private static Sweeper sweeper(Database database, String role) {
        return Sweeper.of(database.dataSource(role), Sweeper.probes(IdleInTransactionProbe.withDefaults(), LOW));
    }

    private static Report sweep(Database database, String role) {
        try (Sweeper watch = sweeper(database, role)) {
            return watch.sweep();
        }
    }
}

package io.pgwatch.core;

import static io.pgwatch.core.Vacuums.evidence;
import static io.pgwatch.core.Vacuums.find;
import static io.pgwatch.core.Vacuums.finding;
import static io.pgwatch.core.Vacuums.table;
import static io.pgwatch.evidence.ProbeIds.VACUUM;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.pgwatch.Report;
import io.pgwatch.core.probes.VacuumProbe;
import io.pgwatch.evidence.Vacuum;
import io.pgwatch.evidence.Vacuum.Why;
import io.pgwatch.probe.Level;
import io.pgwatch.probe.Verdict;
import io.pgwatch.snapshot.Cause;
import io.pgwatch.testsupport.Database;
import io.pgwatch.testsupport.Majors;
import io.pgwatch.testsupport.NoLeaks;
import io.pgwatch.testsupport.PgServer;
import io.pgwatch.testsupport.Standby;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the probe says of autovacuum, beside what autovacuum does. Sizes are small, so the thresholds for them are, too. */
@NoLeaks
class VacuumIT {

    private static final VacuumProbe SMALL = new VacuumProbe(1, 5, 0, 0, 3, Duration.ofMinutes(30));
    private static final Duration TIME = Duration.ofSeconds(60);
    private static final Duration MINUTE = Duration.ofMinutes(1);

    /** The clock must go on for a watch that found nothing due to look again. */
    private static final Duration SECOND = Duration.ofSeconds(1);

    static IntStream majors() {
        return Majors.ofThisRun().stream().mapToInt(major -> major);
    }

    /** Of each case one table at the trigger, which autovacuum leaves alone, and one that is one row above. */
    @ParameterizedTest(name = "{0}")
    @MethodSource("majors")
    void the_triggers_told_are_those_that_autovacuum_goes_by(int major) {
        try (PgServer server = server(major).with("autovacuum", "off").start();
                Sweeper watch = watch(server, "plain")) {
            Database app = server.database("app");
            twoOf(app, "usual", 1000, "", 250);
            twoOf(app, "own", 1000, ", autovacuum_vacuum_threshold = 10, autovacuum_vacuum_scale_factor = 0.05", 60);
            if (major >= 18) {
                twoOf(app, "most", 1000, ", autovacuum_vacuum_max_threshold = 70", 70);
            }
            int inserts = major >= 18 ? 100 : 200; // all is frozen
            for (String name : List.of("inserts_at", "inserts_over")) {
                app.executeAs(
                        "app",
                        "create table " + name + " (i int) with (autovacuum_vacuum_insert_threshold = 100,"
                                + " autovacuum_vacuum_insert_scale_factor = 0.1, autovacuum_analyze_threshold = 1000000)",
                        "insert into " + name + " select generate_series(1, 1000)");
                awaitCounts(app);
                app.executeAs(
                        "app",
                        "vacuum (freeze, analyze) " + name,
                        "insert into " + name + " select generate_series(1, " + inserts + ")");
            }
            app.executeAs("app", "insert into inserts_over values (1)");
            toast(
                    app,
                    "toast_at",
                    "toast.autovacuum_vacuum_threshold = 60, toast.autovacuum_vacuum_scale_factor = 0",
                    20);
            toast(
                    app,
                    "toast_over",
                    "toast.autovacuum_vacuum_threshold = 60, toast.autovacuum_vacuum_scale_factor = 0",
                    21);
            toast(app, "toast_follows_at", "autovacuum_vacuum_threshold = 1", 40);

            awaitCounts(app);
            Report report = await("all have arrived")
                    .atMost(TIME)
                    .until(
                            () -> watch.sweepAfter(MINUTE),
                            seen -> names(seen).contains("public.usual_over")
                                    && evidence(seen).tables().stream()
                                            .anyMatch(table -> "public.toast_follows_at".equals(table.toastOf())));

            for (Vacuum.Table table : evidence(report).tables()) {
                String name = Objects.requireNonNullElse(table.toastOf(), table.table());
                if (table.table().startsWith("public.toast")) {
                    continue; // autovacuum is off for it
                }
                if (name.endsWith("_over")) {
                    assertThat(Objects.requireNonNull(table.pressure()))
                            .as(name)
                            .isGreaterThan(1);
                } else if (name.endsWith("_at") && table.autovacuumEnabled()) {
                    assertThat(Objects.requireNonNull(table.pressure()))
                            .as(name)
                            .isEqualTo(1);
                }
            }
            assertThat(table(report, "public.usual_over").trigger()).isEqualTo(250);
            assertThat(table(report, "public.own_over").trigger()).isEqualTo(60);
            assertThat(table(report, "public.inserts_over").insertTrigger()).isEqualTo(inserts);
            assertThat(table(report, "public.inserts_over").insertedRows()).isEqualTo(inserts + 1);
            assertThat(toastOf(report, "public.toast_over").deadRows()).isEqualTo(63);
            assertThat(toastOf(report, "public.toast_follows_at").autovacuumEnabled())
                    .isFalse();

            server.execute("alter system set autovacuum = on", "select pg_reload_conf()");
            String over = "relname ~ '_over$' and relname !~ '^toast' or oid = (select reltoastrelid from pg_class"
                    + " where relname = 'toast_over')";
            await("autovacuum takes what is one row above")
                    .atMost(TIME)
                    .until(() -> app.ask("select bool_and(pg_stat_get_autovacuum_count(oid) > 0) from pg_class where "
                                    + over)
                            .equals("t"));
            assertThat(app.ask(
                            "select string_agg(c.relname, ',') from pg_class c where pg_stat_get_autovacuum_count(c.oid)"
                                    + " > 0 and c.oid >= 16384 and not (" + over.replace("oid =", "c.oid =") + ")"))
                    .as("and leaves alone what is not above")
                    .isEqualTo("null");
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("majors")
    void each_cause_is_told_where_it_was_produced(int major) throws SQLException {
        try (PgServer server = server(major).with("autovacuum_max_workers", "1").start();
                Sweeper watch = watch(server, "monitor");
                Sweeper plain = watch(server, "plain");
                Sweeper superuser = watch(server, "postgres")) {
            Database app = server.database("app");
            create(app, "disabled", ", autovacuum_enabled = f");
            create(app, "skipped", "");
            create(app, "pinned", "");
            create(
                    app,
                    "throttled",
                    ", autovacuum_enabled = off, autovacuum_vacuum_cost_delay = 100,"
                            + " autovacuum_vacuum_cost_limit = 1");
            create(app, "waiting", ", autovacuum_enabled = off");
            try (Connection locker = app.connect("app");
                    Statement lock = locker.createStatement();
                    Connection reader = app.connect("app");
                    Statement read = reader.createStatement()) {
                locker.setAutoCommit(false);
                lock.execute("lock table skipped in share update exclusive mode");
                reader.setAutoCommit(false);
                reader.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
                read.executeQuery("select count(*) from pinned").close();
                app.executeAs(
                        "app",
                        "delete from disabled where i <= 5000",
                        "delete from skipped where i <= 5000",
                        "delete from pinned where i <= 5000");
                for (Sweeper one : List.of(watch, plain, superuser)) {
                    one.sweep();
                }
                String vacuums = "select pg_stat_get_autovacuum_count('pinned'::regclass)::int";
                int before = Integer.parseInt(app.ask(vacuums));
                await("autovacuum tries in vain").atMost(TIME).until(() -> Integer.parseInt(app.ask(vacuums)) > before);
                for (Sweeper one : List.of(watch, plain, superuser)) {
                    one.sweepAfter(MINUTE);
                    Report report = awaitCause(one, "public.pinned", Why.PINNED);
                    assertThat(table(report, "public.disabled").cause()).isEqualTo(Why.DISABLED_FOR_TABLE);
                    assertThat(table(report, "public.disabled").autovacuumEnabled())
                            .isFalse();
                    awaitCause(one, "public.skipped", Why.SKIPPED);
                }
                Report report = await("a worker is not busy elsewhere at that moment")
                        .atMost(TIME)
                        .until(
                                () -> watch.sweepAfter(SECOND),
                                seen -> table(seen, "public.skipped").cause() == Why.SKIPPED
                                        && find(seen, "public.skipped").isPresent());
                assertThat(finding(report, "public.skipped").remedy())
                        .satisfies(remedy -> assertThat(app.ask(Objects.requireNonNull(
                                                Objects.requireNonNull(remedy).sql())
                                        .replace("SELECT pid, mode, granted", "SELECT min(mode)")))
                                .isEqualTo("ShareUpdateExclusiveLock"));
                watch.sweepAfter(Duration.ofMinutes(31));
                assertThat(finding(awaitLevel(watch, "public.skipped", Level.CRITICAL), "public.skipped")
                                .summary())
                        .startsWith("public.skipped has 5,000 dead rows, 10.0 times its trigger of 500");
            }
            String remedy = Objects.requireNonNull(Objects.requireNonNull(
                            finding(awaitLevel(watch, "public.disabled", Level.CRITICAL), "public.disabled")
                                    .remedy())
                    .sql());
            app.executeAs("app", remedy.split("\n"));
            await("what was held goes")
                    .atMost(TIME)
                    .until(() -> names(watch.sweepAfter(SECOND)).stream()
                            .noneMatch(name -> name.matches("public\\.(disabled|skipped|pinned)")));

            app.executeAs(
                    "app",
                    "delete from throttled where i <= 5000",
                    "alter table throttled set (autovacuum_enabled = on)");
            Supplier<String> worker = () ->
                    app.ask("select count(*) from pg_stat_progress_vacuum where relid =" + " 'throttled'::regclass");
            await("a worker crawls").atMost(TIME).until(() -> worker.get().equals("1"));
            app.executeAs(
                    "app", "delete from waiting where i <= 5000", "alter table waiting set (autovacuum_enabled = on)");
            watch.sweep();
            watch.sweepAfter(MINUTE);
            Report report = awaitCause(watch, "public.throttled", Why.THROTTLED);
            assertThat(table(report, "public.waiting").cause()).isEqualTo(Why.WORKERS_BUSY);
            assertThat(evidence(report).workersBusy()).isEqualTo(1);
            assertThat(evidence(report).workersMax()).isEqualTo(1);
            plain.sweep();
            assertThat(table(plain.sweepAfter(MINUTE), "public.throttled").cause())
                    .as("a role that sees no more than that somebody vacuums")
                    .isEqualTo(Why.AT_WORK);

            server.execute("alter system set autovacuum = off", "select pg_reload_conf()");
            watch.sweepAfter(Duration.ofMinutes(31));
            Report off = awaitCause(watch, "public.waiting", Why.AUTOVACUUM_OFF);
            assertThat(finding(off, "public.waiting").explainedBy()).isEqualTo("vacuum/autovacuum");
            assertThat(levelOf(off)).isEqualTo(Level.CRITICAL);
            server.execute("alter system set track_counts = off", "select pg_reload_conf()");
            awaitCause(watch, "public.waiting", Why.TRACK_COUNTS_OFF);
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("majors")
    void after_a_crash_it_does_not_take_lost_counts_for_none(int major) {
        try (PgServer server = server(major).with("autovacuum", "off").start();
                Sweeper watch = watch(server, "plain")) {
            Database app = server.database("app");
            app.executeAs(
                    "app",
                    "create table large as select i, repeat('x', 500) v from generate_series(1, 20000) i",
                    "vacuum analyze large",
                    "delete from large where i <= 10000");
            server.execute("checkpoint");
            awaitDeadRows(watch, "public.large", 10_000);

            server.crash();
            server.start();
            server.execute(
                    "alter system set autovacuum = on",
                    "alter system set autovacuum_naptime = '1d'",
                    "select pg_reload_conf()");
            await().atMost(TIME).until(() -> server.ask("show autovacuum").equals("on"));

            Verdict<Vacuum> lost = watch.sweep().verdict(VACUUM);
            assertThat(lost).isInstanceOf(Verdict.Unknown.class);
            assertThat(((Verdict.Unknown<Vacuum>) lost).cause()).isEqualTo(Cause.NOT_YET);
            assertThat(lost.summary()).contains("has no statistics of", "it counts since 2");
            assertThat(lost.seen().orElseThrow().tables())
                    .filteredOn(table -> table.table().equals("public.large"))
                    .extracting(Vacuum.Table::cause, Vacuum.Table::deadRows)
                    .containsExactly(org.assertj.core.groups.Tuple.tuple(Why.NOT_COUNTED, null));
            app.executeAs("app", "analyze large");
            awaitDeadRows(watch, "public.large", 10_000);
        }
    }

    @Test
    void a_standby_has_no_counts_to_judge() {
        try (PgServer server = server(Majors.newest()).start();
                Standby standby = Standby.of(server);
                Sweeper watch = watch(standby.server(), "plain")) {
            assertThat(watch.sweep().verdict(VACUUM))
                    .isInstanceOfSatisfying(
                            Verdict.Unknown.class,
                            unknown -> assertThat(unknown.cause()).isEqualTo(Cause.NOT_APPLICABLE));
        }
    }

    private static PgServer.Builder server(int major) {
        return PgServer.major(major).with("autovacuum_naptime", "1s");
    }

    private static Sweeper watch(PgServer server, String role) {
        return Sweeper.of(server.dataSource(role, "app"), Sweeper.probes(SMALL));
    }

    /** 10,000 rows and a trigger of 500. */
    private static void create(Database database, String name, String options) {
        database.executeAs(
                "app",
                "create table " + name + " (i int, v text) with (autovacuum_analyze_threshold = 1000000,"
                        + " autovacuum_vacuum_threshold = 500, autovacuum_vacuum_scale_factor = 0" + options + ")",
                "insert into " + name + " select i, repeat('x', 100) from generate_series(1, 10000) i",
                "vacuum analyze " + name);
    }

    private static void twoOf(Database database, String name, int rows, String options, int trigger) {
        for (String one : List.of(name + "_at", name + "_over")) {
            database.executeAs(
                    "app",
                    "create table " + one + " (i int) with (autovacuum_analyze_threshold = 1000000" + options + ")",
                    "insert into " + one + " select generate_series(1, " + rows + ")",
                    "vacuum analyze " + one,
                    "delete from " + one + " where i <= " + (one.endsWith("_at") ? trigger : trigger + 1));
        }
    }

    /** Autovacuum is off for the main table; each row that goes leaves three dead chunks. */
    private static void toast(Database database, String name, String options, int rows) {
        database.executeAs(
                "app",
                "create table " + name + " (i int, v text) with (autovacuum_enabled = off, " + options + ")",
                "alter table " + name + " alter v set storage external",
                "insert into " + name + " select i, repeat('x', 5000) from generate_series(1, 100) i",
                "vacuum analyze " + name,
                "delete from " + name + " where i <= " + rows);
    }

    /** A session tells its counts when it ends, a moment after the client has closed it. */
    private static void awaitCounts(Database database) {
        await().pollDelay(Duration.ZERO)
                .atMost(TIME)
                .until(() -> database.ask("select count(*) from pg_stat_activity where usename = 'app'")
                        .equals("0"));
    }

    private static void awaitDeadRows(Sweeper watch, String name, long rows) {
        await(rows + " dead rows of " + name)
                .atMost(TIME)
                .until(
                        () -> watch.sweepAfter(MINUTE),
                        report -> evidence(report).tables().stream()
                                .anyMatch(
                                        table -> table.table().equals(name) && Objects.equals(table.deadRows(), rows)));
    }

    private static Level levelOf(Report report) {
        return report.verdict(VACUUM).level();
    }

    private static List<String> names(Report report) {
        return evidence(report).tables().stream().map(Vacuum.Table::table).toList();
    }

    private static Vacuum.Table toastOf(Report report, String name) {
        return evidence(report).tables().stream()
                .filter(table -> name.equals(table.toastOf()))
                .findFirst()
                .orElseThrow(() -> new AssertionError(
                        name + " is not among " + evidence(report).tables()));
    }

    /** A worker may be on the table in one sweep and not in the next. */
    private static Report awaitCause(Sweeper watch, String name, Why cause) {
        return await(cause + " for " + name)
                .atMost(TIME)
                .until(
                        () -> watch.sweepAfter(SECOND),
                        report -> evidence(report).tables().stream()
                                .anyMatch(table -> table.table().equals(name) && table.cause() == cause));
    }

    private static Report awaitLevel(Sweeper watch, String name, @Nullable Level level) {
        return await(level + " for " + name)
                .atMost(TIME)
                .until(
                        () -> watch.sweepAfter(SECOND),
                        report -> find(report, name)
                                .map(finding -> finding.level() == level)
                                .orElse(level == null));
    }
}

package io.pgwatch.core;

import static io.pgwatch.core.Vacuums.evidence;
import static io.pgwatch.core.Vacuums.find;
import static io.pgwatch.core.Vacuums.finding;
import static io.pgwatch.core.Vacuums.table;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.pgwatch.Report;
import io.pgwatch.core.probes.VacuumProbe;
import io.pgwatch.evidence.Vacuum;
import io.pgwatch.evidence.Vacuum.Why;
import io.pgwatch.probe.Level;
import io.pgwatch.testsupport.Database;
import io.pgwatch.testsupport.FreshDatabase;
import io.pgwatch.testsupport.NoLeaks;
import io.pgwatch.testsupport.PgServer;
import io.pgwatch.testsupport.SupportedMajors;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.params.ParameterizedTest;

/** Causes that lie in a table's own trigger, or in what is on it, where autovacuum is on and takes its time: it sleeps an hour. */
@NoLeaks
class VacuumCausesIT {

    private static final VacuumProbe SMALL = new VacuumProbe(1, 5, 0, 100_000, 3, Duration.ofMinutes(30));
    private static final Duration TIME = Duration.ofSeconds(60);

    /** Three times the naptime. */
    private static final Duration ROUND = Duration.ofHours(3);

    @ParameterizedTest
    @SupportedMajors(with = "autovacuum_naptime=1h")
    void a_table_that_was_never_analyzed_is_taken_for_empty_by_its_trigger(PgServer server) {
        try (FreshDatabase app = server.freshDatabase();
                Sweeper watch = watch(app)) {
            create(app, "fresh", "");
            delete(app, "fresh", 100, 100);

            assertThat(table(watch.sweep(), "public.fresh"))
                    .extracting(Vacuum.Table::deadRows, Vacuum.Table::trigger, Vacuum.Table::cause)
                    .containsExactly(100L, 50L, Why.DUE);
            Report late = watch.sweepAfter(ROUND);
            assertThat(table(late, "public.fresh").cause()).isEqualTo(Why.NEVER_ANALYZED);
            assertThat(finding(late, "public.fresh")).satisfies(finding -> {
                assertThat(finding.level()).isEqualTo(Level.WARNING);
                assertThat(finding.cause()).startsWith("it was never analyzed");
                app.executeAs(
                        "app",
                        Objects.requireNonNull(
                                Objects.requireNonNull(finding.remedy()).sql()));
            });

            delete(app, "fresh", 250, 150);
            Report counted = watch.sweep();
            assertThat(table(counted, "public.fresh"))
                    .extracting(Vacuum.Table::deadRows, Vacuum.Table::trigger)
                    .as("the remedy had it counted: 50 and a fifth of 900 rows")
                    .containsExactly(150L, 230L);
            assertThat(find(counted, "public.fresh")).isEmpty();
        }
    }

    @ParameterizedTest
    @SupportedMajors(with = "autovacuum_naptime=1h")
    void a_trigger_that_lets_dead_rows_fill_too_much_is_told_and_raises_nothing(PgServer server) {
        try (FreshDatabase app = server.freshDatabase();
                Sweeper watch = watch(app)) {
            create(app, "late", "");
            create(app, "early", "with (autovacuum_vacuum_threshold = 50, autovacuum_vacuum_scale_factor = 0)");
            app.executeAs("app", "vacuum analyze late", "vacuum analyze early");
            delete(app, "late", 40, 40);
            delete(app, "early", 40, 40);

            Report report = watch.sweep();

            assertThat(table(report, "public.late"))
                    .extracting(Vacuum.Table::deadRows, Vacuum.Table::trigger, Vacuum.Table::cause)
                    .as("250 rows of more than 1,000 bytes")
                    .containsExactly(40L, 250L, Why.TRIGGER_HIGH);
            assertThat(table(report, "public.early"))
                    .extracting(Vacuum.Table::deadRows, Vacuum.Table::trigger, Vacuum.Table::cause)
                    .containsExactly(40L, 50L, null);
            assertThat(find(report, "public.late")).isEmpty();
            assertThat(evidence(report).workersBusy()).isZero();
        }
    }

    /** A cursor stands on the last page, which the VACUUM wants for itself alone: there it waits. */
    @ParameterizedTest
    @SupportedMajors(with = "autovacuum_naptime=1h")
    void a_vacuum_with_too_little_memory_goes_through_all_indexes_again(PgServer server) throws SQLException {
        try (FreshDatabase app = server.freshDatabase();
                Sweeper watch = watch(app)) {
            app.executeAs(
                    "app",
                    "create table many (i int primary key)",
                    "insert into many select generate_series(1, 400000)");
            delete(app, "many", 399_900, 399_900);
            try (Connection reader = app.connect("app");
                    Statement read = reader.createStatement()) {
                reader.setAutoCommit(false);
                read.execute(
                        "declare standing cursor for select i from many where ctid = (select max(ctid) from many)");
                read.execute("fetch 1 from standing");
                CompletableFuture<Void> vacuum = CompletableFuture.runAsync(() -> app.executeAs(
                        "app",
                        "set maintenance_work_mem = '" + (server.major() < 17 ? "1MB" : "64kB") + "'",
                        "vacuum (freeze) many"));
                await("it waits, and has passed the index twice")
                        .atMost(TIME)
                        .until(() -> app.ask("select count(*) from pg_stat_progress_vacuum v join pg_stat_activity"
                                        + " using (pid) where index_vacuum_count > 1 and wait_event = 'BufferPin'")
                                .equals("1"));

                watch.sweep();
                Report report = watch.sweepAfter(Duration.ofMinutes(30));

                assertThat(table(report, "public.many").cause()).isEqualTo(Why.INDEX_PASSES);
                assertThat(finding(report, "public.many").cause())
                        .matches("session \\d+ vacuums it \\(scanning heap, .* pages\\), and goes through all indexes"
                                + " for the \\d+\\. time, since its memory holds too few dead rows");
                reader.rollback();
                vacuum.join();
            }
        }
    }

    private static Sweeper watch(Database database) {
        return Sweeper.of(database.dataSource("monitor"), Sweeper.probes(SMALL));
    }

    /** 1,000 rows of a little more than 1,000 bytes. */
    private static void create(Database database, String name, String options) {
        database.executeAs(
                "app",
                "create table " + name + " (i int, v text) " + options,
                "insert into " + name + " select i, repeat('x', 1000) from generate_series(1, 1000) i");
    }

    /** Deletes all rows up to one, and waits until the server counts as many dead as these should be. */
    private static void delete(Database database, String name, int upTo, int dead) {
        database.executeAs("app", "delete from " + name + " where i <= " + upTo);
        await(dead + " dead rows of " + name)
                .atMost(TIME)
                .until(() -> database.ask("select pg_stat_get_dead_tuples('" + name + "'::regclass)")
                        .equals(Integer.toString(dead)));
    }
}

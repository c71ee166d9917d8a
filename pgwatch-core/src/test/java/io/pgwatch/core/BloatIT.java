package io.pgwatch.core;

import static io.pgwatch.core.Sweeper.levelOf;
import static io.pgwatch.evidence.ProbeIds.BLOAT;
import static io.pgwatch.probe.Level.OK;
import static io.pgwatch.probe.Level.UNKNOWN;
import static io.pgwatch.probe.Level.WARNING;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.pgwatch.Report;
import io.pgwatch.core.probes.BloatProbe;
import io.pgwatch.evidence.Bloat;
import io.pgwatch.probe.Finding;
import io.pgwatch.probe.Remedy;
import io.pgwatch.probe.Verdict;
import io.pgwatch.snapshot.BloatSample.Kind;
import io.pgwatch.snapshot.Cause;
import io.pgwatch.testsupport.Database;
import io.pgwatch.testsupport.FreshDatabase;
import io.pgwatch.testsupport.NoLeaks;
import io.pgwatch.testsupport.PgServer;
import io.pgwatch.testsupport.Postgres;
import io.pgwatch.testsupport.SupportedMajors;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The levels of the probe on tables that were really bloated, and the remedies that end them. */
@NoLeaks
class BloatIT {

    private static final Duration MINUTES = Duration.ofMinutes(6);

    private static UnaryOperator<WatchOptions> warningAt(long bytes, ConnectionMode mode) {
        return options -> Sweeper.mode(mode)
                .apply(Sweeper.probes(new BloatProbe(0.4, bytes, 0.5, 100_000, false))
                        .apply(options));
    }

    private static Sweeper watch(Database database, String user) {
        return Sweeper.of(database.dataSource(user), warningAt(1_700_000, ConnectionMode.DEDICATED));
    }

    /** A sweep after everything that there is to read was read. */
    private static Report sweepAfterReading(Sweeper watch) {
        watch.clock().advance(MINUTES);
        while (watch.collector().readSlowly() < TimeUnit.SECONDS.toNanos(60)) {
            // goes on
        }
        return watch.sweep();
    }

    private static void bloat(Database database) {
        database.executeAs(
                "app",
                "create table \"My orders\" (id int primary key, v text)",
                "insert into \"My orders\" select i, repeat('x', 100) from generate_series(1, 100000) i",
                "delete from \"My orders\" where id % 10 <> 0");
        awaitCount(database, "My orders", "n_dead_tup", 90_000);
        database.executeAs("app", "vacuum (truncate off, analyze) \"My orders\"");
        awaitCount(database, "My orders", "n_dead_tup", 0);
    }

    @ParameterizedTest
    @SupportedMajors
    void from_bloat_to_remedies_that_work(PgServer server) {
        try (FreshDatabase database = server.freshDatabase();
                Sweeper watch = watch(database, "app")) {
            bloat(database);

            Report bloated = watch.sweep();

            assertThat(levelOf(bloated, BLOAT)).isEqualTo(WARNING);
            Bloat evidence = bloated.verdict(BLOAT).seen().orElseThrow();
            assertThat(evidence.relations())
                    .extracting(Bloat.Relation::relation, Bloat.Relation::kind)
                    .contains(
                            org.assertj.core.groups.Tuple.tuple("public.\"My orders\"", Kind.HEAP),
                            org.assertj.core.groups.Tuple.tuple("public.\"My orders_pkey\"", Kind.BTREE));
            assertThat(evidence.relations().get(0).ratio()).isBetween(0.85, 0.92);
            assertThat(bloated.verdict(BLOAT).findings())
                    .extracting(Finding::id)
                    .containsExactly("bloat/public.\"My orders\"", "bloat/public.\"My orders_pkey\"");
            assertThat(bloated.verdict(BLOAT).findings())
                    .extracting(Finding::explainedBy)
                    .as("the table stands for its index")
                    .containsExactly(null, "bloat/public.\"My orders\"");
            database.executeAs(
                    "app",
                    Objects.requireNonNull(Objects.requireNonNull(
                                    bloated.verdict(BLOAT).findings().get(0).remedy())
                            .sql()));

            Report rebuilt = sweepAfterReading(watch);
            assertThat(levelOf(rebuilt, BLOAT)).isEqualTo(OK);
            assertThat(rebuilt.verdict(BLOAT).seen().orElseThrow().relations())
                    .filteredOn(one -> one.table().equals("public.\"My orders\""))
                    .allSatisfy(one -> assertThat(one.ratio()).isZero());
        }
    }

    /** Neither extension comes with the server, and all that pgwatch looks at is whether it is there. */
    @ParameterizedTest
    @SupportedMajors
    void an_extension_that_rebuilds_tables_in_use_is_named(PgServer server) {
        try (FreshDatabase database = server.freshDatabase();
                Sweeper watch = watch(database, "app")) {
            bloat(database);
            database.execute(
                    "insert into pg_extension (oid, extname, extowner, extnamespace, extrelocatable, extversion)"
                            + " values (99999, 'pg_repack', 10, 11, false, '1.5')");

            Finding table = watch.sweep().verdict(BLOAT).findings().get(0);

            assertThat(table.remedy())
                    .extracting(Remedy::sql, Remedy::impact)
                    .containsExactly(null, Remedy.Impact.ONLINE);
            assertThat(Objects.requireNonNull(table.remedy()).text())
                    .contains(" pg_repack --dbname=" + database.name() + " --table='public.\"My orders\"'. ");
        }
    }

    @ParameterizedTest
    @SupportedMajors
    void a_role_without_grants_is_told_which_grant_it_lacks(PgServer server) {
        try (FreshDatabase database = server.freshDatabase();
                Sweeper watch = watch(database, "plain")) {
            bloat(database);

            Report blind = watch.sweep();

            assertThat(levelOf(blind, BLOAT)).isEqualTo(UNKNOWN);
            blind.verdict(BLOAT).fold(judged -> null, unknown -> {
                assertThat(unknown.cause()).isEqualTo(Cause.NOT_PERMITTED);
                String grant = Objects.requireNonNull(
                        Objects.requireNonNull(unknown.remedy()).sql());
                assertThat(grant).isEqualTo("GRANT SELECT ON public.\"My orders\" TO plain;");
                database.execute(grant);
                return null;
            });
            assertThat(levelOf(sweepAfterReading(watch), BLOAT)).isEqualTo(WARNING);
        }
    }

    @ParameterizedTest
    @SupportedMajors
    void an_index_whose_keys_only_rise_is_told_from_one_whose_table_was_emptied(PgServer server) {
        try (FreshDatabase database = server.freshDatabase();
                Sweeper watch = watch(database, "app")) {
            database.executeAs(
                    "app",
                    "create table queue (id bigint primary key, v text)",
                    "insert into queue select i, 'x' from generate_series(1, 150000) i",
                    "delete from queue where id % 100 <> 0");
            awaitCount(database, "queue", "n_dead_tup", 148_500);
            database.executeAs("app", "vacuum (truncate off) queue");
            awaitCount(database, "queue", "n_dead_tup", 0);
            database.executeAs("app", "insert into queue select i, 'x' from generate_series(150001, 298000) i");
            awaitCount(database, "queue", "n_live_tup", 149_500);
            database.executeAs("app", "vacuum (truncate off, analyze) queue");

            Finding finding = Sweeper.finding(watch.sweep(), BLOAT);

            assertThat(finding.id()).isEqualTo("bloat/public.queue_pkey");
            assertThat(finding.cause()).contains("emptier than its table (").contains("keys only rise");
        }
    }

    /** A session tells its counts when it ends, and what arrives after a VACUUM comes on top of what that has counted. */
    private static void awaitCount(Database database, String table, String column, int rows) {
        await().until(() -> database.ask(
                        "select " + column + " from pg_stat_user_tables where relname = '" + table + "'")
                .equals(Integer.toString(rows)));
    }

    @ParameterizedTest
    @EnumSource(
            value = ConnectionMode.class,
            names = {"PER_SWEEP", "POOLED"})
    void where_no_session_is_held_it_is_read_after_the_sweep_and_no_lock_stays(
            ConnectionMode mode, @Postgres PgServer server) {
        try (FreshDatabase database = server.freshDatabase();
                Sweeper watch = Sweeper.of(database.dataSource("app"), warningAt(1_700_000, mode))) {
            bloat(database);

            assertThat(levelOf(watch.sweep(), BLOAT)).isEqualTo(WARNING);
            assertThat(watch.collector().readSlowly()).as("nothing in between").isEqualTo(Long.MAX_VALUE);
            await().until(() -> database.ask("select count(*) from pg_locks where locktype = 'advisory'")
                    .equals("0")); // a backend ends a moment after its client
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = ConnectionMode.class,
            names = {"PER_SWEEP", "POOLED"})
    void where_no_session_is_held_and_another_watch_reads_it_is_elsewhere(
            ConnectionMode mode, @Postgres PgServer server) {
        try (FreshDatabase database = server.freshDatabase();
                Sweeper reads = Sweeper.of(database.dataSource("app"), warningAt(1_700_000, ConnectionMode.DEDICATED));
                Sweeper other = Sweeper.of(database.dataSource("app"), warningAt(1_700_000, mode))) {
            bloat(database);
            reads.sweep();

            Report left = other.sweep();

            assertThat(((Verdict.Unknown<Bloat>) left.verdict(BLOAT)).cause()).isEqualTo(Cause.ELSEWHERE);
        }
    }

    @ParameterizedTest
    @SupportedMajors
    void an_empty_database_is_ok(PgServer server) {
        try (FreshDatabase database = server.freshDatabase();
                Sweeper watch = watch(database, "plain")) {
            Verdict<Bloat> verdict = watch.sweep().verdict(BLOAT);

            assertThat(verdict.level()).isEqualTo(OK);
            assertThat(verdict.seen().orElseThrow().relations()).isEmpty();
        }
    }
}

package io.pgwatch.core;

import static io.pgwatch.core.Bloats.relation;
import static io.pgwatch.core.Bloats.unmeasured;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.pgwatch.core.bloat.Limits;
import io.pgwatch.snapshot.BloatSample;
import io.pgwatch.snapshot.Cause;
import io.pgwatch.snapshot.Reading;
import io.pgwatch.testsupport.FreshDatabase;
import io.pgwatch.testsupport.NoLeaks;
import io.pgwatch.testsupport.PgServer;
import io.pgwatch.testsupport.Postgres;
import io.pgwatch.testsupport.Standby;
import io.pgwatch.testsupport.SupportedMajors;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;

/** What is measured and what is not, what may run, and who reads. */
@NoLeaks
class BloatReadingIT {

    private static final Duration SLICE = Duration.ofSeconds(10);
    private static final Duration MINUTES = Duration.ofMinutes(6);

    /** A table of some fifty pages, half of it deleted. */
    private static final String[] BLOATED = {
        "create table bloated (id int primary key, v text) with (autovacuum_enabled = off)",
        "insert into bloated select i, 'value ' || i from generate_series(1, 10000) i",
        "delete from bloated where id % 2 = 0",
        "vacuum bloated"
    };

    @ParameterizedTest
    @SupportedMajors
    void what_cannot_be_measured_is_told_with_its_size_and_cause(PgServer server) {
        try (FreshDatabase database = server.freshDatabase()) {
            database.executeAs("app", BLOATED);
            database.execute(
                    "create table other (id int primary key, v int4range, words tsvector, at int)",
                    "insert into other select i, int4range(i, i + 1), to_tsvector('w' || i), i from generate_series(1, 2000) i",
                    "create index g on other using gin (words)",
                    "create index h on other using hash (at)",
                    "create index b on other using brin (at)",
                    "create index s on other using gist (v)",
                    "create index sp on other using spgist (v)",
                    "analyze other",
                    "grant select on other to plain",
                    "create table secret (id int)",
                    "insert into secret select generate_series(1, 5000)",
                    "analyze secret",
                    "create schema closed create table t (id int)",
                    "insert into closed.t values (1)",
                    "grant select on closed.t to plain",
                    "create table guarded (id int)",
                    "insert into guarded values (1)",
                    "alter table guarded enable row level security",
                    "grant select on guarded to plain");
            try (Bloats bloats = Bloats.of(database, "plain")) {
                BloatSample sample = bloats.readAll();

                assertThat(unmeasured(sample, "public.secret"))
                        .satisfies(one -> assertThat(one.cause()).isEqualTo(Cause.NOT_PERMITTED))
                        .satisfies(one -> assertThat(one.bytes()).isEqualTo(23 * 8192L))
                        .satisfies(one -> assertThat(one.grant()).isEqualTo("GRANT SELECT ON public.secret TO plain;"));
                assertThat(unmeasured(sample, "closed.t").grant()).isEqualTo("GRANT USAGE ON SCHEMA closed TO plain;");
                assertThat(unmeasured(sample, "public.guarded").detail()).contains("row security");
                for (String method : new String[] {"g gin", "h hash", "b brin", "s gist", "sp spgist"}) {
                    String[] words = method.split(" ");
                    assertThat(unmeasured(sample, "public." + words[0]))
                            .satisfies(one -> assertThat(one.kind()).isEqualTo(words[1]))
                            .satisfies(one -> assertThat(one.cause()).isEqualTo(Cause.NOT_SUPPORTED))
                            .satisfies(one -> assertThat(one.bytes())
                                    .isEqualTo(Long.parseLong(
                                            database.ask("select pg_relation_size('" + words[0] + "')"))));
                }
                assertThat(relation(sample, "public.other").ratio()).isZero();
                assertThat(unmeasured(sample, "public.bloated").cause()).isEqualTo(Cause.NOT_PERMITTED);

                for (String name : new String[] {"public.secret", "closed.t", "public.bloated"}) {
                    database.execute(
                            Objects.requireNonNull(unmeasured(sample, name).grant()));
                }
                BloatSample granted = bloats.readAllAfter(MINUTES);
                assertThat(granted.unmeasured())
                        .extracting(BloatSample.Unmeasured::relation)
                        .doesNotContain("public.secret", "closed.t", "public.bloated");
                assertThat(relation(granted, "public.bloated").ratio()).isBetween(0.4, 0.6);
                assertThat(relation(granted, "public.bloated_pkey").ratio()).isBetween(0.4, 0.6);
            }
        }
    }

    @ParameterizedTest
    @SupportedMajors
    void figures_that_cannot_be_read_anew_do_not_stay_for_ever(PgServer server) throws SQLException {
        try (FreshDatabase database = server.freshDatabase();
                Bloats bloats = Bloats.of(database, "app");
                Connection ddl = database.connect("postgres")) {
            database.executeAs("app", BLOATED);
            bloats.readAll();
            ddl.setAutoCommit(false);
            try (Statement statement = ddl.createStatement()) {
                statement.execute("lock table pg_depend in access exclusive mode");
            }

            assertThat(relation(bloats.readAllAfter(MINUTES), "public.bloated").ratio())
                    .isPositive();
            bloats.advance(Duration.ofHours(1));
            await().until(() -> {
                bloats.slice(SLICE);
                return bloats.reading().missing().isPresent();
            });
            assertThat(bloats.reading().missing()).hasValueSatisfying(missing -> {
                assertThat(missing.cause()).isEqualTo(Cause.TIMED_OUT);
                assertThat(missing.detail()).startsWith("bloat: ");
            });

            ddl.rollback();
            assertThat(relation(bloats.readAllAfter(MINUTES), "public.bloated").ratio())
                    .isPositive();
        }
    }

    @ParameterizedTest
    @SupportedMajors
    void nothing_that_others_planted_runs(PgServer server) {
        try (FreshDatabase database = server.freshDatabase()) {
            database.execute(
                    "create extension citext",
                    "create table trap (at timestamptz default clock_timestamp(), who text default current_user)",
                    "grant insert on trap to public",
                    "grant create on schema public to public",
                    "create function public.sprung() returns void language plpgsql security invoker as"
                            + " $$ begin raise exception 'SPRUNG by %', current_user; end $$",
                    "create function public.pg_column_size(text) returns int language sql as 'select public.sprung(); select 1'",
                    "create function public.pg_column_size(varchar) returns int language sql as 'select public.sprung(); select 1'",
                    "create function public.octet_length(varchar) returns int language sql as 'select public.sprung(); select 1'",
                    "create function public.evil_eq(varchar, varchar) returns boolean language sql as"
                            + " 'select public.sprung(); select true'",
                    "create operator public.= (leftarg = varchar, rightarg = varchar, function = public.evil_eq)",
                    "create function public.evil_add(int, int) returns int language sql as 'select public.sprung(); select 1'",
                    "create operator public.+ (leftarg = int, rightarg = int, function = public.evil_add)",
                    "create function public.evil_key(text) returns text language sql immutable as 'select $1'",
                    "create table baited (id int primary key, v varchar, c citext, n varchar default 'x' not null)"
                            + " with (autovacuum_enabled = off)",
                    "insert into baited select i, 'v' || i % 100, 'C' || i % 100 from generate_series(1, 5000) i",
                    "create index on baited (v)",
                    "create index on baited (c)",
                    "create index by_code on baited (public.evil_key(v))",
                    "create index by_state on baited (id) where public.evil_key(v) is not null",
                    "create or replace function public.evil_key(text) returns text language sql immutable as"
                            + " 'select public.sprung(); select $1'",
                    "alter table baited owner to plain",
                    "grant select on baited to monitor",
                    "alter role monitor set search_path = public, pg_catalog");
            try (Bloats bloats = Bloats.of(database, "monitor")) {
                BloatSample sample = bloats.readAll();

                assertThat(relation(sample, "public.baited").pagesRead()).isGreaterThan(20);
                assertThat(relation(sample, "public.baited_v_idx").ratio()).isLessThan(0.6);
                assertThat(relation(sample, "public.baited_c_idx").ratio()).isLessThan(0.6);
                assertThat(unmeasured(sample, "public.by_code").detail())
                        .isEqualTo(
                                "measuring it would run function public.evil_key(text), which is no part of PostgreSQL");
                assertThat(unmeasured(sample, "public.by_state").detail()).contains("public.evil_key(text)");
                assertThat(sample.unmeasured()).noneMatch(one -> one.detail().contains("SPRUNG"));
            } finally {
                database.execute("alter role monitor reset search_path");
            }
            try (Bloats bloats = Bloats.of(database, "monitor", new Limits(1, 1_000_000, true))) {
                BloatSample allowed = bloats.readAll();

                assertThat(unmeasured(allowed, "public.by_code").detail())
                        .as("the trap works")
                        .contains("SPRUNG by monitor");
                assertThat(relation(allowed, "public.baited_v_idx").ratio())
                        .as("one failing expression costs no other reading")
                        .isLessThan(0.6);
            }
        }
    }

    @Test
    void a_locked_table_costs_its_own_reading_only(@Postgres PgServer server) throws SQLException {
        try (FreshDatabase database = server.freshDatabase();
                Bloats bloats = Bloats.of(database, "app")) {
            database.executeAs("app", BLOATED);
            database.executeAs(
                    "app", "create table locked (id int)", "insert into locked select generate_series(1, 1000)");
            try (Connection blocker = database.connect("app");
                    Statement statement = blocker.createStatement()) {
                blocker.setAutoCommit(false);
                statement.execute("lock table locked");

                BloatSample sample = bloats.readAll();

                assertThat(unmeasured(sample, "public.locked").cause()).isEqualTo(Cause.TIMED_OUT);
                assertThat(relation(sample, "public.bloated").ratio()).isBetween(0.4, 0.6);
                blocker.rollback();
            }
            assertThat(relation(bloats.readAllAfter(MINUTES), "public.locked").ratio())
                    .isZero();
        }
    }

    @Test
    void a_table_that_goes_or_changes_between_two_slices_is_read_anew(@Postgres PgServer server) {
        try (FreshDatabase database = server.freshDatabase();
                Bloats bloats = Bloats.of(database, "app")) {
            database.executeAs(
                    "app",
                    "create table a (id int, v text) with (autovacuum_enabled = off)",
                    "insert into a select i, repeat('x', 100) from generate_series(1, 30000) i",
                    "analyze a");
            while (bloats.reading().taken().filter(seen -> seen.pending() == 0).isEmpty()) {
                bloats.step(Duration.ofMillis(50));
                database.executeAs("app", "truncate a", "insert into a values (1, 'x')");
            }
            assertThat(relation(bloats.readAll(), "public.a").ratio())
                    .as("never pages that are not there any more")
                    .isZero();

            database.executeAs("app", "drop table a");
            assertThat(bloats.readAllAfter(MINUTES).relations())
                    .noneMatch(one -> one.relation().equals("public.a"));
        }
    }

    @Test
    void strange_tables_are_measured_or_told(@Postgres PgServer server) {
        try (FreshDatabase database = server.freshDatabase();
                Bloats bloats = Bloats.of(database, "app")) {
            StringBuilder columns = new StringBuilder("c0 text");
            StringBuilder values = new StringBuilder("'x'");
            for (int i = 1; i < 1000; i++) {
                columns.append(", c").append(i).append(i % 2 == 0 ? " int" : " text");
                values.append(i < 300 ? ", " + (i % 2 == 0 ? "1" : "'t'") : ", null");
            }
            String longest = "x".repeat(63);
            database.executeAs(
                    "app",
                    "create table wide (" + columns + ")",
                    "insert into wide select " + values + " from generate_series(1, 300)",
                    "create table \"" + longest + "\" (\"" + longest + "\" int primary key)",
                    "insert into \"" + longest + "\" select generate_series(1, 1000)",
                    "create table no_columns ()",
                    "insert into no_columns default values",
                    "create table empty (id int primary key)",
                    "create table failing (id int, v int)",
                    "insert into failing select i, 1 from generate_series(1, 1000) i",
                    "create index by_quotient on failing ((10 / v))",
                    "create temporary table t (id int)");
            database.execute(
                    "alter table failing owner to app",
                    "update pg_index set indisready = false, indisvalid = false"
                            + " where indexrelid = 'by_quotient'::regclass");
            database.executeAs("app", "update failing set v = 0 where id = 500");

            BloatSample sample = bloats.readAll();

            assertThat(relation(sample, "public.wide").ratio()).isZero();
            assertThat(relation(sample, "public." + longest).ratio()).isZero();
            assertThat(relation(sample, "public." + "x".repeat(58) + "_pkey").ratio())
                    .isZero();
            assertThat(relation(sample, "public.no_columns").ratio()).isZero();
            assertThat(relation(sample, "public.empty_pkey").ratio()).isZero();
            assertThat(unmeasured(sample, "public.by_quotient").detail()).contains("division by zero");
            assertThat(relation(sample, "public.failing").ratio()).isZero();
            assertThat(sample.unmeasured()).noneMatch(one -> one.relation().contains("pg_temp"));
        }
    }

    @ParameterizedTest
    @SupportedMajors
    void of_several_watches_of_a_role_one_reads(PgServer server) throws SQLException {
        try (FreshDatabase database = server.freshDatabase();
                Bloats second = Bloats.of(database, "app");
                Bloats ofMany = Bloats.of(database, "app");
                Bloats ofAnother = Bloats.of(database, "plain")) {
            database.executeAs("app", BLOATED);
            try (Bloats first = Bloats.of(database, "app")) {
                first.readAll();

                assertThat(second.slice(SLICE)).isGreaterThan(TimeUnit.SECONDS.toNanos(10));
                assertThat(ofMany.slice(SLICE, Duration.ofMinutes(25))).isGreaterThan(TimeUnit.MINUTES.toNanos(18));
                Reading.Missing<BloatSample> missing =
                        second.reading().missing().orElseThrow();
                assertThat(missing.cause()).isEqualTo(Cause.ELSEWHERE);
                assertThat(missing.detail())
                        .contains(database.ask("select pid from pg_locks where locktype = 'advisory' and granted"));
                assertThat(unmeasured(ofAnother.readAll(), "public.bloated").cause())
                        .as("it may see other tables")
                        .isEqualTo(Cause.NOT_PERMITTED);
            }
            org.awaitility.Awaitility.await()
                    .until(() -> database.ask(
                                    "select count(*) from pg_stat_activity where usename = 'app' and datname ="
                                            + " current_database()")
                            .equals("2"));
            assertThat(relation(second.readAll(), "public.bloated").ratio()).isBetween(0.4, 0.6);
        }
    }

    @ParameterizedTest
    @SupportedMajors
    void a_holder_of_the_lock_that_asks_nothing_reads_for_nobody(PgServer server) {
        Limits impatient = new Limits(1, 1_000_000, false, Duration.ofSeconds(1));
        try (FreshDatabase database = server.freshDatabase();
                Bloats hangs = Bloats.of(database, "app");
                Bloats waits = Bloats.of(database, "app", impatient)) {
            hangs.readAll();
            String holder = database.ask("select pid from pg_locks where locktype = 'advisory' and granted");
            await().until(() -> database.ask(
                            "select clock_timestamp() - state_change > interval '1 s' from pg_stat_activity where pid = "
                                    + holder)
                    .equals("t"));

            waits.slice(SLICE);

            assertThat(waits.reading().missing()).hasValueSatisfying(missing -> {
                assertThat(missing.cause()).isEqualTo(Cause.STALE);
                assertThat(missing.detail())
                        .startsWith("session " + holder)
                        .contains("has the lock for reading tables, and has asked nothing");
            });
        }
    }

    @Test
    void a_standby_is_measured_but_for_its_unlogged_tables(@Postgres PgServer server) {
        try (FreshDatabase database = server.freshDatabase()) {
            database.executeAs("app", BLOATED);
            database.executeAs("app", "create unlogged table unlogged (id int)", "insert into unlogged values (1)");
            try (Standby standby = Standby.of(server)) {
                standby.catchUp();
                try (Bloats bloats = Bloats.of(standby.server().database(database.name()), "app")) {
                    BloatSample sample = bloats.readAll();

                    assertThat(relation(sample, "public.bloated").ratio()).isBetween(0.4, 0.6);
                    assertThat(unmeasured(sample, "public.unlogged").cause()).isEqualTo(Cause.NOT_APPLICABLE);
                }
            }
        }
    }

    @Test
    void what_changed_or_is_old_is_measured_again(@Postgres PgServer server) {
        try (FreshDatabase database = server.freshDatabase();
                Bloats bloats = Bloats.of(database, "app")) {
            database.executeAs("app", BLOATED);
            var first = relation(bloats.readAll(), "public.bloated_pkey");

            assertThat(relation(bloats.readAllAfter(MINUTES), "public.bloated_pkey")
                            .measuredAt())
                    .isEqualTo(first.measuredAt());

            database.executeAs("app", "reindex table bloated", "vacuum analyze bloated");
            var rebuilt = relation(bloats.readAllAfter(MINUTES), "public.bloated_pkey");
            assertThat(rebuilt.ratio()).isZero();

            assertThat(relation(bloats.readAllAfter(Duration.ofHours(25)), "public.bloated_pkey")
                            .measuredAt())
                    .isAfter(rebuilt.measuredAt());
        }
    }

    @Test
    void the_allowance_of_pages_is_kept(@Postgres PgServer server) {
        try (FreshDatabase database = server.freshDatabase();
                Bloats bloats = Bloats.of(database, "app", new Limits(1, 1, false))) {
            database.executeAs("app", BLOATED);
            long wait = 0;
            while (wait < TimeUnit.SECONDS.toNanos(1)) { // until it is used up
                wait = bloats.slice(SLICE);
            }
            int read = bloats.reading().taken().orElseThrow().relations().stream()
                    .filter(one -> one.kind() == BloatSample.Kind.HEAP)
                    .mapToInt(BloatSample.Relation::pagesRead)
                    .sum();
            assertThat(read).as("150 saved up, and what the last table took").isBetween(30, 1150);
            assertThat(bloats.slice(SLICE)).as("nothing until then").isGreaterThan(TimeUnit.MILLISECONDS.toNanos(500));
        }
    }
}

package io.pgwatch.core;

import static io.pgwatch.core.Bloats.relation;
import static io.pgwatch.core.Bloats.unmeasured;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.pgwatch.snapshot.BloatSample;
import io.pgwatch.snapshot.BloatSample.Relation;
import io.pgwatch.snapshot.BloatSample.Unmeasured;
import io.pgwatch.snapshot.Cause;
import io.pgwatch.testsupport.FreshDatabase;
import io.pgwatch.testsupport.NoLeaks;
import io.pgwatch.testsupport.PgServer;
import io.pgwatch.testsupport.Postgres;
import io.pgwatch.testsupport.SupportedMajors;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What others do to tables while they are being measured, and what stands in them, costs one reading at most. */
@NoLeaks
class BloatBadInputIT {

    private static final Duration SHORT = Duration.ofMillis(2);

    /** A table that takes more than one step, since its pages differ, and another. */
    private static final String[] TABLES = {
        "create schema s",
        "grant usage on schema s to plain",
        "create table s.a (id int primary key, v text) with (autovacuum_enabled = off)",
        "insert into s.a select i, repeat('x', i % 200) from generate_series(1, 200000) i",
        "delete from s.a where (id / 3000) % 3 = 0 and random() < 0.9",
        "create table s.b (id int primary key) with (autovacuum_enabled = off)",
        "insert into s.b select generate_series(1, 1000)",
        "grant select on s.a, s.b to plain",
        "analyze s.a",
        "analyze s.b"
    };

    /** Goes on until the first table, which is the largest, has been begun and is not done. */
    private static void begin(Bloats bloats) {
        while (bloats.reading().taken().isEmpty()) {
            bloats.step(SHORT);
        }
        bloats.step(SHORT);
        assertThat(bloats.reading().taken().orElseThrow().relations())
                .as("not done yet")
                .noneMatch(one -> one.table().equals("s.a"));
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "drop table s.a | ",
                "truncate s.a | ",
                "vacuum full s.a | 0.0",
                "alter table s.a alter v type varchar(300), alter id type bigint | 0.0",
                "delete from s.a | 1.0",
                "revoke select on s.a from plain | NOT_PERMITTED",
                "revoke usage on schema s from plain | NOT_PERMITTED",
                "alter table s.a enable row level security | NOT_PERMITTED",
            })
    void a_table_that_changes_between_two_steps_costs_its_own_reading_at_most(
            String change, String expected, @Postgres PgServer server) {
        try (FreshDatabase database = server.freshDatabase();
                Bloats bloats = Bloats.of(database, "plain")) {
            database.executeAs("app", TABLES);
            begin(bloats);
            database.executeAs("app", change);

            BloatSample sample = bloats.readAll();

            if (expected == null) {
                assertThat(sample.relations().stream().filter(one -> one.table().equals("s.a")))
                        .allSatisfy(one -> assertThat(one.ratio()).isZero());
                assertThat(sample.unmeasured()).noneMatch(one -> one.relation().equals("s.a"));
            } else if (expected.equals("NOT_PERMITTED")) {
                assertThat(unmeasured(sample, "s.a").cause()).isEqualTo(Cause.NOT_PERMITTED);
            } else {
                assertThat(relation(sample, "s.a").ratio()).isCloseTo(Double.parseDouble(expected), within(0.01));
            }
            if (!change.contains("schema")) {
                assertThat(relation(sample, "s.b").ratio()).isZero();
            }
        }
    }

    @Test
    void a_table_that_is_locked_between_two_steps_costs_its_own_reading_only(@Postgres PgServer server)
            throws SQLException {
        try (FreshDatabase database = server.freshDatabase();
                Bloats bloats = Bloats.of(database, "plain")) {
            database.executeAs("app", TABLES);
            begin(bloats);
            try (Connection blocker = database.connect("app");
                    Statement statement = blocker.createStatement()) {
                blocker.setAutoCommit(false);
                statement.execute("lock table s.a");

                BloatSample sample = bloats.readAll();

                Unmeasured locked = unmeasured(sample, "s.a");
                assertThat(locked.cause()).isEqualTo(Cause.TIMED_OUT);
                assertThat(locked.bytes())
                        .isEqualTo(Long.parseLong(
                                        database.ask("select sum(relpages) * 8192 from pg_class where oid = 's.a'"
                                                + "::regclass or oid = 's.a_pkey'::regclass"))
                                + toastBytes(database));
                assertThat(relation(sample, "s.b").ratio()).isZero();
                blocker.rollback();
            }
        }
    }

    private static long toastBytes(FreshDatabase database) {
        return Long.parseLong(
                database.ask(
                        "select coalesce(sum(i.relpages), 0) * 8192 from pg_class c join pg_index x on"
                                + " x.indrelid = c.reltoastrelid join pg_class i on i.oid = x.indexrelid where c.relname = 'a'"));
    }

    @ParameterizedTest
    @SupportedMajors
    void a_locked_index_costs_its_own_reading_where_the_server_can_do_without(PgServer server) throws SQLException {
        try (FreshDatabase database = server.freshDatabase();
                Bloats bloats = Bloats.of(database, "plain")) {
            database.executeAs("app", TABLES);
            database.execute("vacuum s.a");
            String toast = database.ask("select i.indexrelid::regclass from pg_class c join pg_index i on i.indrelid ="
                    + " c.reltoastrelid where c.oid = 's.a'::regclass");
            try (Connection blocker = database.connect("postgres");
                    Statement statement = blocker.createStatement()) {
                blocker.setAutoCommit(false);
                statement.execute("reindex index " + toast);

                BloatSample sample = bloats.readAll();

                assertThat(unmeasured(sample, toast).detail()).isEqualTo("it is locked");
                assertThat(unmeasured(sample, toast).bytes()).isEqualTo(8192);
                assertThat(relation(sample, "s.a").ratio()).isGreaterThan(0.2);
                blocker.rollback();
            }
            try (Connection blocker = database.connect("app");
                    Statement statement = blocker.createStatement()) {
                blocker.setAutoCommit(false);
                statement.execute("reindex index s.a_pkey");

                Unmeasured all = unmeasured(bloats.readAllAfter(Duration.ofHours(25)), "s.a");
                assertThat(all.cause()).isEqualTo(Cause.TIMED_OUT);
                assertThat(all.bytes()).isGreaterThan(20_000_000);
                blocker.rollback();
            }
        }
    }

    @ParameterizedTest
    @SupportedMajors
    void values_that_cannot_be_shown_are_measured(PgServer server) {
        try (FreshDatabase database = server.freshDatabase();
                Bloats bloats = Bloats.of(database, "app")) {
            database.execute(
                    "create type mute",
                    "create function mute_in(cstring) returns mute language internal immutable strict as 'int4in'",
                    "create function mute_out(mute) returns cstring language internal immutable strict as 'shell_out'",
                    "create type mute (input = mute_in, output = mute_out, internallength = 4, alignment = int4,"
                            + " passedbyvalue)",
                    "create table shy (id int primary key, m mute, n mute default '5') with (autovacuum_enabled = off)",
                    "insert into shy select i, '7' from generate_series(1, 10000) i",
                    "alter table shy add later mute default '9'",
                    "delete from shy where id % 2 = 0",
                    "alter table shy owner to app");
            assertThatThrownBy(() -> database.ask("select m from shy limit 1")).hasMessageContaining("shell type");

            BloatSample sample = bloats.readAll();

            assertThat(relation(sample, "public.shy").ratio()).isBetween(0.45, 0.55);
            assertThat(sample.unmeasured()).noneMatch(one -> one.relation().contains("shy"));
        }
    }

    @ParameterizedTest
    @SupportedMajors
    void an_operator_class_whose_functions_others_can_change_is_not_run(PgServer server) {
        try (FreshDatabase database = server.freshDatabase();
                Bloats bloats = Bloats.of(database, "monitor")) {
            database.execute(
                    "create function public.cmp(int, int) returns int language sql immutable as"
                            + " 'select case when $1 < $2 then -1 when $1 > $2 then 1 else 0 end'",
                    "create function public.eq(int, int) returns boolean language plpgsql immutable as"
                            + " $$ begin if current_user = 'monitor' then raise exception 'SPRUNG'; end if;"
                            + " return public.cmp($1, $2) = 0; end $$",
                    "create function public.image(oid) returns boolean language sql immutable as 'select true'",
                    "create operator public.=== (leftarg = int, rightarg = int, function = public.eq)",
                    "create operator class public.planted for type int using btree as operator 3 public.===,"
                            + " function 1 public.cmp(int, int), function 4 public.image(oid)",
                    "create table baited (id int primary key, v int)",
                    "insert into baited select i, i % 10 from generate_series(1, 1000) i",
                    "create index by_planted on baited (v public.planted)",
                    "grant select on baited to monitor");

            BloatSample sample = bloats.readAll();

            assertThat(unmeasured(sample, "public.by_planted").detail())
                    .startsWith("measuring it would run function public.cmp(integer,integer)");
            assertThat(relation(sample, "public.baited").ratio()).isZero();
        }
    }

    @Test
    void every_partition_is_measured_by_itself(@Postgres PgServer server) {
        try (FreshDatabase database = server.freshDatabase();
                Bloats bloats = Bloats.of(database, "app")) {
            database.executeAs(
                    "app",
                    "create table parted (id int primary key, v text) partition by range (id)",
                    "do $$ begin for i in 0..999 loop execute format('create table p_%s partition of parted for values from"
                            + " (%s) to (%s) with (autovacuum_enabled = off)', i, i * 100, i * 100 + 100); end loop; end $$",
                    "insert into parted select i, repeat('x', 500) from generate_series(0, 99999) i",
                    "delete from parted where id % 4 <> 0",
                    "analyze parted");

            BloatSample sample = bloats.readAllAfter(Duration.ofMinutes(6));

            assertThat(sample.relations().stream()
                            .filter(one -> one.relation().matches("public\\.p_\\d+"))
                            .map(Relation::ratio))
                    .hasSizeGreaterThan(900)
                    .allSatisfy(ratio -> assertThat(ratio).isGreaterThan(0.6));
        }
    }
}

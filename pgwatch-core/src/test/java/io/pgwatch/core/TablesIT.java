package io.pgwatch.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.pgwatch.evidence.ProbeIds;
import io.pgwatch.snapshot.Cause;
import io.pgwatch.snapshot.Reading;
import io.pgwatch.snapshot.Section;
import io.pgwatch.snapshot.Tables;
import io.pgwatch.snapshot.Tables.Table;
import io.pgwatch.testsupport.Database;
import io.pgwatch.testsupport.FreshDatabase;
import io.pgwatch.testsupport.MovableClock;
import io.pgwatch.testsupport.PgServer;
import io.pgwatch.testsupport.Postgres;
import io.pgwatch.testsupport.SupportedMajors;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;

/** How the tables that wait for VACUUM are found, and kept in sight. */
class TablesIT {

    private static final Duration TIME = Duration.ofSeconds(30);

    @Test
    void that_an_application_makes_are_seen_at_once(@Postgres PgServer server) {
        try (FreshDatabase database = server.freshDatabase();
                Sweeper watch = Sweeper.of(database.dataSource("app"))) {
            assertThat(watch.sweep().verdict(ProbeIds.VACUUM).summary()).isEqualTo("the database has no table yet");

            database.execute("create table t (id int primary key)");

            assertThat(watch.sweepAfter(Duration.ofSeconds(15))
                            .verdict(ProbeIds.VACUUM)
                            .summary())
                    .isEqualTo("no table is above its trigger");
        }
    }

    @ParameterizedTest
    @SupportedMajors
    void tells_the_tables_with_dead_rows_the_worst_first(PgServer server) throws SQLException {
        try (FreshDatabase database = server.freshDatabase();
                Connection other = database.connect("app");
                Statement session = other.createStatement()) {
            session.execute(
                    "create temporary table mine with (autovacuum_enabled = off) as select generate_series(1, 5000) i");
            session.execute("delete from mine");
            prepare(
                    database,
                    "create schema \"a b\"",
                    table("\"a b\".\"wor\"\"st\"", "", 1000),
                    table(
                            "own",
                            ", autovacuum_vacuum_threshold = ' 0x0A ', autovacuum_vacuum_scale_factor = 0.05",
                            1000),
                    table("below", "", 1000),
                    table("calm", "", 1000),
                    "create table long_values (i int, v text) with (autovacuum_enabled = off)",
                    "alter table long_values alter v set storage external",
                    "insert into long_values select i, repeat('x', 5000) from generate_series(1, 100) i",
                    "delete from \"a b\".\"wor\"\"st\" where i <= 900",
                    "delete from own where i <= 61",
                    "delete from below where i <= 61",
                    "delete from long_values");

            await("the counts arrive, on 14 a moment later")
                    .atMost(TIME)
                    .until(() -> read(database, "plain", new TableWatch(Clock.systemUTC())).tables().stream()
                            .anyMatch(table -> "public.long_values".equals(table.toastOf())));
            for (String role : List.of("postgres", "monitor", "plain")) {
                Tables tables = read(database, role, new TableWatch(Clock.systemUTC()));

                assertThat(tables.complete()).isTrue();
                assertThat(tables.relations())
                        .as("six tables, one TOAST table and its index")
                        .isEqualTo(8);
                assertThat(tables.tables())
                        .filteredOn(table -> !table.table().matches("pg_.*|information_schema.*"))
                        .extracting(Table::table)
                        .as(role)
                        .startsWith("\"a b\".\"wor\"\"st\"")
                        .containsExactlyInAnyOrder(
                                "\"a b\".\"wor\"\"st\"", "public.own", "public.below", "public.long_values");
                Table worst = named(tables, "\"a b\".\"wor\"\"st\"");
                assertThat(worst.deadRows()).isEqualTo(900);
                assertThat(worst.trigger().dead()).isEqualTo(250);
                assertThat(worst.trigger().enabled()).isFalse();
                assertThat(worst.liveRows()).isEqualTo(100);
                assertThat(worst.estimatedRows()).isEqualTo(1000);
                assertThat(worst.bytes()).isEqualTo(5 * 8192);
                assertThat(named(tables, "public.own").trigger().dead()).isEqualTo(60);
                assertThat(named(tables, "public.below").isDue()).isFalse();
                Table toast = tables.tables().stream()
                        .filter(table -> "public.long_values".equals(table.toastOf()))
                        .findFirst()
                        .orElseThrow();
                assertThat(toast.deadRows()).isEqualTo(300);
                assertThat(toast.trigger().enabled()).isFalse();
                assertThat(toast.bytes()).isBetween(500_000L, 700_000L);
            }
        }
    }

    @Test
    void goes_round_a_database_of_many_tables_and_keeps_the_worst_in_sight(@Postgres PgServer server)
            throws SQLException {
        try (FreshDatabase database = server.freshDatabase()) {
            prepare(
                    database,
                    "do $$ begin for n in 1..4100 loop execute 'create table t' || n || ' (i int)';"
                            + " if n % 500 = 0 then commit; end if; end loop; end $$",
                    table("last_one", "", 1000),
                    "delete from last_one where i <= 900");
            TableWatch watch = new TableWatch(Clock.systemUTC());

            Tables first = read(database, "plain", watch);
            assertThat(first.complete()).isFalse();
            assertThat(watch.isCalm()).as("not all have been looked at").isFalse();
            assertThat(first.seen()).as("catalogs come first, and do not count").isBetween(500L, 1200L);
            assertThat(users(first)).isEmpty();
            assertThat(read(database, "plain", watch).seen() - first.seen()).isBetween(1100L, 1700L);
            assertThat(read(database, "plain", watch).complete()).isFalse();
            Tables last = read(database, "plain", watch);
            assertThat(last.relations()).isEqualTo(4101);
            assertThat(users(last)).containsExactly("public.last_one");
            assertThat(watch.isCalm()).as("one is above its trigger").isFalse();

            database.executeAs("app", "alter table last_one rename to other_name");
            Tables next = read(database, "plain", watch);
            assertThat(next.seen()).isEqualTo(4101);
            assertThat(users(next)).as("listed though it looks elsewhere").containsExactly("public.other_name");

            database.executeAs("app", "drop table other_name");
            Tables after = read(database, "plain", watch);
            assertThat(users(after)).isEmpty();
            assertThat(after.relations()).isEqualTo(4101);
            assertThat(watch.looks()).isEqualTo(4);

            database.execute("vacuum");
            read(database, "plain", watch);
            assertThat(watch.isCalm())
                    .as("in the midst of a turn, and none is above its trigger")
                    .isTrue();
        }
    }

    @Test
    void tells_since_when_a_table_is_above_its_trigger_and_whether_it_was_vacuumed(@Postgres PgServer server)
            throws SQLException {
        try (FreshDatabase database = server.freshDatabase()) {
            prepare(database, table("held", "", 1000));
            MovableClock clock = new MovableClock();
            TableWatch watch = new TableWatch(clock);
            try (Connection reader = database.connect("app");
                    Statement transaction = reader.createStatement()) {
                reader.setAutoCommit(false);
                reader.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
                transaction.executeQuery("select count(*) from held").close();
                prepare(database, "delete from held where i <= 900");
                Table seen = named(read(database, "plain", watch), "public.held");
                clock.advance(Duration.ofMinutes(5));
                Table again = named(read(database, "plain", watch), "public.held");
                assertThat(again.aboveSince()).isEqualTo(seen.aboveSince()).isNotNull();
                assertThat(again.vacuumedSince()).isFalse();

                prepare(database, "vacuum held");
                Table inVain = named(read(database, "plain", watch), "public.held");
                assertThat(inVain.deadRows()).isEqualTo(900);
                assertThat(inVain.vacuumedSince()).isTrue();
                reader.rollback();
            }
            prepare(database, "vacuum held");
            assertThat(users(read(database, "plain", watch))).isEmpty();
            prepare(database, "insert into held select generate_series(1, 900)", "delete from held");
            Table anew = named(read(database, "plain", watch), "public.held");
            assertThat(anew.aboveSince()).isAfter(clock.instant().minusSeconds(60));
            assertThat(anew.vacuumedSince()).isFalse();

            clock.advance(Duration.ofMinutes(5));
            prepare(database, "vacuum held", "insert into held select generate_series(1, 400)", "delete from held");
            assertThat(named(read(database, "plain", watch), "public.held"))
                    .as("that VACUUM helped, and new rows have died since")
                    .satisfies(busy -> assertThat(busy.deadRows()).isEqualTo(400))
                    .satisfies(busy -> assertThat(busy.vacuumedSince()).isFalse())
                    .satisfies(busy -> assertThat(busy.aboveSince())
                            .isAfter(clock.instant().minusSeconds(60)));

            clock.advance(Duration.ofMinutes(5));
            watch.leftTo(Optional.of(new Reading.Missing<>(Cause.ELSEWHERE, "another one looks")));
            assertThat(named(read(database, "plain", watch), "public.held").aboveSince())
                    .as("while another looks it may come down")
                    .isAfter(clock.instant().minusSeconds(60));
        }
    }

    @Test
    void an_option_that_no_longer_parses_breaks_nothing(@Postgres PgServer server) throws SQLException {
        try (FreshDatabase database = server.freshDatabase()) {
            prepare(database, table("odd", "", 1000), "delete from odd where i <= 900");
            database.execute("update pg_class set reloptions = '{autovacuum_enabled=f,autovacuum_vacuum_threshold=none,"
                    + "autovacuum_vacuum_scale_factor=1e400}' where relname = 'odd'");

            Table odd = named(read(database, "plain", new TableWatch(Clock.systemUTC())), "public.odd");

            assertThat(odd.trigger().enabled()).isFalse();
            assertThat(odd.trigger().threshold()).isEqualTo(50);
        }
    }

    /** Each in a session of its own, which tells its counts when it ends, a moment after the client has closed it. */
    @ParameterizedTest
    @SupportedMajors
    void a_table_full_of_dead_rows_that_nobody_may_remove_is_told_as_large_as_it_is(PgServer server)
            throws SQLException {
        try (FreshDatabase database = server.freshDatabase();
                OpenSessions open = new OpenSessions()) {
            prepare(database, table("t", "", 1000));
            open.repeatableRead(database, "keeps all of them");
            for (int i = 0; i < 20; i++) {
                database.executeAs("app", "update t set i = i + 1");
            }
            database.execute("vacuum analyze t");
            database.executeAs("app", "update t set i = i + 1", "update t set i = i + 1");
            await().atMost(TIME)
                    .until(() -> database.ask("select pg_stat_get_mod_since_analyze('t'::regclass)")
                            .equals("2000"));

            Table small = named(read(database, "plain", new TableWatch(Clock.systemUTC())), "public.t");

            assertThat(small.deadRows()).isEqualTo(22_000);
            long bytes = Long.parseLong(database.ask("select pg_relation_size('t')"));
            assertThat(small.bytes()).isBetween(bytes * 9 / 10, bytes * 11 / 10);
        }
    }

    /** Each by a session of its own that has ended, so that it has told the server what it changed. */
    private static void prepare(Database database, String... statements) {
        for (String statement : statements) {
            for (String one : statement.contains("do $$") ? new String[] {statement} : statement.split(";")) {
                database.executeAs("app", one);
                await().pollDelay(Duration.ZERO)
                        .pollInterval(Duration.ofMillis(5))
                        .atMost(TIME)
                        .until(() -> database.ask(
                                        "select count(*) from pg_stat_activity where usename = 'app' and datname"
                                                + " = current_database() and query = $q$" + one + "$q$")
                                .equals("0"));
            }
        }
    }

    private static String table(String name, String options, int rows) {
        return "create table " + name + " with (autovacuum_enabled = off" + options + ") as select generate_series(1, "
                + rows + ") i; vacuum analyze " + name;
    }

    private static List<String> users(Tables tables) {
        return tables.tables().stream()
                .map(Table::table)
                .filter(name -> name.startsWith("public."))
                .toList();
    }

    private static Table named(Tables tables, String name) {
        return tables.tables().stream()
                .filter(table -> table.table().equals(name))
                .findFirst()
                .orElseThrow(() -> new AssertionError(name + " is not among " + tables));
    }

    private static Tables read(Database database, String role, TableWatch watch) throws SQLException {
        Query<Tables> query = Query.joined(Tables.SECTION, () -> Duration.ZERO, watch::parameters, watch::read);
        try (Session session = new Session(database.connect(role), false, TIME, TIME, null)) {
            Map<Section<?>, Reading<?>> read = new Reader(List.of(query), Clock.systemUTC()).read(session, Map.of());
            return (Tables) ((Reading.Taken<?>) read.get(Tables.SECTION)).value();
        }
    }
}

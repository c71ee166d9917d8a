package io.pgwatch.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.pgwatch.core.bloat.BloatReading;
import io.pgwatch.snapshot.BloatSample;
import io.pgwatch.snapshot.LockWaits;
import io.pgwatch.snapshot.OldestTables;
import io.pgwatch.snapshot.Reading;
import io.pgwatch.snapshot.Reading.Taken;
import io.pgwatch.snapshot.Section;
import io.pgwatch.snapshot.Server;
import io.pgwatch.snapshot.Tables;
import io.pgwatch.testsupport.FreshDatabase;
import io.pgwatch.testsupport.NoLeaks;
import io.pgwatch.testsupport.PgServer;
import io.pgwatch.testsupport.SupportedMajors;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.params.ParameterizedTest;

/** Whether anything that others can put on the way of a watch's role runs in a sweep, whatever the sweep reads. */
@NoLeaks
class HostileSchemaIT {

    private static final Duration BUDGET = Duration.ofSeconds(20);

    private static final List<String> NAMES_OF_TYPES =
            List.of("text", "name", "oid", "regclass", "xid", "float8", "bool", "int4", "interval", "pg_class");

    @ParameterizedTest
    @SupportedMajors(
            with = {"max_prepared_transactions=5", "autovacuum_freeze_max_age=100000", "autovacuum_naptime=2147483"})
    void nothing_planted_on_the_search_path_runs_in_any_section(PgServer server) throws Exception {
        try (FreshDatabase database = server.freshDatabase();
                AutoCloseable prepared = () -> database.execute("rollback prepared 'in the way'");
                OpenSessions open = new OpenSessions()) {
            Traps.set(database);
            makeEverySectionTellSomething(database, open);
            server.execute(
                    "drop role if exists baited",
                    "create role baited login",
                    "alter role baited set search_path = traps, pg_catalog");
            assertTrapsWork(database);
            int logged = server.log().length();

            try (Connection own = database.connect("baited")) {
                assertAllIsRead(readAll(own, false), "on a connection of its own");
            }
            try (Connection borrowed = database.connect("baited")) {
                assertAllIsRead(readAll(borrowed, true), "on a borrowed one");
            }
            try (Connection used = database.connect("baited")) {
                makeTemporaryTables(used);
                assertAllIsRead(readAll(used, true), "on one that had another use before");
            }
            assertThat(server.log().substring(logged)).doesNotContain(Traps.SPRUNG);
        }
    }

    private static void assertTrapsWork(FreshDatabase database) {
        for (String harmless : List.of(
                "select age('1'::pg_catalog.xid)",
                "select current_setting('port')",
                "select 4 / 2",
                "select max(1)",
                "select 1 where 'a'::pg_catalog.name = 'b'::pg_catalog.name",
                "select '1'::pg_catalog.oid = any (array['1'::pg_catalog.oid])",
                "select datname from pg_database",
                "select pid from pg_stat_activity",
                "select 'a'::text",
                "select '1'::oid")) {
            assertThatThrownBy(() -> database.executeAs("baited", harmless))
                    .as(harmless)
                    .hasMessageContaining(Traps.SPRUNG);
        }
    }

    /** Each brings a type of its name, and the schema of what is temporary goes before all others. */
    private static void makeTemporaryTables(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            for (String name : NAMES_OF_TYPES) {
                statement.execute("create temporary table " + name + " (i integer)");
            }
        }
    }

    /** Old tables, and who waits for a session and for a prepared transaction: what is read on its occasion alone. */
    private static void makeEverySectionTellSomething(FreshDatabase database, OpenSessions open) throws SQLException {
        database.execute("grant all on schema public to app");
        database.executeAs(
                "app",
                "create table t (i int primary key, v text) with (autovacuum_enabled = off)",
                "insert into t select i, 'v' || i from generate_series(1, 5000) i",
                "delete from t where i > 1000",
                "create index on t (v)",
                "grant select on t to public");
        open.inTransaction(database, "writer", "update t set v = '' where i = 1");
        open.inTransaction(database, "preparer", "update t set v = '' where i = 2", "prepare transaction 'in the way'");
        waitFor(1, open.idle(database, "waiter"));
        waitFor(2, open.idle(database, "waiter"));
        await().until(() ->
                database.ask("select count(*) from pg_locks where not granted").equals("2"));
        database.execute(
                "set synchronous_commit = off",
                "do $$ begin for i in 1..150000 loop perform pg_current_xact_id(); commit; end loop; end $$");
    }

    private static void waitFor(int row, Connection connection) {
        CompletableFuture.runAsync(() -> {
            try (Statement statement = connection.createStatement()) {
                statement.execute("update t set v = '' where i = " + row);
            } catch (SQLException ended) {
                // with the test
            }
        });
    }

    private static Map<Section<?>, Reading<?>> readAll(Connection connection, boolean borrowed) throws SQLException {
        try (Session session = new Session(connection, borrowed, BUDGET, BUDGET, null)) {
            Map<Section<?>, Reading<?>> read = new HashMap<>(new Reader(
                            Queries.all(Clock.systemUTC(), true, new Crowd(() -> false, Optional::empty)),
                            Clock.systemUTC())
                    .read(session, Map.of()));
            BloatReading bloat = new BloatReading(SlowReading.TEXTS, Clock.systemUTC(), Bloats.GENEROUS);
            bloat.slice(session, BUDGET, Duration.ZERO);
            read.put(BloatSample.SECTION, bloat.reading());
            return read;
        }
    }

    private static void assertAllIsRead(Map<Section<?>, Reading<?>> read, String how) {
        assertThat(read)
                .as(how)
                .hasSize(11)
                .allSatisfy((section, reading) ->
                        assertThat(reading).as(section.name()).isInstanceOf(Taken.class));
        assertThat(taken(read, Server.SECTION).id()).as(how).isNotNull();
        LockWaits waits = taken(read, LockWaits.SECTION);
        assertThat(waits.waiters()).hasSize(2);
        assertThat(waits.waiters().stream().flatMap(waiter -> waiter.prepared().stream()))
                .containsExactly("in the way");
        assertThat(taken(read, OldestTables.SECTION).tables()).isNotEmpty();
        assertThat(taken(read, Tables.SECTION).tables())
                .extracting(Tables.Table::table)
                .contains("public.t");
        BloatSample bloat = taken(read, BloatSample.SECTION);
        assertThat(Bloats.relation(bloat, "public.t_v_idx").pagesRead()).isPositive();
    }

    private static <T> T taken(Map<Section<?>, Reading<?>> read, Section<T> section) {
        return section.type().cast(((Taken<?>) read.get(section)).value());
    }
}

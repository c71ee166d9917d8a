package io.pgwatch.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.pgwatch.Report;
import io.pgwatch.core.probes.BloatProbe;
import io.pgwatch.core.probes.HorizonProbe;
import io.pgwatch.core.probes.IdleInTransactionProbe;
import io.pgwatch.core.probes.PoolSaturationProbe;
import io.pgwatch.core.probes.VacuumProbe;
import io.pgwatch.probe.Finding;
import io.pgwatch.probe.Remedy;
import io.pgwatch.testsupport.FreshDatabase;
import io.pgwatch.testsupport.NoLeaks;
import io.pgwatch.testsupport.PgServer;
import io.pgwatch.testsupport.SupportedMajors;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;

/** Whether the SQL that is told hits what it is told of, and no other thing, whatever those who name things call them. */
@NoLeaks
class HostileNamesIT {

    /** Breaks out of a line, of a comment, of quotes and of a page, steers a terminal, writes backwards and what nobody sees. */
    private static final String HOSTILE = "x\n;DROP TABLE victim;--\u001b[31m\u202e\u200b\"'\\{}<b>&";

    /** What a terminal or a page might make of it: those who are not meant. */
    private static final List<String> OTHERS = List.of(shown(" "), shown("?"), shown(""));

    private static final Duration NEVER = Duration.ofHours(1);

    private static String shown(String inPlace) {
        return HOSTILE.replaceAll("[\\p{Cc}\\p{Cf}]", inPlace);
    }

    @ParameterizedTest
    @SupportedMajors(with = {"max_prepared_transactions=10", "autovacuum_naptime=2147483"})
    void the_sql_of_remedies_hits_what_is_meant_and_nothing_else(PgServer server) throws Exception {
        try (AutoCloseable roles = roles(server);
                FreshDatabase database = server.freshDatabase();
                AutoCloseable prepared = prepared(database);
                OpenSessions open = new OpenSessions(HOSTILE)) {
            createTables(database);
            database.execute("vacuum");
            bloat(database, HOSTILE);
            prepare(database, open);
            open.inTransaction(database, HOSTILE, "insert into z values (1)");
            for (int i = 0; i < 14; i++) {
                open.idle(database, HOSTILE);
            }
            database.execute("do $$ begin for i in 1..200 loop perform pg_current_xact_id(); commit; end loop; end $$");

            String text = told(database);
            assertThat(text.replace("\n", "")).doesNotContainPattern("[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}]");

            String told = "(ALTER TABLE|VACUUM|REINDEX|ALTER ROLE|ROLLBACK|SELECT pg_terminate).*";
            List<String> statements = text.lines()
                    .map(String::strip)
                    .filter(line -> line.matches(told))
                    .distinct()
                    .sorted(Comparator.comparing(line -> !line.matches("(ROLLBACK|SELECT).*")))
                    .toList();
            assertThat(statements.stream().map(line -> line.replaceAll("(?<=[A-Z]{4}) .*", "")))
                    .contains("ALTER", "VACUUM", "REINDEX", "ROLLBACK", "SELECT");
            String newest = database.ask("select max(relfilenode) from pg_class");
            database.execute(statements.toArray(String[]::new));

            assertOnlyThatOneWasHit(database, newest);
        }
    }

    private static AutoCloseable roles(PgServer server) {
        for (String role : everybody()) {
            server.execute("create role " + quoted(role) + " login connection limit 20");
        }
        return () -> {
            for (String role : everybody()) {
                server.execute("drop role " + quoted(role));
            }
        };
    }

    private static List<String> everybody() {
        return Stream.concat(Stream.of(HOSTILE), OTHERS.stream()).toList();
    }

    private static void createTables(FreshDatabase database) {
        database.execute("create table victim ()", "create table z (i int)", "grant all on z to public");
        for (String name : everybody()) {
            String table = quoted(name);
            database.execute(
                    "create table " + table + " (i int) with (autovacuum_enabled = off)",
                    "create index " + quoted("i" + name) + " on " + table + " (i)",
                    "insert into " + table + " select generate_series(1, 20000)",
                    "grant select on " + table + " to public");
        }
    }

    /** The index more than its table, whose room new keys fill: else the table's remedy stands for both. */
    private static void bloat(FreshDatabase database, String name) {
        database.execute("delete from " + quoted(name) + " where i % 10 > 0");
        database.execute("vacuum (truncate off) " + quoted(name));
        database.execute("insert into " + quoted(name) + " select generate_series(20001, 38000)");
        database.execute("delete from " + quoted(name) + " where i > 33000");
        await("those deleted first may be counted again, after that VACUUM")
                .until(() -> database.ask(
                                "select pg_stat_get_dead_tuples(" + literal(quoted(name)) + "::regclass) >= 5000")
                        .equals("t"));
    }

    private static void prepare(FreshDatabase database, OpenSessions open) throws SQLException {
        for (String gid : everybody()) {
            open.inTransaction(database, "preparer", "insert into z values (1)", "prepare transaction " + literal(gid))
                    .close();
        }
    }

    private static AutoCloseable prepared(FreshDatabase database) {
        return () -> {
            for (String gid : everybody()) {
                if (isPrepared(database, gid)) {
                    database.execute("rollback prepared " + literal(gid));
                }
            }
        };
    }

    private static boolean isPrepared(FreshDatabase database, String gid) {
        return database.ask("select count(*) from pg_prepared_xacts where gid = " + literal(gid))
                .equals("1");
    }

    /** By a watch of that very role: each story as it is printed, with what would be pasted. */
    private static String told(FreshDatabase database) {
        try (Sweeper watch = Sweeper.of(
                database.dataSource(HOSTILE),
                Sweeper.probes(
                        PoolSaturationProbe.withDefaults(),
                        new IdleInTransactionProbe(Duration.ZERO, NEVER, Duration.ZERO, 100),
                        new HorizonProbe(100, 10_000_000, NEVER),
                        new VacuumProbe(1, 1000, 0, 0, 0, NEVER),
                        new BloatProbe(0.1, 1, 0.5, 100_000, false)))) {
            watch.sweep();
            watch.clock().advance(Duration.ofMinutes(5));
            while (watch.collector().readSlowly() < TimeUnit.SECONDS.toNanos(60)) {
                // goes on
            }
            Report report = watch.sweep();
            assertThat(database.ask("select string_agg(probe.value ->> 'level', ' ') from json_each("
                            + literal(report.json()) + "::json -> 'probes') probe"))
                    .as("JSON that others can read")
                    .isEqualTo(String.join(
                            " ",
                            report.probes().stream()
                                    .map(probe -> probe.level().name())
                                    .toList()));
            return report.text() + sqlOf(report);
        }
    }

    /** A story prints no remedy twice, and not those of more than five effects. */
    private static String sqlOf(Report report) {
        return String.join(
                "\n",
                report.probes().stream()
                        .flatMap(probe -> probe.verdict().findings().stream())
                        .map(Finding::remedy)
                        .filter(Objects::nonNull)
                        .map(Remedy::sql)
                        .filter(Objects::nonNull)
                        .distinct()
                        .toList());
    }

    private static void assertOnlyThatOneWasHit(FreshDatabase database, String newest) {
        assertThat(database.ask("select count(*) from victim")).isEqualTo("0");
        assertThat(database.ask("select count(*) from pg_stat_activity where state like 'idle in%'"))
                .isEqualTo("0");
        for (String name : everybody()) {
            boolean meant = name.equals(HOSTILE);
            assertThat(database.ask("select reloptions is distinct from array['autovacuum_enabled=off']"
                            + " from pg_class where oid = " + literal(quoted(name)) + "::regclass"))
                    .as("options of " + name)
                    .isEqualTo(meant ? "t" : "f");
            assertThat(database.ask(
                            "select relfilenode > " + newest + " from pg_class where relname = " + literal("i" + name)))
                    .as("index of " + name + " was rebuilt")
                    .isEqualTo(meant ? "t" : "f");
            assertThat(database.ask(
                            "select rolconnlimit > 20 and exists (select from pg_db_role_setting s where s.setrole ="
                                    + " r.oid and s.setdatabase <> 0) from pg_roles r where rolname = "
                                    + literal(name)))
                    .as("role " + name)
                    .isEqualTo(meant ? "t" : "f");
        }
        assertThat(everybody()).filteredOn(gid -> isPrepared(database, gid)).isEqualTo(OTHERS);
    }

    private static String quoted(String name) {
        return '"' + name.replace("\"", "\"\"") + '"';
    }

    private static String literal(String text) {
        return "'" + text.replace("'", "''") + "'";
    }
}

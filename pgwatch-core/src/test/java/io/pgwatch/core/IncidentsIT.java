package io.pgwatch.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.pgwatch.Report;
import io.pgwatch.core.probes.HorizonProbe;
import io.pgwatch.core.probes.IdleInTransactionProbe;
import io.pgwatch.core.probes.VacuumProbe;
import io.pgwatch.core.probes.WraparoundProbe;
import io.pgwatch.probe.Finding;
import io.pgwatch.probe.Level;
import io.pgwatch.probe.Remedy;
import io.pgwatch.probe.Verdict;
import io.pgwatch.testsupport.Database;
import io.pgwatch.testsupport.FreshDatabase;
import io.pgwatch.testsupport.NoLeaks;
import io.pgwatch.testsupport.PgServer;
import io.pgwatch.testsupport.SupportedMajors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;

/**
 * Produces one incident after the other, and compares what is told with the truth: one story, the right one, and no other.
 * The table in {@code docs/incidents.md} is what this saw; {@code -Dpgwatch.write-docs} writes it anew.
 */
@NoLeaks
class IncidentsIT {

    private static final Duration TIME = Duration.ofSeconds(30);

    /** For how long sessions are left alone before they are looked at. */
    private static final Duration LEFT = Duration.ofMillis(250);

    private static final IdleInTransactionProbe IDLE =
            new IdleInTransactionProbe(LEFT, Duration.ofHours(1), Duration.ZERO, 100);

    private static final HorizonProbe HORIZON = new HorizonProbe(100, 10_000_000, Duration.ofHours(1));

    private static final VacuumProbe VACUUM = new VacuumProbe(1, 1000, 0, 0, 0, Duration.ofHours(1));

    private static final String WROTE = "wrote or locked something, and has not been committed";
    private static final String SNAPSHOT = "it keeps a snapshot";
    private static final String FAILED = "a statement of its transaction failed";
    private static final String NOTHING = "it pins nothing, and costs a connection";
    private static final String AT_WORK = "at work in one long transaction";
    private static final String PREPARED = "prepared for a commit in two phases";
    private static final String ABANDONED = "nobody has streamed from it";
    private static final String WAITS = "has waited the longest";

    private static final String IDLES = "idle-in-transaction/N";
    private static final String HOLDS = "horizon/session-N";
    private static final String GRANT = "unknown, with the GRANT that would help";

    private static final List<Incident> INCIDENTS = List.of(
            Incident.harmless("nothing", (database, open) -> () -> {}),
            Incident.of(
                            "a session wrote, and idles in its transaction",
                            IDLES,
                            WROTE,
                            (database, open) -> burning(database, open.writer(database, "app")))
                    .so(HOLDS),
            Incident.of(
                            "a session reads in REPEATABLE READ, and idles",
                            IDLES,
                            SNAPSHOT,
                            (database, open) -> burning(database, open.repeatableRead(database, "app")))
                    .so(HOLDS)
                    .hiddenAs(HOLDS),
            Incident.of(
                            "a session has a cursor open (fetchSize), and idles",
                            IDLES,
                            SNAPSHOT,
                            (database, open) -> burning(database, open.cursor(database, "app")))
                    .so(HOLDS)
                    .hiddenAs(HOLDS),
            Incident.of(
                            "a session has read, keeps only its locks, and idles",
                            IDLES,
                            NOTHING,
                            (database, open) -> burning(database, open.innocent(database, "app")))
                    .hiddenAs(GRANT),
            Incident.of(
                            "a statement failed, and nobody rolls back",
                            IDLES,
                            FAILED,
                            (database, open) -> burning(database, open.aborted(database, "app")))
                    .hiddenAs(GRANT),
            Incident.of("a writer idles, and another session waits for it", IDLES, WROTE, IncidentsIT::blocking),
            Incident.of(
                    "a prepared transaction is forgotten",
                    "horizon/prepared-forgotten",
                    PREPARED,
                    IncidentsIT::forgetting),
            Incident.of(
                    "a prepared transaction is forgotten, and a session waits for it",
                    "idle-in-transaction/prepared-forgotten",
                    WAITS,
                    IncidentsIT::blockingPrepared),
            Incident.of(
                    "a subscriber is gone, and its slot stays",
                    "horizon/slot-abandoned",
                    ABANDONED,
                    IncidentsIT::abandoning),
            Incident.of("a long query runs with an old snapshot", HOLDS, AT_WORK, IncidentsIT::working),
            Incident.harmless("a session of another database idles", IncidentsIT::idlingElsewhere),
            Incident.of(
                    "an option of a table turns autovacuum off, and it changes a lot",
                    "vacuum/public.t",
                    "turns autovacuum off",
                    IncidentsIT::changingUnvacuumed),
            Incident.of(
                            "a writer idles until the ids run low",
                            IDLES,
                            WROTE,
                            (database, open) -> burning(database, open.writer(database, "app"), 250_000))
                    .so(HOLDS, "wraparound/xid"));

    @ParameterizedTest
    @SupportedMajors(with = {"max_prepared_transactions=5", "wal_level=logical", "autovacuum_freeze_max_age=100000"})
    void tells_each_incident_and_no_other(PgServer server) throws Exception {
        List<String> rows = new ArrayList<>();
        for (Incident incident : INCIDENTS) {
            try (FreshDatabase database = server.freshDatabase();
                    OpenSessions open = new OpenSessions()) {
                database.executeAs("app", "create table t as select generate_series(1, 1000) as i");
                try (AutoCloseable end = incident.begin().in(database, open)) {
                    assertThat(end).isNotNull();
                    awaitLeftAlone(database);
                    rows.add(row(incident, database));
                }
            }
        }
        assertDocumented(rows);
    }

    private static String row(Incident incident, FreshDatabase database) {
        String expected = incident.root().isEmpty() ? "nothing" : story(incident.root(), incident.so());
        String whole = told(incident, database, "postgres");
        assertThat(whole).as(incident.happening()).isEqualTo(expected);
        String hidden = told(incident, database, "plain");
        assertThat(hidden)
                .as(incident.happening() + ", to a role with no grants")
                .isEqualTo(Objects.requireNonNullElse(incident.hidden(), expected));
        return "| " + incident.happening() + " | " + whole + " | " + (hidden.equals(whole) ? "the same" : hidden)
                + " |";
    }

    private static String story(String root, List<String> effects) {
        return root + effects.stream().map(effect -> ", so " + effect).collect(Collectors.joining());
    }

    private static String told(Incident incident, FreshDatabase database, String role) {
        try (Sweeper watch = Sweeper.of(
                database.dataSource(role), Sweeper.probes(IDLE, HORIZON, WraparoundProbe.withDefaults(), VACUUM))) {
            watch.sweep();
            Report report = watch.sweepAfter(Duration.ofSeconds(15));
            List<Finding> findings = report.probes().stream()
                    .flatMap(probe -> probe.verdict().findings().stream())
                    .toList();
            List<Finding> roots = findings.stream()
                    .filter(finding -> finding.explainedBy() == null)
                    .toList();
            if (roots.isEmpty()) {
                return report.level() == Level.OK ? "nothing" : unseen(report);
            }
            assertThat(roots).as(report.text()).hasSize(1);
            if (role.equals("postgres")) {
                assertThat(roots.get(0).cause()).contains(incident.because());
            }
            return story(
                    numbered(roots.get(0).id()),
                    findings.stream()
                            .filter(finding -> finding.explainedBy() != null)
                            .map(finding -> numbered(finding.id()))
                            .toList());
        }
    }

    private static String unseen(Report report) {
        Optional<Remedy> remedy = report.probes().stream()
                .filter(probe -> probe.level() == Level.UNKNOWN)
                .map(probe -> probe.verdict().fold(judged -> null, Verdict.Unknown::remedy))
                .filter(Objects::nonNull)
                .findFirst();
        assertThat(remedy.map(Remedy::sql)).as(report.text()).contains("GRANT pg_read_all_stats TO \"plain\";");
        return GRANT;
    }

    private static String numbered(String id) {
        return id.replaceAll("\\d+", "N");
    }

    private static AutoCloseable burning(Database database, Connection session) {
        return burning(database, session, 200);
    }

    private static AutoCloseable burning(Database database, Connection session, int ids) {
        burn(database, ids);
        return session::close;
    }

    private static void burn(Database database, int ids) {
        database.execute(
                "set synchronous_commit = off",
                "do $$ begin for i in 1..%d loop perform pg_current_xact_id(); commit; end loop; end $$"
                        .formatted(ids));
    }

    private static AutoCloseable forgetting(FreshDatabase database, OpenSessions open) {
        prepare(database);
        burn(database, 200);
        return () -> database.execute("rollback prepared 'forgotten'");
    }

    private static void prepare(Database database) {
        try (Connection connection = database.connect("app");
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute("update t set i = 0 where i = 1");
            statement.execute("prepare transaction 'forgotten'");
            connection.commit();
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static AutoCloseable abandoning(FreshDatabase database, OpenSessions open) {
        database.execute("select pg_create_logical_replication_slot('abandoned', 'pgoutput')");
        burn(database, 200);
        return () -> database.execute("select pg_drop_replication_slot('abandoned')");
    }

    private static AutoCloseable blocking(FreshDatabase database, OpenSessions open) throws SQLException {
        Connection writer = open.inTransaction(database, "app", "update t set i = 0 where i = 1");
        CompletableFuture<Void> waiter = waiting(database);
        return () -> {
            writer.close();
            waiter.join();
        };
    }

    private static AutoCloseable blockingPrepared(FreshDatabase database, OpenSessions open) {
        prepare(database);
        CompletableFuture<Void> waiter = waiting(database);
        return () -> {
            database.execute("rollback prepared 'forgotten'");
            waiter.join();
        };
    }

    private static CompletableFuture<Void> waiting(Database database) {
        CompletableFuture<Void> waiter =
                CompletableFuture.runAsync(() -> database.executeAs("app", "update t set i = 2 where i = 1"));
        awaitOne(database, "pg_locks where not granted");
        return waiter;
    }

    private static AutoCloseable working(FreshDatabase database, OpenSessions open) throws SQLException {
        Connection session = open.inTransaction(database, "app", "set transaction isolation level repeatable read");
        Statement statement = session.createStatement();
        CompletableFuture<Void> running = CompletableFuture.runAsync(() -> runUntilCancelled(statement));
        awaitOne(database, "pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()");
        burn(database, 200);
        return () -> {
            statement.cancel();
            running.join();
        };
    }

    private static void runUntilCancelled(Statement statement) {
        try {
            statement.execute("select pg_sleep(60)");
        } catch (SQLException cancelled) {
            assertThat(cancelled.getSQLState()).isEqualTo("57014");
        }
    }

    /** Nobody on the server has begun or ended anything for that long. */
    private static void awaitLeftAlone(Database database) {
        String sessions = "select state_change from pg_stat_activity where pid <> pg_backend_pid()"
                + " and backend_type = 'client backend'";
        String changes = "(" + sessions + " union all select prepared from pg_prepared_xacts) as changes (at)";
        awaitNumber(
                database,
                0,
                changes + " where clock_timestamp() - at < interval '" + LEFT.toMillis() + " milliseconds'");
    }

    private static void awaitOne(Database database, String what) {
        awaitNumber(database, 1, what);
    }

    private static void awaitNumber(Database database, int number, String what) {
        await().pollInterval(Duration.ofMillis(20))
                .atMost(TIME)
                .until(() -> database.ask("select count(*) from " + what).equals(Integer.toString(number)));
    }

    private static AutoCloseable idlingElsewhere(FreshDatabase database, OpenSessions open) throws SQLException {
        FreshDatabase other = database.server().freshDatabase();
        other.executeAs("app", "create table t (i int)");
        open.writer(other, "app");
        burn(database, 200);
        return other;
    }

    private static AutoCloseable changingUnvacuumed(FreshDatabase database, OpenSessions open) {
        database.executeAs("app", "alter table t set (autovacuum_enabled = off)", "analyze t");
        database.executeAs("app", "update t set i = i + 1");
        awaitOne(database, "pg_stat_user_tables where relname = 't' and n_dead_tup = 1000");
        return () -> {};
    }

    private static void assertDocumented(List<String> rows) throws IOException {
        Path page = Path.of("..", "docs", "incidents.md");
        String head = "| produced | told | told to a role with no grants |\n| --- | --- | --- |\n";
        String table = head + String.join("\n", rows) + "\n";
        if (System.getProperty("pgwatch.write-docs") != null) {
            String text = Files.readString(page);
            int begin = text.indexOf(head);
            Files.writeString(page, text.substring(0, begin < 0 ? text.length() : begin) + table);
        }
        assertThat(Files.readString(page))
                .as("-Dpgwatch.write-docs writes it anew")
                .endsWith(table);
    }
}

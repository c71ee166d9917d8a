package io.pgwatch.core;

import static io.pgwatch.core.HorizonIT.LOGICAL;
import static io.pgwatch.core.HorizonIT.PREPARED;
import static io.pgwatch.core.HorizonIT.burn;
import static io.pgwatch.core.HorizonIT.createTable;
import static io.pgwatch.core.HorizonIT.prepare;
import static io.pgwatch.evidence.ProbeIds.HORIZON;
import static io.pgwatch.evidence.ProbeIds.IDLE_IN_TRANSACTION;
import static org.assertj.core.api.Assertions.as;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;
import static org.awaitility.Awaitility.await;

import io.pgwatch.Report;
import io.pgwatch.core.probes.HorizonProbe;
import io.pgwatch.core.probes.IdleInTransactionProbe;
import io.pgwatch.evidence.IdleInTransaction;
import io.pgwatch.probe.Finding;
import io.pgwatch.probe.Level;
import io.pgwatch.probe.Remedy;
import io.pgwatch.probe.Verdict;
import io.pgwatch.snapshot.Cause;
import io.pgwatch.testsupport.Database;
import io.pgwatch.testsupport.FreshDatabase;
import io.pgwatch.testsupport.NoLeaks;
import io.pgwatch.testsupport.PgServer;
import io.pgwatch.testsupport.SupportedMajors;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import org.junit.jupiter.params.ParameterizedTest;
import org.postgresql.PGConnection;

/** Transactions that are left open, whom they hurt, and whether the remedy ends them; as each kind of role sees it. */
@NoLeaks
class IdleInTransactionIT {

    private static final Duration TIME = Duration.ofSeconds(30);
    private static final Duration NEVER = Duration.ofDays(1);

    /** Whatever idles warns. */
    private static final IdleInTransactionProbe AT_ONCE =
            new IdleInTransactionProbe(Duration.ZERO, NEVER, Duration.ZERO, 100);

    private static final UnaryOperator<WatchOptions> AT_ONCE_AND_STATEMENTS =
            options -> Sweeper.probes(AT_ONCE).apply(Sweeper.queryText().apply(options));

    @ParameterizedTest
    @SupportedMajors(with = {PREPARED, LOGICAL})
    void goes_through_every_level_and_tells_the_fix_by_the_shape(PgServer server) throws SQLException {
        try (FreshDatabase database = server.freshDatabase();
                OpenSessions open = new OpenSessions()) {
            createTable(database);
            for (String role : List.of("postgres", "monitor", "app")) {
                assertThat(sweep(database, role, AT_ONCE)
                                .verdict(IDLE_IN_TRANSACTION)
                                .level())
                        .as(role)
                        .isEqualTo(Level.OK);
            }
            open.innocent(database, "innocent");
            open.aborted(database, "aborted");
            open.writer(database, "writer");
            open.reader(database, "reader");
            for (String role : List.of("postgres", "monitor", "app")) {
                Verdict<IdleInTransaction> patient = sweep(database, role, IdleInTransactionProbe.withDefaults())
                        .verdict(IDLE_IN_TRANSACTION);
                assertThat(patient.level()).as(role).isEqualTo(Level.OK);
                assertThat(patient.summary()).startsWith("4 sessions idle in a transaction");

                Verdict<IdleInTransaction> strict =
                        sweep(database, role, AT_ONCE).verdict(IDLE_IN_TRANSACTION);
                assertThat(strict.level()).as(role).isEqualTo(Level.WARNING);
                assertThat(strict.findings()).hasSize(4).allSatisfy(finding -> {
                    assertThat(finding.level()).isEqualTo(Level.WARNING);
                    assertThat(remedy(finding).impact()).isEqualTo(Remedy.Impact.CONFIGURATION);
                });
                assertThat(finding(strict, "innocent").cause()).contains("it pins nothing, and costs a connection");
                assertThat(finding(strict, "aborted").cause()).contains("nobody has rolled back");
                assertThat(finding(strict, "writer").cause())
                        .contains("wrote or locked something, and has not been committed");
                assertThat(finding(strict, "reader").cause()).contains("it keeps a snapshot");

                IdleInTransactionProbe stricter =
                        new IdleInTransactionProbe(Duration.ZERO, Duration.ZERO, Duration.ZERO, 100);
                assertThat(sweep(database, role, stricter)
                                .verdict(IDLE_IN_TRANSACTION)
                                .level())
                        .as(role)
                        .isEqualTo(Level.CRITICAL);
            }
            Verdict<IdleInTransaction> hidden =
                    sweep(database, "plain", AT_ONCE).verdict(IDLE_IN_TRANSACTION);
            assertThat(hidden).isInstanceOfSatisfying(Verdict.Unknown.class, unknown -> {
                assertThat(unknown.cause()).isEqualTo(Cause.NOT_PERMITTED);
                assertThat(unknown.detail()).isEqualTo("the state of 4 sessions is hidden from the watch's role");
                assertThat(Objects.requireNonNull(unknown.remedy()).sql())
                        .isEqualTo("GRANT pg_read_all_stats TO \"plain\";");
            });

            burn(database, 100);
            Report report = sweep(database, "monitor", AT_ONCE);
            Verdict<IdleInTransaction> harmed = report.verdict(IDLE_IN_TRANSACTION);
            assertThat(harmed.level()).as("one band higher").isEqualTo(Level.CRITICAL);
            assertThat(harmed.findings())
                    .filteredOn(finding -> finding.level() == Level.CRITICAL)
                    .hasSize(2);
            Verdict<IdleInTransaction> seenByAges =
                    sweep(database, "plain", AT_ONCE).verdict(IDLE_IN_TRANSACTION);
            assertThat(seenByAges.level()).as("judged as far as ages go").isEqualTo(Level.WARNING);
            assertThat(seenByAges.seen().orElseThrow().count()).isNull();
        }
    }

    @ParameterizedTest
    @SupportedMajors(with = {PREPARED, LOGICAL})
    void one_story_with_the_horizon_and_a_remedy_that_ends_it(PgServer server) throws SQLException {
        String owner = "it's \"an\"\nowner";
        server.execute("create role " + quoted(owner) + " login in role app");
        try (FreshDatabase database = server.freshDatabase();
                OpenSessions open = new OpenSessions(owner)) {
            createTable(database);
            database.execute("grant all on t to " + quoted(owner));
            open.writer(database, "o'\"rders\nservice");
            burn(database, 200);

            Report report = sweep(database, "monitor", AT_ONCE);

            assertThat(report.level()).isEqualTo(Level.CRITICAL);
            Finding root = report.verdict(IDLE_IN_TRANSACTION).findings().get(0);
            assertThat(root.explainedBy()).isNull();
            assertThat(root.summary())
                    .contains("holds back VACUUM by 201 transactions")
                    .doesNotContain("\n");
            Finding dependent = report.verdict(HORIZON).findings().get(0);
            assertThat(dependent.explainedBy()).isEqualTo(root.id());
            assertThat(dependent.summary()).doesNotContain("\n");
            assertThat(remedy(root).impact()).isEqualTo(Remedy.Impact.ENDS_SESSION);

            String sql = Objects.requireNonNull(remedy(root).sql());
            database.execute(sql.replace("backend_start = '2", "backend_start = '1"));
            assertThat(sweep(database, "monitor", AT_ONCE).level())
                    .as("a session that began at another time is left alone")
                    .isEqualTo(Level.CRITICAL);
            database.execute(sql);
            await().atMost(TIME).until(() -> sweep(database, "monitor", AT_ONCE).level() == Level.OK);
            assertThat(server.ask("select setconfig from pg_db_role_setting s join pg_roles r on r.oid = s.setrole"
                            + " where r.rolname like 'it%'"))
                    .isEqualTo("{idle_in_transaction_session_timeout=5min}");
        } finally {
            server.execute("drop role " + quoted(owner));
        }
    }

    @ParameterizedTest
    @SupportedMajors(with = {PREPARED, LOGICAL})
    void follows_a_queue_of_locks_to_its_root(PgServer server) throws Exception {
        try (FreshDatabase database = server.freshDatabase();
                OpenSessions open = new OpenSessions();
                Waiting waiting = new Waiting(server)) {
            createTable(database);
            Connection root = open.inTransaction(database, "root", "update t set i = 0 where i = 1");
            waiting.run(open.idle(database, "first"), "update t set i = 0 where i = 1");
            waiting.run(open.idle(database, "second"), "update t set i = 0 where i = 1");
            waiting.run(open.idle(database, "migration"), "alter table t add column c int");
            waiting.run(open.idle(database, "reader"), "select count(*) from t");
            await().atMost(TIME)
                    .until(() -> server.ask("select count(*) from pg_locks where not granted")
                            .equals("4"));
            int pid = root.unwrap(PGConnection.class).getBackendPID();

            for (String role : List.of("postgres", "monitor", "app")) {
                Report report = sweep(database, role, AT_ONCE);

                Verdict<IdleInTransaction> verdict = report.verdict(IDLE_IN_TRANSACTION);
                assertThat(verdict.level()).as("%s: %s", role, report.text()).isEqualTo(Level.CRITICAL);
                assertThat(verdict.findings()).singleElement().satisfies(finding -> {
                    assertThat(finding.id()).isEqualTo("idle-in-transaction/" + pid);
                    assertThat(finding.summary()).endsWith(" and makes 4 others wait");
                    assertThat(finding.cause()).contains("has waited the longest, for ");
                });
                assertThat(verdict.seen().orElseThrow().sessions())
                        .as(role)
                        .filteredOn(session -> Objects.equals(session.blocks(), 4))
                        .extracting(IdleInTransaction.Session::application)
                        .containsExactly("root");
            }
            Verdict<IdleInTransaction> plain = sweep(database, "plain", AT_ONCE).verdict(IDLE_IN_TRANSACTION);
            assertThat(plain.level()).as("the locks are public").isEqualTo(Level.WARNING);
            assertThat(plain.findings())
                    .filteredOn(finding -> finding.id().equals("idle-in-transaction/" + pid))
                    .singleElement()
                    .satisfies(finding -> assertThat(finding.summary())
                            .contains("root) keeps a transaction open")
                            .endsWith("makes 4 others wait"))
                    .satisfies(finding -> {
                        String end = Objects.requireNonNull(remedy(finding).sql())
                                .lines()
                                .findFirst()
                                .orElseThrow();
                        database.execute(end.replace(">= ", ">= 1000000 + "));
                        assertThat(root.isValid(5))
                                .as("a younger one of its pid")
                                .isTrue();
                        database.execute(end);
                        assertThat(root.isValid(5)).isFalse();
                    });
        }
    }

    @ParameterizedTest
    @SupportedMajors(with = {PREPARED, LOGICAL})
    void names_the_prepared_transaction_that_others_wait_for(PgServer server) throws Exception {
        String gid = "it's, {two}\nlines";
        try (FreshDatabase database = server.freshDatabase();
                OpenSessions open = new OpenSessions();
                Waiting waiting = new Waiting(server)) {
            createTable(database);
            database.executeAs("app", "create table u as select 1 as i");
            prepare(database, gid);
            waiting.run(open.idle(database, "migration"), "alter table t add column c int");
            waiting.run(open.idle(database, "reader"), "select count(*) from t");
            await().atMost(TIME)
                    .until(() -> server.ask("select count(*) from pg_locks where not granted")
                            .equals("2"));

            for (String role : List.of("postgres", "monitor", "plain")) {
                Verdict<IdleInTransaction> verdict =
                        sweep(database, role, AT_ONCE).verdict(IDLE_IN_TRANSACTION);
                assertThat(verdict.level()).as(role).isEqualTo(Level.CRITICAL);
                assertThat(verdict.findings().get(0)).satisfies(finding -> {
                    assertThat(finding.id()).isEqualTo("idle-in-transaction/prepared-it's, {two} lines");
                    assertThat(finding.summary())
                            .startsWith(
                                    "prepared transaction 'it''s, {two} lines' of role app has been left unfinished")
                            .endsWith("and makes 2 others wait");
                    assertThat(finding.cause()).contains("for AccessExclusiveLock on public.t");
                });
            }
            String remedy = Objects.requireNonNull(remedy(sweep(database, "monitor", AT_ONCE)
                            .verdict(IDLE_IN_TRANSACTION)
                            .findings()
                            .get(0))
                    .sql());
            database.execute(remedy);
        }
    }

    @ParameterizedTest
    @SupportedMajors
    void shows_statements_to_who_asked_for_them_and_may_see_them(PgServer server) throws SQLException {
        try (FreshDatabase database = server.freshDatabase();
                Connection connection = database.connect("app");
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute("select\n   'a\u0007b' /* " + "x".repeat(200) + " */");
            String shown = "; its last statement: select 'a b' /* " + "x".repeat(104) + " …";
            for (String role : List.of("postgres", "monitor", "app")) {
                try (Sweeper watch = Sweeper.of(database.dataSource(role), AT_ONCE_AND_STATEMENTS);
                        Sweeper silent = Sweeper.of(database.dataSource(role), Sweeper.probes(AT_ONCE))) {
                    assertThat(watch.sweep().verdict(IDLE_IN_TRANSACTION).findings())
                            .singleElement()
                            .extracting(Finding::cause, as(STRING))
                            .endsWith(shown);
                    assertThat(silent.sweep().toString()).doesNotContain("xxx");
                }
            }
            try (Sweeper watch = Sweeper.of(database.dataSource("plain"), AT_ONCE_AND_STATEMENTS)) {
                assertThat(watch.sweep().toString()).doesNotContain("xxx", "insufficient privilege");
            }
        }
    }

    private static Finding finding(Verdict<IdleInTransaction> verdict, String application) {
        return verdict.findings().stream()
                .filter(finding -> finding.summary().contains("(" + application + ")"))
                .findFirst()
                .orElseThrow();
    }

    private static Remedy remedy(Finding finding) {
        return Objects.requireNonNull(finding.remedy());
    }

    private static String quoted(String identifier) {
        return '"' + identifier.replace("\"", "\"\"") + '"';
    }

    private static Report sweep(Database database, String role, IdleInTransactionProbe probe) {
        try (Sweeper watch = Sweeper.of(
                database.dataSource(role), Sweeper.probes(probe, new HorizonProbe(100, 10_000, Duration.ofHours(1))))) {
            return watch.sweep();
        }
    }

    /** Statements that wait for locks, until what they wait for is gone. */
    private static final class Waiting implements AutoCloseable {

        private final List<Connection> connections = new ArrayList<>();
        private final List<CompletableFuture<Void>> running = new ArrayList<>();

        private final PgServer server;

        Waiting(PgServer server) {
            this.server = server;
        }

        /** Returns when the statement waits, so that the next one queues behind it. */
        void run(Connection connection, String sql) throws SQLException {
            connections.add(connection);
            running.add(CompletableFuture.runAsync(
                    () -> {
                        try (Statement statement = connection.createStatement()) {
                            statement.execute(sql);
                        } catch (SQLException ended) {
                            assertThat(ended.getSQLState()).isNotNull();
                        }
                    },
                    command -> new Thread(command, "waits for a lock").start()));
            String waits = "select count(*) from pg_locks where not granted and pid = "
                    + connection.unwrap(PGConnection.class).getBackendPID();
            await().atMost(TIME).until(() -> server.ask(waits).equals("1"));
        }

        @Override
        public void close() throws SQLException {
            for (Connection connection : connections) {
                connection.abort(Runnable::run);
            }
            running.forEach(CompletableFuture::join);
        }
    }
}

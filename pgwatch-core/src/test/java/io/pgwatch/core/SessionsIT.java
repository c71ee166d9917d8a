package io.pgwatch.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.pgwatch.snapshot.Reading;
import io.pgwatch.snapshot.Sessions;
import io.pgwatch.snapshot.Sessions.Kind;
import io.pgwatch.snapshot.Sessions.State;
import io.pgwatch.testsupport.Database;
import io.pgwatch.testsupport.FreshDatabase;
import io.pgwatch.testsupport.PgServer;
import io.pgwatch.testsupport.SupportedMajors;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;

/** The section over the activity: every shape of session, as each kind of role sees it. */
class SessionsIT {

    private static final Duration TIME = Duration.ofSeconds(30);

    private static final String PREPARED = "max_prepared_transactions=5";

    /** A worker of autovacuum, which comes soon after the start, may hold an older id than the oldest made here. */
    private static final String UNDISTURBED = "autovacuum=off";

    @ParameterizedTest
    @SupportedMajors(with = {PREPARED, UNDISTURBED})
    void tells_every_shape_of_session_as_far_as_the_role_may_see_it(PgServer server) throws SQLException {
        try (FreshDatabase database = server.freshDatabase();
                OpenSessions open = new OpenSessions()) {
            database.executeAs("app", "create table t as select generate_series(1, 100) as i");
            open.writer(database, "writer");
            open.repeatableRead(database, "snapshot");
            open.cursor(database, "cursor");
            open.reader(database, "reader");
            open.innocent(database, "innocent");
            open.aborted(database, "aborted");
            open.idle(database, "idle");
            burn(database, 50);

            for (String role : List.of("postgres", "monitor", "app")) {
                awaitEndOfOthersSessions(database);
                Sessions seen = read(database, role, "app");

                Map<String, Sessions.Session> sessions = byApplication(seen);
                assertThat(sessions.keySet())
                        .as(role)
                        .containsExactlyInAnyOrder("writer", "snapshot", "cursor", "reader", "innocent", "aborted");
                assertThat(sessions.get("writer").xidAge()).as(role).isEqualTo(52);
                assertThat(sessions.get("writer").xminAge()).isNull();
                for (String pinning : List.of("snapshot", "cursor", "reader")) {
                    assertThat(sessions.get(pinning).xidAge()).as(pinning).isNull();
                    assertThat(sessions.get(pinning).xminAge()).as(pinning).isEqualTo(52);
                }
                for (String innocent : List.of("innocent", "aborted")) {
                    assertThat(sessions.get(innocent).heldAge()).as(innocent).isNull();
                }
                assertThat(sessions.get("aborted").state()).isEqualTo(State.ABORTED);
                assertThat(sessions.get("reader")).satisfies(one -> {
                    assertThat(one.state()).isEqualTo(State.IDLE_IN_TRANSACTION);
                    assertThat(one.kind()).isEqualTo(Kind.CLIENT);
                    assertThat(one.user()).isEqualTo("app");
                    assertThat(one.database()).isEqualTo(database.name());
                    assertThat(one.here()).isTrue();
                    assertThat(one.startedAt()).isNotNull();
                    assertThat(one.stateSeconds()).isBetween(0.0, 600.0);
                    assertThat(one.transactionSeconds()).isGreaterThanOrEqualTo(one.stateSeconds());
                });
                assertThat(seen.idle()).as(role).satisfies(idle -> {
                    assertThat(idle.count()).isEqualTo(6);
                    assertThat(idle.pinning()).isEqualTo(4);
                    assertThat(idle.longestSeconds()).isBetween(0.0, 600.0);
                });
                assertThat(seen.application()).as(role).satisfies(activity -> {
                    assertThat(activity.idleInTransaction()).isEqualTo(6);
                    assertThat(activity.idle()).isEqualTo(1);
                    assertThat(activity.active()).isEqualTo(role.equals("app") ? 1 : 0);
                    assertThat(activity.waitingForLock()).isZero();
                    assertThat(activity.waitingSeconds()).isNull();
                    assertThat(activity.idleInTransactionLong()).isBetween(0, 6);
                    assertThat(activity.idleLong()).isBetween(0, 1);
                    assertThat(activity.activeLong()).isZero();
                });
                assertThat(seen.hidden()).isZero();
                assertThat(seen.mayWait()).isZero();
            }

            open.idle(database, "pgwatch shop 1 max=10"); // a sibling, which has no transaction to leave open
            Sessions seen = read(database, "plain", "app");
            assertThat(seen.hidden()).isEqualTo(7);
            assertThat(seen.mayWait()).as("those that hold something").isEqualTo(4);
            assertThat(seen.idle()).isNull();
            assertThat(seen.application()).isNull();
            assertThat(byApplication(seen).keySet())
                    .containsExactlyInAnyOrder("writer", "snapshot", "cursor", "reader");
            assertThat(byApplication(seen).get("writer")).satisfies(one -> {
                assertThat(one.xidAge()).isEqualTo(52);
                assertThat(one.state()).isNull();
                assertThat(one.stateSeconds()).isNull();
                assertThat(one.transactionSeconds()).isNull();
                assertThat(one.startedAt()).isNull();
                assertThat(one.kind()).isEqualTo(Kind.CLIENT);
            });
        }
    }

    @ParameterizedTest
    @SupportedMajors(with = {PREPARED, UNDISTURBED})
    void stays_small_and_exact_however_many_sessions_there_are(PgServer server) throws SQLException {
        try (FreshDatabase database = server.freshDatabase();
                FreshDatabase elsewhere = server.freshDatabase();
                OpenSessions open = new OpenSessions()) {
            database.executeAs("app", "create table t as select generate_series(1, 100) as i");
            elsewhere.executeAs("app", "create table t as select generate_series(1, 100) as i");
            open.writer(elsewhere, "oldest of all");
            open.innocent(database, "idle for longest");
            for (int i = 0; i < 12; i++) {
                open.repeatableRead(database, "snapshot " + i);
                burn(database, 1);
            }

            Sessions seen = read(database, "monitor", "app");

            assertThat(seen.idle()).isNotNull();
            assertThat(seen.idle().count()).isEqualTo(13);
            assertThat(seen.idle().pinning()).isEqualTo(12);
            assertThat(byApplication(seen).keySet())
                    .contains("idle for longest", "snapshot 0", "snapshot 9", "oldest of all")
                    .doesNotContain("snapshot 10", "snapshot 11");
            assertThat(seen.worst().get(0)).satisfies(one -> {
                assertThat(one.application()).isEqualTo("oldest of all");
                assertThat(one.here()).isFalse();
                assertThat(one.database()).isEqualTo(elsewhere.name());
            });
        }
    }

    @ParameterizedTest
    @SupportedMajors(with = {PREPARED, UNDISTURBED})
    void says_that_it_does_not_know_where_sessions_do_not_tell_their_state(PgServer server) throws SQLException {
        try (FreshDatabase database = server.freshDatabase();
                OpenSessions open = new OpenSessions()) {
            server.execute("alter database " + database.name() + " set track_activities = off");
            open.inTransaction(database, "silent", "show work_mem");

            Sessions seen = read(database, "postgres", "app");

            assertThat(seen.untracked()).isGreaterThanOrEqualTo(1);
            assertThat(seen.idle()).isNull();
            assertThat(seen.application()).isNull();
        }
    }

    private static void burn(FreshDatabase database, int xids) {
        database.execute("do $$ begin for i in 1..%d loop perform pg_current_xact_id(); commit; end loop; end $$"
                .formatted(xids));
    }

    private static Sessions read(FreshDatabase database, String role, @Nullable String applicationRole)
            throws SQLException {
        try (Session session = new Session(database.connect(role), false, TIME, TIME, applicationRole)) {
            Reading<?> reading = new Reader(
                            Queries.all(Clock.systemUTC(), false, new Crowd(() -> false, Optional::empty)),
                            Clock.systemUTC())
                    .read(session, Map.of())
                    .get(Sessions.SECTION);
            assertThat(reading).isInstanceOf(Reading.Taken.class);
            return (Sessions) ((Reading.Taken<?>) reading).value();
        }
    }

    private static Map<String, Sessions.Session> byApplication(Sessions seen) {
        return seen.worst().stream().collect(Collectors.toMap(Sessions.Session::application, Function.identity()));
    }

    /** A session that has just been closed is there for a moment more, and hides its state from ordinary roles. */
    private static void awaitEndOfOthersSessions(Database database) {
        await().atMost(Duration.ofSeconds(30))
                .until(() -> database.server()
                        .ask("select count(*) from pg_stat_activity where usename <> 'app' and datname = '"
                                + database.name() + "'")
                        .equals("0"));
    }
}

package io.pgwatch.core.probes;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgwatch.evidence.PoolSaturation.Diagnosis;
import io.pgwatch.evidence.PoolSaturation.Diagnosis.Kind;
import io.pgwatch.snapshot.Borrowers;
import io.pgwatch.snapshot.Borrowers.Borrower;
import io.pgwatch.snapshot.Cause;
import io.pgwatch.snapshot.Ceiling;
import io.pgwatch.snapshot.ClientPools.ClientPool;
import io.pgwatch.snapshot.Login;
import io.pgwatch.snapshot.Poolers;
import io.pgwatch.snapshot.Reading;
import io.pgwatch.snapshot.Reading.Missing;
import io.pgwatch.snapshot.Server;
import io.pgwatch.snapshot.Sessions;
import io.pgwatch.snapshot.Sessions.Activity;
import io.pgwatch.snapshot.Snapshot;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is told of a pool of 10 that is full, by what the sessions of its role are doing, and of one that gets none. */
class PoolDiagnosisTests {

    private static final Instant NOW = Instant.parse("2026-11-21T02:41:10Z");
    private static final ClientPool FULL = new ClientPool("main", "hikari", 10, 0, 10, 10, 3, null, 12);
    private static final ClientPool SHRUNK = new ClientPool("main", "hikari", 2, 0, 10, 10, 3, null, 12);
    private static final ClientPool ONE = new ClientPool("main", "hikari", 1, 0, 1, 1, 3, null, 12);
    private static final ClientPool IDLE = new ClientPool("main", "hikari", 2, 8, 10, 10, 0, null, 0);

    @ParameterizedTest(name = "{0} active ({4} long), {1} waiting, {2} in transaction ({5}), {3} idle ({6}): {7}")
    @CsvSource({
        " 0,  0,  0, 10,  0,  0, 10, LEAK",
        " 3,  0,  0,  7,  3,  0,  7, LEAK",
        "10,  0,  0, 40, 10,  0, 40, SLOW_STATEMENTS", // the idle ones are other processes'
        " 8,  0,  0, 92,  8,  0, 92, SLOW_STATEMENTS",
        "10,  0,  0,  0, 10,  0,  0, SLOW_STATEMENTS",
        " 1,  9,  0,  0,  1,  0,  0, LOCK_PILE_UP",
        " 0,  9,  1,  0,  0,  1,  0, LOCK_PILE_UP",
        " 0,  5,  5,  0,  0,  5,  0, LOCK_PILE_UP",
        " 1,  1,  8,  0,  1,  8,  0, TRANSACTIONS_LEFT_IDLE",
        "10,  0,  0,  0,  0,  0,  0, POOL_TOO_SMALL",
        " 2,  0,  3,  5,  0,  0,  0, POOL_TOO_SMALL", // all of them for an instant
        " 4,  0,  2,  4,  1,  0,  0, POOL_TOO_SMALL"
    })
    void tells_why_a_pool_is_full(
            int active,
            int waiting,
            int inTransaction,
            int idle,
            int activeLong,
            int idleTxLong,
            int idleLong,
            Kind told) {
        Activity doing =
                new Activity(active, waiting, inTransaction, idle, activeLong, idleTxLong, idleLong, 34.0, 42.0, 99.0);

        Optional<Diagnosis> diagnosis = diagnose(FULL, admitted().with(Sessions.SECTION, taken(sessions(doing))));

        assertThat(diagnosis).map(Diagnosis::kind).contains(told);
    }

    @Test
    void tells_the_numbers_that_decided() {
        assertThat(because(new Activity(1, 8, 1, 0, 1, 1, 0, 1.0, 42.0, 2.0)))
                .isEqualTo("8 sessions wait for a lock, the longest for 42 s");
        assertThat(because(new Activity(1, 1, 8, 0, 1, 8, 0, 1.0, 2.0, 99.0)))
                .isEqualTo("8 sessions are idle in a transaction, the longest for 99 s");
        assertThat(because(new Activity(10, 0, 0, 0, 9, 0, 0, 34.0, null, null)))
                .isEqualTo("9 sessions have run a statement for more than a second, the longest for 34 s");
        assertThat(because(new Activity(10, 0, 0, 0, 1, 0, 0, 2.0, null, null)))
                .isEqualTo("all connections are in use, and 9 sessions no longer than a second at a time");
    }

    @Test
    void tells_of_one_session_in_the_singular_and_of_no_time_that_is_not_known() {
        assertThat(because(ONE, new Activity(0, 1, 0, 0, 0, 0, 0, null, 42.0, null)))
                .isEqualTo("one session waits for a lock, the longest for 42 s");
        assertThat(because(ONE, new Activity(0, 0, 1, 0, 0, 1, 0, null, null, 99.0)))
                .isEqualTo("one session is idle in a transaction, the longest for 99 s");
        assertThat(because(ONE, new Activity(1, 0, 0, 0, 1, 0, 0, null, null, null)))
                .isEqualTo("one session has run a statement for more than a second");
    }

    @Test
    void tells_how_many_connections_leak_at_least() {
        assertThat(because(new Activity(3, 0, 0, 7, 3, 0, 7, 34.0, null, null)))
                .isEqualTo("at least 7 of the 10 borrowed connections have done nothing for more than a second, in no"
                        + " transaction");
    }

    @Test
    void names_who_holds_what_leaks_and_each_thread_once() {
        Snapshot leaking = admitted()
                .with(Sessions.SECTION, taken(sessions(new Activity(0, 0, 0, 10, 0, 0, 10, null, null, null))))
                .with(
                        Borrowers.SECTION,
                        taken(new Borrowers(List.of(
                                borrower("orders-worker-7", 3, "OrderRepository.java:88"),
                                borrower("orders-worker-7", 2, "OrderRepository.java:88"),
                                borrower("batch", 1, null)))));

        assertThat(diagnose(FULL, leaking).orElseThrow().because())
                .isEqualTo("all 10 borrowed connections have done nothing for more than a second, in no"
                        + " transaction; held by thread orders-worker-7 since 02:41:07Z, now in OrderRepository.java:88"
                        + " (2 times); by thread batch since 02:41:09Z, now in no code of the application");
    }

    @Test
    void names_three_threads_of_many() {
        Snapshot leaking = admitted()
                .with(Sessions.SECTION, taken(sessions(new Activity(0, 0, 0, 10, 0, 0, 10, null, null, null))))
                .with(
                        Borrowers.SECTION,
                        taken(new Borrowers(List.of(
                                borrower("a", 4, null),
                                borrower("b", 3, null),
                                borrower("c", 2, null),
                                borrower("d", 1, null)))));

        assertThat(diagnose(FULL, leaking).orElseThrow().because())
                .contains("; by thread c since")
                .doesNotContain("thread d")
                .endsWith("; and by others");
        assertThat(diagnose(
                                FULL,
                                leaking.with(
                                        Borrowers.SECTION,
                                        taken(new Borrowers(List.of(
                                                borrower("a", 4, null),
                                                borrower("b", 3, null),
                                                borrower("c", 2, null))))))
                        .orElseThrow()
                        .because())
                .contains("; by thread c since")
                .doesNotContain("others");
    }

    @Test
    void blames_nothing_for_what_nobody_of_the_application_does_behind_a_pooler() {
        Snapshot shared = admitted()
                .with(Sessions.SECTION, taken(sessions(new Activity(0, 0, 0, 10, 0, 0, 10, null, null, null))))
                .with(Poolers.SECTION, taken(new Poolers("1.24.0", List.of(), 100, 12, 120.0, 0, true, false)));

        assertThat(diagnose(FULL, shared)).isEmpty();

        Snapshot withoutConsole = shared.with(Poolers.SECTION, new Missing<>(Cause.NOT_APPLICABLE, "no console"))
                .with(
                        Server.SECTION,
                        taken(new Server("1", "h", 6432, "18.0", 18, "app", "app", false, Server.Pooler.UNKNOWN)));
        assertThat(diagnose(FULL, withoutConsole)).isEmpty();

        Snapshot direct = withoutConsole.with(Server.SECTION, taken(Facts.server(false)));
        assertThat(diagnose(FULL, direct)).map(Diagnosis::kind).contains(Kind.LEAK);
    }

    @ParameterizedTest
    @ValueSource(strings = {"28P01", "28000", "3D000", "42501", "55000"})
    void tells_a_login_that_fails_from_a_database_that_is_gone(String state) {
        Snapshot refused = Snapshot.at(NOW)
                .with(Login.SECTION, taken(new Login(state, "no", false)))
                .with(Sessions.SECTION, silence());

        assertThat(diagnose(SHRUNK, refused))
                .contains(new Diagnosis(Kind.LOGIN_FAILING, "the server refuses the login: no"));
        assertThat(diagnose(FULL, refused))
                .as("the server is there, and what holds the connections is not to be seen")
                .isEmpty();
    }

    @Test
    void tells_a_database_that_is_gone_from_a_pool_that_is_exhausted() {
        Snapshot gone = Snapshot.at(NOW)
                .with(Login.SECTION, taken(new Login("08001", "Connection refused", false)))
                .with(Sessions.SECTION, silence());

        assertThat(diagnose(SHRUNK, gone)).map(Diagnosis::kind).contains(Kind.DATABASE_GONE);
        assertThat(diagnose(FULL, gone)).contains(new Diagnosis(Kind.DATABASE_GONE, "cannot connect"));
        assertThat(diagnose(SHRUNK, Snapshot.at(NOW).with(Sessions.SECTION, silence())))
                .as("not one attempt has ended")
                .map(Diagnosis::kind)
                .contains(Kind.DATABASE_GONE);
        assertThat(diagnose(
                        FULL, admitted().with(Sessions.SECTION, new Reading.Missing<>(Cause.TIMED_OUT, "too slow"))))
                .contains(new Diagnosis(Kind.DATABASE_GONE, "too slow"));
        assertThat(diagnose(FULL, admitted().with(Sessions.SECTION, silence())))
                .as("it hangs, and so does whoever has a connection")
                .map(Diagnosis::kind)
                .contains(Kind.DATABASE_GONE);
    }

    @Test
    void does_not_take_a_full_pool_that_lends_a_watch_nothing_for_a_database_that_is_gone() {
        Snapshot inVain = Snapshot.at(NOW)
                .with(Login.SECTION, new Missing<>(Cause.TIMED_OUT, "cannot borrow"))
                .with(Sessions.SECTION, new Missing<>(Cause.TIMED_OUT, "cannot borrow"));

        assertThat(diagnose(FULL, inVain)).isEmpty();
        assertThat(diagnose(SHRUNK, inVain))
                .as("it has room, and opens nothing")
                .map(Diagnosis::kind)
                .contains(Kind.DATABASE_GONE);
    }

    @Test
    void tells_a_limit_of_the_server_by_its_refusal_or_by_its_numbers() {
        Snapshot refused = Snapshot.at(NOW)
                .with(Login.SECTION, taken(new Login("53300", "sorry, too many clients already", false)))
                .with(Sessions.SECTION, silence());
        Snapshot counted = admitted()
                .with(
                        Sessions.SECTION,
                        taken(new Sessions(
                                List.of(new Ceiling(Ceiling.Kind.ROLE, "app", 2, 2)),
                                1,
                                null,
                                0,
                                0,
                                0,
                                null,
                                null,
                                List.of())));

        assertThat(diagnose(SHRUNK, refused))
                .contains(new Diagnosis(
                        Kind.SERVER_CEILING, "the server refuses new connections: sorry, too many clients already"));
        assertThat(diagnose(FULL, refused)).isEmpty();
        assertThat(diagnose(SHRUNK, counted).orElseThrow())
                .isEqualTo(new Diagnosis(
                        Kind.SERVER_CEILING,
                        "2 of 2 connections of role app are in use, fewer than the pool may have"));
    }

    @Test
    void a_pool_that_gets_none_where_pgwatch_gets_in_has_a_login_that_fails() {
        Snapshot fine =
                admitted().with(Sessions.SECTION, taken(sessions(new Activity(2, 0, 0, 0, 0, 0, 0, 0.1, null, null))));

        assertThat(diagnose(SHRUNK.fullFor(5), fine)).map(Diagnosis::kind).contains(Kind.LOGIN_FAILING);
        assertThat(diagnose(SHRUNK.fullFor(4.9), fine))
                .as("it may just be opening one")
                .isEmpty();
    }

    @Test
    void tells_of_the_first_pool_whose_threads_wait_even_before_they_have_for_a_second() {
        Snapshot busy = admitted()
                .with(Sessions.SECTION, taken(sessions(new Activity(10, 0, 0, 0, 0, 0, 0, null, null, null))));
        ClientPool spare = new ClientPool("main", "hikari", 9, 1, 10, 10, 3, null, 0);

        assertThat(diagnose(FULL.fullFor(0), busy)).map(Diagnosis::kind).contains(Kind.POOL_TOO_SMALL);
        assertThat(diagnose(spare, busy)).as("one is free").isEmpty();
        assertThat(PoolDiagnosis.of(List.of(spare, FULL), busy))
                .map(Diagnosis::kind)
                .contains(Kind.POOL_TOO_SMALL);
    }

    @Test
    void tells_nothing_while_nobody_waits_or_the_states_are_hidden() {
        assertThat(diagnose(IDLE, admitted().with(Sessions.SECTION, silence()))).isEmpty();
        assertThat(diagnose(FULL, admitted().with(Sessions.SECTION, taken(sessions(null)))))
                .isEmpty();
        assertThat(diagnose(
                        FULL, admitted().with(Sessions.SECTION, new Reading.Missing<>(Cause.NOT_PERMITTED, "may not"))))
                .isEmpty();
    }

    private static String because(Activity doing) {
        return because(FULL, doing);
    }

    private static String because(ClientPool pool, Activity doing) {
        return diagnose(pool, admitted().with(Sessions.SECTION, taken(sessions(doing))))
                .orElseThrow()
                .because();
    }

    private static Optional<Diagnosis> diagnose(ClientPool pool, Snapshot snapshot) {
        return PoolDiagnosis.of(List.of(pool), snapshot);
    }

    private static Snapshot admitted() {
        return Snapshot.at(NOW).with(Login.SECTION, taken(Login.ADMITTED));
    }

    private static Sessions sessions(Activity doing) {
        return new Sessions(
                List.of(new Ceiling(Ceiling.Kind.SERVER, "max_connections", 20, 97)),
                1,
                null,
                0,
                0,
                0,
                doing,
                null,
                List.of());
    }

    private static Reading<Sessions> silence() {
        return new Reading.Missing<>(Cause.FAILED, "cannot connect");
    }

    private static <T> Reading<T> taken(T value) {
        return new Reading.Taken<>(value, NOW);
    }

    private static Borrower borrower(String thread, double seconds, String at) {
        return new Borrower((int) seconds, thread, true, NOW.minusSeconds((long) seconds), seconds, at, null);
    }
}

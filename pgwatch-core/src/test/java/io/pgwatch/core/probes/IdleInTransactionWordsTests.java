package io.pgwatch.core.probes;

import static io.pgwatch.core.probes.Facts.NOW;
import static io.pgwatch.core.probes.Facts.NO_HOLDERS;
import static io.pgwatch.core.probes.Facts.hidden;
import static io.pgwatch.core.probes.Facts.idle;
import static io.pgwatch.core.probes.Facts.partly;
import static io.pgwatch.core.probes.Facts.session;
import static io.pgwatch.core.probes.Facts.sessions;
import static io.pgwatch.core.probes.Facts.snapshot;
import static io.pgwatch.core.probes.Facts.taken;
import static io.pgwatch.core.probes.Facts.untracked;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.pgwatch.evidence.IdleInTransaction;
import io.pgwatch.probe.Finding;
import io.pgwatch.probe.Level;
import io.pgwatch.probe.Remedy;
import io.pgwatch.probe.Verdict;
import io.pgwatch.snapshot.Borrowers;
import io.pgwatch.snapshot.Borrowers.Borrower;
import io.pgwatch.snapshot.Cause;
import io.pgwatch.snapshot.Holders;
import io.pgwatch.snapshot.Holders.Prepared;
import io.pgwatch.snapshot.LockWaits;
import io.pgwatch.snapshot.LockWaits.Locked;
import io.pgwatch.snapshot.LockWaits.Waiter;
import io.pgwatch.snapshot.Reading;
import io.pgwatch.snapshot.Server;
import io.pgwatch.snapshot.Sessions;
import io.pgwatch.snapshot.Sessions.State;
import io.pgwatch.snapshot.Snapshot;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Who is listed among those that leave a transaction open, in which order, and in which words. */
class IdleInTransactionWordsTests {

    private static final String GRANT = "GRANT pg_read_all_stats TO \"it's \"\"me\"\"\";";

    private static Verdict<IdleInTransaction> judge(Snapshot snapshot) {
        return IdleInTransactionProbe.withDefaults().judge(snapshot);
    }

    private static Waiter waiter(int pid, @Nullable Double seconds, @Nullable String table, int blocker) {
        return new Waiter(pid, "ShareLock", seconds, table, List.of(blocker), List.of());
    }

    private static LockWaits waits(Waiter... waiters) {
        return new LockWaits(List.of(waiters), List.of());
    }

    @Test
    void what_is_at_work_is_not_listed() {
        Verdict<IdleInTransaction> verdict =
                judge(snapshot(session(1, State.ACTIVE, 900.0, 900.0, 5_000_000L, null, "shop")));

        assertThat(verdict.level()).isEqualTo(Level.OK);
        assertThat(verdict.seen().orElseThrow().sessions()).isEmpty();
        assertThat(verdict.summary()).isEqualTo("no session is idle in a transaction");
    }

    @Test
    void of_those_that_are_as_bad_the_one_for_which_most_wait_comes_first() {
        LockWaits two = waits(waiter(7, 31.0, null, 3), waiter(8, 31.0, null, 3), waiter(9, 31.0, null, 2));

        Verdict<IdleInTransaction> verdict = judge(snapshot(
                sessions(idle(1, 599, null, null), idle(2, 50, null, null), idle(3, 40, null, null)), NO_HOLDERS, two));

        assertThat(verdict.seen().orElseThrow().sessions())
                .extracting(IdleInTransaction.Session::pid, IdleInTransaction.Session::blocks)
                .containsExactly(tuple(3, 2), tuple(2, 1), tuple(1, 0));
    }

    @Test
    void who_of_this_process_has_borrowed_the_connection_is_told() {
        Borrower borrower = new Borrower(4711, "checkout", true, NOW.minusSeconds(70), 70, "Cart.java:12", null);
        Verdict<IdleInTransaction> verdict = judge(
                snapshot(idle(4711, 70, null, null)).with(Borrowers.SECTION, taken(new Borrowers(List.of(borrower)))));

        assertThat(verdict.summary()).endsWith("; held by thread checkout since 11:58:50Z, now in Cart.java:12");
        assertThat(verdict.seen().orElseThrow().sessions().get(0).borrower())
                .isEqualTo("thread checkout since 11:58:50Z, now in Cart.java:12");
    }

    @Test
    void says_what_it_holds_and_who_waits_for_what() {
        Finding finding = judge(snapshot(
                        sessions(idle(4711, 70, 5_000_000L, null)),
                        NO_HOLDERS,
                        waits(waiter(7, 31.0, "public.t", 4711), waiter(8, null, null, 7))))
                .findings()
                .get(0);

        assertThat(finding.summary())
                .isEqualTo(
                        "session 4711 of role app (orders) has been idle in a transaction for 70 s, holds back VACUUM"
                                + " by 5,000,000 transactions and makes 2 others wait");
        assertThat(finding.cause())
                .isEqualTo(
                        "its transaction wrote or locked something, and has not been committed; session 7 has waited the longest, for 31 s,"
                                + " for ShareLock on public.t");
        assertThat(judge(snapshot(sessions(idle(4711, 70, null, 0L)), NO_HOLDERS, waits(waiter(7, null, null, 4711))))
                        .findings())
                .singleElement()
                .satisfies(one ->
                        assertThat(one.summary()).endsWith("idle in a transaction for 70 s, and makes one other wait"))
                .satisfies(one -> assertThat(one.cause())
                        .endsWith("; session 7 has waited the longest, for ShareLock, as of a row that another"
                                + " transaction changed"));
        LockWaits advisory = waits(new LockWaits.Waiter(7, "ExclusiveLock", null, null, List.of(4711), List.of()));
        assertThat(judge(snapshot(sessions(idle(4711, 70, null, 0L)), NO_HOLDERS, advisory))
                        .findings()
                        .get(0)
                        .cause())
                .endsWith("; session 7 has waited the longest, for ExclusiveLock");
    }

    @Test
    void says_which_tables_it_keeps_locked_and_whether_there_are_more() {
        assertThat(locking(new Locked(1, 9, List.of("public.z")), new Locked(4711, 2, List.of("public.a", "public.b"))))
                .endsWith("; it keeps 2 tables locked (public.a, public.b)");
        assertThat(locking(new Locked(4711, 3, List.of("public.a", "public.b"))))
                .endsWith("; it keeps 3 tables locked (public.a, public.b …)");
        assertThat(locking(new Locked(1, 9, List.of("public.z")))).doesNotContain("locked");
    }

    private static String locking(Locked... locked) {
        return String.valueOf(judge(snapshot(
                        sessions(idle(4711, 70, null, null)), NO_HOLDERS, new LockWaits(List.of(), List.of(locked))))
                .findings()
                .get(0)
                .cause());
    }

    @Test
    void ends_a_session_only_where_others_wait_or_it_is_critical() {
        Verdict<IdleInTransaction> warns = judge(snapshot(idle(4711, 70, null, 5L)));

        assertThat(remedy(warns).sql())
                .startsWith("ALTER ROLE \"app\" IN DATABASE \"shop\" SET idle_in_transaction_session_timeout");
        assertThat(remedy(warns).impact()).isEqualTo(Remedy.Impact.CONFIGURATION);
        assertThat(warns.seen().orElseThrow().sessions())
                .extracting(IdleInTransaction.Session::pins, IdleInTransaction.Session::pinnedAge)
                .containsExactly(tuple(true, 5L));
        Verdict<IdleInTransaction> blocks =
                judge(snapshot(sessions(idle(4711, 30, null, null)), NO_HOLDERS, waits(waiter(7, 20.0, null, 4711))));
        assertThat(blocks.level()).isEqualTo(Level.WARNING);
        assertThat(remedy(blocks).sql()).startsWith("SELECT pg_terminate_backend(pid)");
        assertThat(remedy(blocks).impact()).isEqualTo(Remedy.Impact.ENDS_SESSION);
        assertThat(blocks.seen().orElseThrow().sessions())
                .extracting(IdleInTransaction.Session::pins, IdleInTransaction.Session::idleSeconds)
                .containsExactly(tuple(false, 30.0));
    }

    private static Remedy remedy(Verdict<IdleInTransaction> verdict) {
        return Objects.requireNonNull(verdict.findings().get(0).remedy());
    }

    @Test
    void says_of_a_hidden_session_with_an_id_that_it_wrote_or_locked() {
        assertThat(judge(snapshot(partly(1, 0, hidden(5, 1_000_000L, null)), NO_HOLDERS, LockWaits.NONE))
                        .findings())
                .extracting(Finding::cause)
                .containsExactly("its transaction wrote or locked something, and has not been committed");
    }

    @ParameterizedTest(name = "others wait for a hidden session for {0} s: {1}")
    @CsvSource({"9.9, UNKNOWN", "10, WARNING", ", UNKNOWN"})
    void a_hidden_session_is_judged_by_how_long_others_wait_for_it(@Nullable Double seconds, Level expected) {
        Verdict<IdleInTransaction> verdict =
                judge(snapshot(partly(1, 0, hidden(5, null, 3L)), NO_HOLDERS, waits(waiter(7, seconds, null, 5))));

        assertThat(verdict.level()).isEqualTo(expected);
        for (Finding finding : verdict.findings()) {
            assertThat(finding.cause()).startsWith("whether it idles or works is hidden from the watch's role");
            Remedy remedy = Objects.requireNonNull(finding.remedy());
            assertThat(remedy.sql())
                    .isEqualTo("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = 5 AND"
                            + " greatest(age(backend_xid), age(backend_xmin)) >= 3;\n" + GRANT);
            assertThat(remedy.text())
                    .startsWith(
                            "End it, as a superuser or as its own role, if what it does may be lost: it may be at work.");
            assertThat(remedy.impact()).isEqualTo(Remedy.Impact.ENDS_SESSION);
        }
    }

    @Test
    void a_hidden_session_for_which_nobody_waits_is_not_to_be_ended() {
        Verdict<IdleInTransaction> verdict =
                judge(snapshot(partly(1, 0, hidden(5, 1_000_000L, null)), NO_HOLDERS, LockWaits.NONE));

        assertThat(remedy(verdict).sql()).isEqualTo(GRANT);
        assertThat(remedy(verdict).impact()).isEqualTo(Remedy.Impact.ONLINE);
    }

    @Test
    void a_hidden_session_of_a_standby_is_ended_there_and_the_grant_is_given_on_the_primary() {
        Snapshot standby = snapshot(partly(1, 0, hidden(5, null, 3L)), NO_HOLDERS, waits(waiter(7, 10.0, null, 5)))
                .with(Server.SECTION, taken(Facts.server(true)));

        assertThat(remedy(judge(standby)).sql())
                .startsWith("SELECT pg_terminate_backend")
                .hasLineCount(1);
        assertThat(remedy(judge(standby)).text())
                .endsWith(
                        "On the primary: Let the watch's role see what sessions of other roles are doing, and since when.");
    }

    @Test
    void asks_for_no_grant_where_the_server_itself_does_not_know() {
        Verdict<IdleInTransaction> verdict =
                judge(snapshot(partly(0, 1, untracked(5, null, 3L)), NO_HOLDERS, waits(waiter(7, 10.0, null, 5))));

        assertThat(verdict.findings()).singleElement().satisfies(finding -> {
            assertThat(finding.cause()).startsWith("whether it idles or works nobody knows: track_activities is off");
            assertThat(Objects.requireNonNull(finding.remedy()).sql())
                    .startsWith("SELECT pg_terminate_backend(pid)")
                    .contains("backend_start = ")
                    .doesNotContain("GRANT");
            assertThat(finding.remedy().text()).contains("set track_activities on");
        });
    }

    @ParameterizedTest(name = "prepared {0} s ago, here: {1}")
    @CsvSource({"9.9, true, OK", "10, true, WARNING", "59.9, true, WARNING", "60, true, CRITICAL", "60, false, OK"})
    void a_prepared_transaction_for_which_others_wait_is_judged_by_its_age(
            double seconds, boolean here, Level expected) {
        Holders holders = new Holders(List.of(new Prepared("tx", "app", "shop", here, 5, seconds)), List.of());
        Waiter waiter = new Waiter(1, "ShareLock", 9.0, null, List.of(), List.of("tx"));

        assertThat(judge(snapshot(sessions(), holders, waits(waiter))).level()).isEqualTo(expected);
    }

    @ParameterizedTest(name = "{0} may wait: {1}")
    @CsvSource({"0, OK", "1, UNKNOWN"})
    void is_unknown_rather_than_ok_where_somebody_may_wait_and_the_locks_cannot_be_read(int mayWait, Level expected) {
        Sessions seen = new Sessions(
                List.of(), 1, null, 0, 0, mayWait, null, new Sessions.IdleInTransaction(1, 0, 42.0), List.of());

        Verdict<IdleInTransaction> verdict = judge(snapshot(seen, NO_HOLDERS, LockWaits.NONE)
                .with(LockWaits.SECTION, new Reading.Missing<>(Cause.TIMED_OUT, "too slow")));

        assertThat(verdict.level()).isEqualTo(expected);
        assertThat(verdict.summary())
                .isEqualTo(expected == Level.OK ? "one session idle in a transaction for 42 s" : "too slow");
    }

    @ParameterizedTest
    @CsvSource({
        "1, 0.9, one session idle in a transaction",
        "1, 1, one session idle in a transaction for 1 s",
        "2, 0.9, 2 sessions idle in a transaction",
        "2, 42, '2 sessions idle in a transaction, the longest for 42 s'"
    })
    void says_for_how_long_once_it_is_a_second(int count, double longest, String words) {
        Sessions seen = new Sessions(
                List.of(), 1, null, 0, 0, 0, null, new Sessions.IdleInTransaction(count, 0, longest), List.of());

        assertThat(judge(snapshot(seen, NO_HOLDERS, LockWaits.NONE)).summary()).isEqualTo(words);
    }

    @Test
    void tells_the_developer_once_in_the_story_of_a_session_that_holds_back_vacuum() {
        Snapshot snapshot = snapshot(idle(4711, 30, 20_000_000L, null));
        Remedy effect = Objects.requireNonNull(
                HorizonProbe.withDefaults().judge(snapshot).findings().get(0).remedy());

        assertThat(remedy(judge(snapshot)).text()).startsWith("Commit right after the last statement");
        assertThat(effect.text()).isEqualTo("Have it commit or roll back; where nobody does, end it.");
    }

    @ParameterizedTest
    @CsvSource({
        "0, 1, one session of this database does not tell the state: track_activities is off",
        "0, 2, 2 sessions of this database do not tell the state: track_activities is off",
        "1, 2, the state of one session is hidden from the watch's role"
    })
    void says_why_it_does_not_know(int hidden, int untracked, String words) {
        assertThat(judge(snapshot(partly(hidden, untracked), NO_HOLDERS, LockWaits.NONE))
                        .summary())
                .isEqualTo(words);
    }
}

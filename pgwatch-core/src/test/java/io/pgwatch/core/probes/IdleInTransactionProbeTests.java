package io.pgwatch.core.probes;

import static io.pgwatch.core.probes.Facts.NOW;
import static io.pgwatch.core.probes.Facts.NO_HOLDERS;
import static io.pgwatch.core.probes.Facts.elsewhere;
import static io.pgwatch.core.probes.Facts.hidden;
import static io.pgwatch.core.probes.Facts.idle;
import static io.pgwatch.core.probes.Facts.partly;
import static io.pgwatch.core.probes.Facts.server;
import static io.pgwatch.core.probes.Facts.session;
import static io.pgwatch.core.probes.Facts.sessions;
import static io.pgwatch.core.probes.Facts.snapshot;
import static io.pgwatch.core.probes.Facts.taken;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.pgwatch.evidence.IdleInTransaction;
import io.pgwatch.probe.Level;
import io.pgwatch.probe.Measure;
import io.pgwatch.probe.Remedy;
import io.pgwatch.probe.Remedy.Impact;
import io.pgwatch.probe.Verdict;
import io.pgwatch.snapshot.Cause;
import io.pgwatch.snapshot.Holders;
import io.pgwatch.snapshot.LockWaits;
import io.pgwatch.snapshot.LockWaits.Locked;
import io.pgwatch.snapshot.LockWaits.Waiter;
import io.pgwatch.snapshot.Reading;
import io.pgwatch.snapshot.Server;
import io.pgwatch.snapshot.Sessions;
import io.pgwatch.snapshot.Sessions.Session;
import io.pgwatch.snapshot.Sessions.State;
import io.pgwatch.snapshot.Snapshot;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class IdleInTransactionProbeTests {

    private final IdleInTransactionProbe probe = IdleInTransactionProbe.withDefaults();

    @ParameterizedTest(name = "idle for {0} s with an id of age {1} is {2}")
    @CsvSource({
        "9.9, 5000000, OK",
        "10, 5000000, WARNING",
        "59.9, 999999, OK",
        "59.9, 1000000, WARNING",
        "60, , WARNING",
        "60, 999999, WARNING",
        "60, 1000000, CRITICAL",
        "599, , WARNING",
        "600, , CRITICAL"
    })
    void judges_by_the_time_since_the_last_statement_and_one_band_higher_for_old_ids(
            double seconds, Long age, Level expected) {
        assertThat(probe.judge(snapshot(idle(4711, seconds, age, null))).level())
                .as("writer")
                .isEqualTo(expected);
        assertThat(probe.judge(snapshot(idle(4711, seconds, null, age))).level())
                .as("snapshot")
                .isEqualTo(expected);
    }

    @ParameterizedTest(name = "idle for {0} s while others wait is {1}")
    @CsvSource({"9.9, OK", "10, WARNING", "59.9, WARNING", "60, CRITICAL"})
    void judges_one_band_higher_when_others_wait(double seconds, Level expected) {
        Verdict<IdleInTransaction> verdict =
                probe.judge(snapshot(sessions(idle(4711, seconds, null, null)), NO_HOLDERS, queue(4711, 3)));

        assertThat(verdict.level()).isEqualTo(expected);
        assertThat(verdict.seen().orElseThrow().sessions().get(0).blocks()).isEqualTo(3);
    }

    @Test
    void tells_who_it_is_what_it_costs_and_how_to_end_it() {
        Verdict<IdleInTransaction> verdict = probe.judge(snapshot(
                sessions(idle(4711, 2400, null, null)),
                NO_HOLDERS,
                new LockWaits(List.of(), List.of(new Locked(4711, 4, List.of("public.a", "public.b", "s.c"))))));

        assertThat(verdict.findings()).singleElement().satisfies(finding -> {
            assertThat(finding.id()).isEqualTo("idle-in-transaction/4711");
            assertThat(finding.summary())
                    .isEqualTo("session 4711 of role app (orders) has been idle in a transaction for 40 min");
            assertThat(finding.cause())
                    .isEqualTo(
                            "it pins nothing, and costs a connection; it keeps 4 tables locked (public.a, public.b, s.c …)");
            assertThat(Objects.requireNonNull(finding.remedy()).sql())
                    .isEqualTo(
                            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = 4711 AND"
                                    + " backend_start = '2026-11-21 11:00:00.000000+00';\n"
                                    + "ALTER ROLE \"app\" IN DATABASE \"shop\" SET idle_in_transaction_session_timeout = '5min';");
            assertThat(finding.remedy().text())
                    .startsWith("End it, and mend the code. Commit after reading")
                    .endsWith(" in all sessions of role app in database shop that begin from now on.");
        });
    }

    @ParameterizedTest
    @CsvSource({"60, false", "600, true"})
    void leaves_to_the_primary_what_a_standby_cannot_set(double seconds, boolean ends) {
        Snapshot standby = snapshot(idle(4711, seconds, null, null)).with(Server.SECTION, taken(server(true)));

        Remedy remedy =
                Objects.requireNonNull(probe.judge(standby).findings().get(0).remedy());

        assertThat(remedy.text())
                .contains(" On the primary, set idle_in_transaction_session_timeout for role app in database shop.");
        assertThat(remedy.text().startsWith("End it")).isEqualTo(ends);
        assertThat(remedy.sql() != null).isEqualTo(ends);
        assertThat(Objects.requireNonNullElse(remedy.sql(), "")).doesNotContain("ALTER");
        assertThat(remedy.impact()).isEqualTo(ends ? Impact.ENDS_SESSION : Impact.APPLICATION);
    }

    @Test
    void counts_those_behind_others_and_survives_a_circle() {
        LockWaits locks = new LockWaits(
                List.of(waiter(1, 4711), waiter(2, 1), waiter(3, 2), waiter(4, 5), waiter(5, 4)), List.of());

        assertThat(locks.behind(4711)).extracting(Waiter::pid).containsExactly(1, 2, 3);
        assertThat(locks.behind(4)).extracting(Waiter::pid).containsExactly(4, 5);
        assertThat(locks.behind(9)).isEmpty();
    }

    @Test
    void leaves_other_databases_and_backups_alone() {
        Session dump = new Session(
                7,
                NOW,
                "app",
                "pg_dump",
                "shop",
                true,
                Sessions.Kind.CLIENT,
                State.IDLE_IN_TRANSACTION,
                9000.0,
                9000.0,
                null,
                5_000_000L,
                null);

        assertThat(probe.judge(snapshot(elsewhere(8, 9000, 5_000_000L, null), dump))
                        .level())
                .isEqualTo(Level.OK);
    }

    @Test
    void is_unknown_with_the_grant_rather_than_ok_where_states_are_hidden() {
        Verdict<IdleInTransaction> verdict =
                probe.judge(snapshot(partly(12, 0, hidden(5, 999_999L, null)), NO_HOLDERS, LockWaits.NONE));

        assertThat(verdict).isInstanceOfSatisfying(Verdict.Unknown.class, unknown -> {
            assertThat(unknown.cause()).isEqualTo(Cause.NOT_PERMITTED);
            assertThat(Objects.requireNonNull(unknown.remedy()).sql())
                    .isEqualTo("GRANT pg_read_all_stats TO \"it's \"\"me\"\"\";");
        });
        assertThat(measured(verdict)).containsEntry("idle.in.transaction", Double.NaN);
        assertThat(verdict.seen().orElseThrow().sessions()).singleElement().satisfies(session -> {
            assertThat(session.idleSeconds()).isNull();
            assertThat(session.pinnedAge()).isEqualTo(999_999);
        });
    }

    @Test
    void warns_of_a_hidden_session_that_harms_without_saying_that_it_idles() {
        Verdict<IdleInTransaction> old =
                probe.judge(snapshot(partly(12, 0, hidden(5, 1_000_000L, null)), NO_HOLDERS, LockWaits.NONE));
        assertThat(old.level()).isEqualTo(Level.WARNING);
        assertThat(old.summary()).contains("keeps a transaction open").doesNotContain("idle");

        Verdict<IdleInTransaction> maybeAtWork =
                probe.judge(snapshot(partly(12, 0, hidden(5, null, 1_000_000L)), NO_HOLDERS, LockWaits.NONE));
        assertThat(maybeAtWork.level()).as("a statement may be running").isEqualTo(Level.UNKNOWN);

        Verdict<IdleInTransaction> blocking =
                probe.judge(snapshot(partly(12, 0, hidden(5, 3L, null)), NO_HOLDERS, queue(5, 2)));
        assertThat(blocking.level()).isEqualTo(Level.WARNING);
    }

    @Test
    void is_unknown_where_activities_are_not_tracked() {
        assertThat(probe.judge(snapshot(partly(0, 2), NO_HOLDERS, LockWaits.NONE)))
                .isInstanceOfSatisfying(Verdict.Unknown.class, unknown -> {
                    assertThat(unknown.cause()).isEqualTo(Cause.NOT_SUPPORTED);
                    assertThat(unknown.detail()).contains("track_activities is off");
                });
    }

    @Test
    void does_not_know_who_waits_while_the_locks_cannot_be_read() {
        Snapshot dark = snapshot(idle(4711, 30, null, null))
                .with(LockWaits.SECTION, new Reading.Missing<>(Cause.TIMED_OUT, "too slow"));

        assertThat(probe.judge(dark).seen().orElseThrow().sessions().get(0).blocks())
                .isNull();
    }

    @Test
    void names_the_worst_ten_and_counts_them_all() {
        Session[] many = IntStream.range(0, 30)
                .mapToObj(i -> idle(i, 700 + i, null, null))
                .toArray(Session[]::new);

        Verdict<IdleInTransaction> verdict = probe.judge(snapshot(many));

        IdleInTransaction evidence = verdict.seen().orElseThrow();
        assertThat(evidence.count()).isEqualTo(30);
        assertThat(evidence.sessions())
                .hasSize(10)
                .first()
                .extracting(IdleInTransaction.Session::pid)
                .isEqualTo(29);
        assertThat(verdict.findings()).hasSize(10);
        assertThat(measured(verdict)).containsEntry("idle.in.transaction", 30.0);
    }

    @Test
    void tells_of_a_prepared_transaction_only_when_others_wait_for_it() {
        Holders holders =
                new Holders(List.of(new Holders.Prepared("it's\nmine", "app", "shop", true, 5, 70)), List.of());
        LockWaits locks = new LockWaits(
                List.of(new Waiter(1, "ShareLock", 65.0, null, List.of(), List.of("it's\nmine"))), List.of());

        assertThat(probe.judge(snapshot(sessions(), holders, LockWaits.NONE)).level())
                .isEqualTo(Level.OK);
        Verdict<IdleInTransaction> verdict = probe.judge(snapshot(sessions(), holders, locks));
        assertThat(verdict.level()).isEqualTo(Level.CRITICAL);
        assertThat(Objects.requireNonNull(verdict.findings().get(0).remedy()).sql())
                .isEqualTo("ROLLBACK PREPARED U&'it''s\\+00000amine';");
    }

    @Test
    void publishes_none_as_nought() {
        assertThat(measured(probe.judge(snapshot(session(1, State.ACTIVE, 1.0, 1.0, 5L, null, "shop")))))
                .containsEntry("idle.in.transaction", 0.0)
                .containsEntry("idle.in.transaction.longest", 0.0);
    }

    @ParameterizedTest(name = "{0}, {1}, {2}, {3} is refused")
    @CsvSource({"600, 60, 10, 1", "-1, 60, 0, 1", "60, 600, 61, 1", "60, 600, -1, 1", "60, 600, 10, -1"})
    void refuses_thresholds_that_contradict_each_other(int warning, int critical, int harmful, long age) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new IdleInTransactionProbe(
                        Duration.ofSeconds(warning), Duration.ofSeconds(critical), Duration.ofSeconds(harmful), age))
                .withMessageStartingWith("want ")
                .withMessageContaining("got");
    }

    private static LockWaits queue(int root, int length) {
        return new LockWaits(
                IntStream.rangeClosed(1, length)
                        .mapToObj(i -> waiter(i, i == 1 ? root : i - 1))
                        .toList(),
                List.of());
    }

    private static Waiter waiter(int pid, int blocker) {
        return new Waiter(pid, "ExclusiveLock", 31.0, "public.t", List.of(blocker), List.of());
    }

    private Map<String, Double> measured(Verdict<IdleInTransaction> verdict) {
        Map<String, Double> values = new TreeMap<>();
        for (Measure<IdleInTransaction> measure : probe.measures()) {
            measure.source().read(verdict.seen().orElseThrow(), (tags, value) -> values.put(measure.name(), value));
        }
        return values;
    }
}

package io.pgwatch.core.probes;

import static io.pgwatch.core.probes.Facts.NOW;
import static io.pgwatch.core.probes.Facts.NO_HOLDERS;
import static io.pgwatch.core.probes.Facts.elsewhere;
import static io.pgwatch.core.probes.Facts.hidden;
import static io.pgwatch.core.probes.Facts.idle;
import static io.pgwatch.core.probes.Facts.partly;
import static io.pgwatch.core.probes.Facts.session;
import static io.pgwatch.core.probes.Facts.sessions;
import static io.pgwatch.core.probes.Facts.snapshot;
import static io.pgwatch.core.probes.Facts.taken;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.tuple;

import io.pgwatch.evidence.Horizon;
import io.pgwatch.evidence.Horizon.Kind;
import io.pgwatch.evidence.Horizon.Scope;
import io.pgwatch.probe.Finding;
import io.pgwatch.probe.Level;
import io.pgwatch.probe.Verdict;
import io.pgwatch.snapshot.Cause;
import io.pgwatch.snapshot.Databases;
import io.pgwatch.snapshot.History;
import io.pgwatch.snapshot.Holders;
import io.pgwatch.snapshot.Holders.Prepared;
import io.pgwatch.snapshot.Holders.Slot;
import io.pgwatch.snapshot.LockWaits;
import io.pgwatch.snapshot.Reading;
import io.pgwatch.snapshot.Server;
import io.pgwatch.snapshot.Sessions;
import io.pgwatch.snapshot.Sessions.Session;
import io.pgwatch.snapshot.Sessions.State;
import io.pgwatch.snapshot.Snapshot;
import io.pgwatch.snapshot.Tables;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HorizonProbeTests {

    private final HorizonProbe probe = HorizonProbe.withDefaults();

    @ParameterizedTest(name = "an id of age {0} is {1}")
    @CsvSource({"9999999, OK", "10000000, WARNING", "99999999, WARNING", "100000000, CRITICAL"})
    void judges_by_the_age_of_the_oldest_id_of_whatever_kind(long age, Level expected) {
        Prepared prepared = new Prepared("tx", "app", "shop", true, age, 5);
        Slot physical = new Slot("standby", null, false, age, null, null, "reserved");
        Slot logical = new Slot("feed", "shop", true, null, age, 7, "reserved");
        Session standby = new Session(
                9, null, "rep", "walreceiver", null, false, Sessions.Kind.STANDBY, null, null, null, null, age, null);

        for (Snapshot held : List.of(
                snapshot(idle(1, 5, age, null)),
                snapshot(idle(1, 5, null, age)),
                snapshot(hidden(1, null, age)),
                snapshot(standby),
                snapshot(sessions(), new Holders(List.of(prepared), List.of()), LockWaits.NONE),
                snapshot(sessions(), new Holders(List.of(), List.of(physical)), LockWaits.NONE),
                snapshot(sessions(), new Holders(List.of(), List.of(logical)), LockWaits.NONE))) {
            assertThat(probe.judge(held).level()).isEqualTo(expected);
        }
    }

    @Test
    void tells_the_owner_of_an_id_before_those_that_inherited_it_then_the_earliest() {
        Verdict<Horizon> owned = probe.judge(snapshot(
                sessions(idle(1, 9000, null, 20_000_000L), idle(2, 5, 20_000_000L, null), idle(3, 5, null, 7L)),
                NO_HOLDERS,
                LockWaits.NONE));
        assertThat(owned.seen().orElseThrow().holders())
                .extracting(Horizon.Holder::id, Horizon.Holder::origin)
                .containsExactly(tuple("2", true), tuple("1", false), tuple("3", false));
        assertThat(owned.findings())
                .singleElement()
                .satisfies(finding -> assertThat(finding.cause())
                        .contains("another has inherited its id and must end, too: session 1"));

        Verdict<Horizon> nobodys =
                probe.judge(snapshot(idle(1, 5, null, 20_000_000L), idle(2, 9000, null, 20_000_000L)));
        assertThat(nobodys.findings().get(0).id()).isEqualTo("horizon/session-2");
    }

    @Test
    void blames_another_database_only_for_what_was_inherited_from_it_here() {
        Verdict<Horizon> theirs = probe.judge(snapshot(elsewhere(8, 9000, 20_000_000L, null), idle(1, 5, null, 3L)));
        assertThat(theirs.level()).isEqualTo(Level.OK);
        assertThat(theirs.seen().orElseThrow().age()).isEqualTo(3);

        Verdict<Horizon> ours =
                probe.judge(snapshot(elsewhere(8, 9000, 20_000_000L, null), idle(1, 5, null, 20_000_000L)));
        assertThat(ours.findings()).singleElement().satisfies(finding -> {
            assertThat(finding.id()).isEqualTo("horizon/session-8");
            assertThat(finding.summary()).contains("in database other");
            assertThat(finding.explainedBy()).isNull();
        });
    }

    @Test
    void points_to_the_idle_session_where_that_is_the_root() {
        Finding finding = probe.judge(snapshot(idle(4711, 412, 12_300_000L, null)))
                .findings()
                .get(0);

        assertThat(finding.explainedBy()).isEqualTo("idle-in-transaction/4711");
        assertThat(finding.summary())
                .isEqualTo("session 4711 of role app (orders) keeps VACUUM from removing what died in the last 12.3 M"
                        + " transactions");
        assertThat(HolderRanking.rootOfDeadRows(snapshot(idle(4711, 412, 12_300_000L, null)))
                        .orElseThrow()
                        .explainers())
                .containsExactly("idle-in-transaction/4711", "horizon/session-4711");
    }

    @Test
    void finds_the_root_of_any_databases_age() {
        Snapshot snapshot = snapshot(
                sessions(idle(1, 50, null, 30L), elsewhere(2, 50, 500L, null)),
                new Holders(
                        List.of(new Prepared("theirs", "app", "third", false, 700, 9)),
                        List.of(new Slot("feed", "shop", true, null, 90L, null, "reserved"))),
                LockWaits.NONE);

        assertThat(HolderRanking.of(snapshot).rootOfAge("shop").orElseThrow().explainers())
                .as("a logical slot keeps catalogs of all databases")
                .containsExactly("horizon/slot-feed");
        assertThat(HolderRanking.of(snapshot).rootOfAge("other").orElseThrow().id())
                .isEqualTo("2");
        assertThat(HolderRanking.of(snapshot).rootOfAge("third").orElseThrow().id())
                .isEqualTo("theirs");
    }

    @Test
    void warns_after_an_hour_when_tables_above_their_trigger_wait() {
        Session young = session(1, State.ACTIVE, 3599.0, 3599.0, 5000L, null, "shop");
        Session old = session(1, State.ACTIVE, 3600.0, 3600.0, 5000L, null, "shop");

        assertThat(probe.judge(waiting(snapshot(old), 0)).level())
                .as("nobody waits")
                .isEqualTo(Level.OK);
        assertThat(probe.judge(waiting(snapshot(old), 250)).level())
                .as("below its trigger")
                .isEqualTo(Level.OK);
        assertThat(probe.judge(waiting(snapshot(young), 251)).level()).isEqualTo(Level.OK);
        Verdict<Horizon> verdict = probe.judge(waiting(snapshot(old), 251));
        assertThat(verdict.level()).isEqualTo(Level.WARNING);
        assertThat(verdict.seen().orElseThrow().victims())
                .containsExactly(new Horizon.Victim("public.orders", 251, 8192));
        assertThat(verdict.findings().get(0).cause())
                .contains("at work in one long transaction", "60 min old", "waits public.orders with 251 dead rows");
        assertThat(Objects.requireNonNull(verdict.findings().get(0).remedy()).sql())
                .contains("pg_cancel_backend");
    }

    @Test
    void does_not_know_whether_something_old_hurts_where_it_cannot_see_the_tables() {
        Session young = session(1, State.ACTIVE, 3599.0, 3599.0, 5000L, null, "shop");
        Session old = session(1, State.ACTIVE, 3600.0, 3600.0, 5000L, null, "shop");
        Reading<Tables> elsewhere = new Reading.Missing<>(Cause.ELSEWHERE, "session 7 reads them");

        Verdict<Horizon> verdict = probe.judge(snapshot(old).with(Tables.SECTION, elsewhere));

        assertThat(verdict.level()).isEqualTo(Level.UNKNOWN);
        assertThat(((Verdict.Unknown<Horizon>) verdict).cause()).isEqualTo(Cause.ELSEWHERE);
        assertThat(verdict.seen().orElseThrow().age()).isEqualTo(5000);
        assertThat(probe.judge(snapshot(young).with(Tables.SECTION, elsewhere)).level())
                .isEqualTo(Level.OK);

        Reading<Tables> some = taken(new Tables(List.of(), 2000, null, null));
        assertThat(probe.judge(snapshot(old).with(Tables.SECTION, some)).level())
                .as("in the midst of the first turn")
                .isEqualTo(Level.UNKNOWN);
    }

    @Test
    void knows_from_the_ids_consumed_how_long_an_id_is_held_where_durations_are_hidden() {
        History hour = xids(3600, 5000);

        assertThat(probe.judge(waiting(snapshot(hidden(1, 5001L, null)), 300).with(hour))
                        .level())
                .as("given out before all those of the last hour")
                .isEqualTo(Level.WARNING);
        assertThat(probe.judge(waiting(snapshot(hidden(1, 5000L, null)), 300).with(hour))
                        .level())
                .isEqualTo(Level.OK);
        assertThat(probe.judge(waiting(snapshot(hidden(1, 5001L, null)), 300).with(xids(1800, 5000)))
                        .level())
                .as("too little history")
                .isEqualTo(Level.OK);
    }

    @Test
    void quotes_what_anybody_may_have_named() {
        Finding finding = probe.judge(snapshot(
                        sessions(),
                        new Holders(List.of(new Prepared("a'b\n\"c", "app", "shop", true, 20_000_000, 5)), List.of()),
                        LockWaits.NONE))
                .findings()
                .get(0);

        assertThat(finding.id()).isEqualTo("horizon/prepared-a'b \"c");
        assertThat(finding.summary()).startsWith("prepared transaction 'a''b \"c' of role app keeps VACUUM");
        assertThat(Objects.requireNonNull(finding.remedy()).sql()).isEqualTo("ROLLBACK PREPARED U&'a''b\\+00000a\"c';");
    }

    @Test
    void guards_the_end_of_a_hidden_session_by_the_age_of_its_id() {
        Finding finding = probe.judge(snapshot(hidden(4711, null, 20_000_000L)))
                .findings()
                .get(0);

        assertThat(Objects.requireNonNull(finding.remedy()).sql())
                .isEqualTo("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = 4711 AND"
                        + " greatest(age(backend_xid), age(backend_xmin)) >= 20000000;");
    }

    @Test
    void is_unknown_rather_than_ok_when_a_part_cannot_be_read_and_warns_of_what_it_sees() {
        Reading.Missing<Holders> missing = new Reading.Missing<>(Cause.FAILED, "broken");

        Verdict<Horizon> young = probe.judge(snapshot(idle(1, 5, 7L, null)).with(Holders.SECTION, missing));
        assertThat(young.level()).isEqualTo(Level.UNKNOWN);
        assertThat(young.seen().orElseThrow().holders()).hasSize(1);
        assertThat(probe.judge(snapshot().with(Holders.SECTION, missing))
                        .seen()
                        .orElseThrow()
                        .age())
                .isNull();
        assertThat(measured(probe.judge(snapshot().with(Holders.SECTION, missing))))
                .containsEntry("session", Double.NaN);
        assertThat(probe.judge(snapshot(idle(1, 5, 20_000_000L, null)).with(Holders.SECTION, missing))
                        .level())
                .isEqualTo(Level.WARNING);
    }

    @Test
    void does_not_apply_to_a_standby_and_shows_what_is_held_there() {
        Snapshot standby = snapshot(idle(1, 5, null, 20_000_000L)).with(Server.SECTION, taken(Facts.server(true)));

        assertThat(probe.judge(standby))
                .isInstanceOfSatisfying(
                        Verdict.Unknown.class,
                        unknown -> assertThat(unknown.cause()).isEqualTo(Cause.NOT_APPLICABLE));
        assertThat(probe.judge(standby).seen().orElseThrow().holders()).hasSize(1);
    }

    @Test
    void shows_younger_holders_of_other_kinds_though_ten_sessions_are_older() {
        Session[] many = IntStream.rangeClosed(1, 12)
                .mapToObj(pid -> idle(pid, 5, null, 90L))
                .toArray(Session[]::new);
        Verdict<Horizon> verdict = probe.judge(snapshot(
                sessions(many),
                new Holders(
                        List.of(new Prepared("gid", "app", "shop", true, 70, 5)),
                        List.of(new Slot("a", null, false, 80L, null, 1, "reserved"))),
                LockWaits.NONE));

        List<Horizon.Holder> holders = verdict.seen().orElseThrow().holders();
        assertThat(holders).hasSize(10);
        assertThat(holders.subList(8, 10)).extracting(Horizon.Holder::kind).containsExactly(Kind.SLOT, Kind.PREPARED);
        assertThat(measured(verdict)).containsEntry("slot", 80.0);
    }

    @Test
    void publishes_the_oldest_kind_first() {
        Verdict<Horizon> verdict = probe.judge(snapshot(
                sessions(idle(1, 5, 7L, null)),
                new Holders(List.of(), List.of(new Slot("a", null, false, 80L, null, 1, "reserved"))),
                LockWaits.NONE));

        assertThat(measured(verdict).keySet()).startsWith("slot", "session");
    }

    @Test
    void publishes_the_oldest_of_each_kind_and_nought_for_none() {
        Verdict<Horizon> verdict = probe.judge(snapshot(
                partly(3, 0, hidden(1, 7L, null)),
                new Holders(
                        List.of(),
                        List.of(
                                new Slot("a", null, false, 40L, 50L, 1, "reserved"),
                                new Slot("b", "x", true, null, 30L, null, null))),
                LockWaits.NONE));

        assertThat(measured(verdict))
                .containsExactlyInAnyOrderEntriesOf(
                        Map.of("session", 7.0, "prepared", 0.0, "slot", 50.0, "standby", 0.0));
        assertThat(verdict.seen().orElseThrow().holders())
                .extracting(Horizon.Holder::kind, Horizon.Holder::scope, Horizon.Holder::age)
                .containsExactly(
                        tuple(Kind.SLOT, Scope.CATALOGS, 50L),
                        tuple(Kind.SLOT, Scope.TABLES, 40L),
                        tuple(Kind.SLOT, Scope.CATALOGS, 30L),
                        tuple(Kind.SESSION, Scope.TABLES, 7L));
    }

    @ParameterizedTest(name = "{0}, {1}, {2} is refused")
    @CsvSource({"0, 1, 1", "2, 1, 1", "1, 2, -1"})
    void refuses_thresholds_that_contradict_each_other(long warning, long critical, int held) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new HorizonProbe(warning, critical, Duration.ofSeconds(held)))
                .withMessageStartingWith("want ")
                .withMessageContaining("got");
    }

    private static Snapshot waiting(Snapshot snapshot, long deadRows) {
        Tables.Table orders = Facts.table("public.orders", deadRows);
        return snapshot.with(Tables.SECTION, taken(new Tables(List.of(orders), 1, 1L, null)));
    }

    private static History xids(long seconds, long consumed) {
        return History.EMPTY
                .with(NOW.minusSeconds(seconds), recorder -> recorder.record(Databases.NEXT_XID, 1_000_000))
                .with(NOW, recorder -> recorder.record(Databases.NEXT_XID, 1_000_000 + consumed));
    }

    private Map<String, Double> measured(Verdict<Horizon> verdict) {
        Map<String, Double> values = new LinkedHashMap<>();
        probe.measures()
                .get(0)
                .source()
                .read(verdict.seen().orElseThrow(), (tags, value) -> values.put(tags.get(0), value));
        return values;
    }
}

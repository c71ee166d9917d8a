package io.pgwatch.core.probes;

import static io.pgwatch.core.probes.Facts.NOW;
import static io.pgwatch.core.probes.Facts.elsewhere;
import static io.pgwatch.core.probes.Facts.idle;
import static io.pgwatch.core.probes.Facts.sessions;
import static io.pgwatch.core.probes.Facts.snapshot;
import static io.pgwatch.core.probes.Facts.taken;
import static org.assertj.core.api.Assertions.assertThat;

import io.pgwatch.evidence.Horizon;
import io.pgwatch.evidence.Horizon.Scope;
import io.pgwatch.probe.Finding;
import io.pgwatch.probe.Verdict;
import io.pgwatch.snapshot.Cause;
import io.pgwatch.snapshot.Holders;
import io.pgwatch.snapshot.Holders.Prepared;
import io.pgwatch.snapshot.Holders.Slot;
import io.pgwatch.snapshot.LockWaits;
import io.pgwatch.snapshot.Reading;
import io.pgwatch.snapshot.Server;
import io.pgwatch.snapshot.Sessions.Kind;
import io.pgwatch.snapshot.Sessions.Session;
import io.pgwatch.snapshot.Snapshot;
import io.pgwatch.snapshot.Tables;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which holders and victims are listed, and in which words. */
class HorizonWordsTests {

    private static final long OLD = 20_000_000;

    private static Verdict<Horizon> judge(Snapshot snapshot) {
        return HorizonProbe.withDefaults().judge(snapshot);
    }

    private static Snapshot slots(Slot... slots) {
        return snapshot(sessions(), new Holders(List.of(), List.of(slots)), LockWaits.NONE);
    }

    private static Slot logical(String name, long age) {
        return new Slot(name, "shop", true, null, age, null, "reserved");
    }

    @Test
    void says_what_is_the_oldest_where_it_is_young() {
        assertThat(judge(snapshot()).summary()).isEqualTo("nothing old holds back VACUUM");
        assertThat(List.of(0L, 999L, 1000L))
                .extracting(age -> judge(snapshot(idle(1, 5, age, null))).summary())
                .containsExactly(
                        "nothing old holds back VACUUM",
                        "nothing old holds back VACUUM",
                        "the oldest transaction that holds back VACUUM is 1,000 transactions old");
        assertThat(judge(slots(logical("feed", 999))).summary()).isEqualTo("nothing old holds back VACUUM");
        assertThat(judge(slots(logical("feed", 1000))).summary())
                .isEqualTo(
                        "nothing old holds back VACUUM in tables; in system catalogs the oldest transaction that does is"
                                + " 1,000 transactions old");
    }

    @Test
    void says_of_a_logical_slot_that_it_holds_catalogs() {
        Finding finding = judge(slots(logical("feed", OLD))).findings().get(0);

        assertThat(finding.subject()).isEqualTo("database shop");
        assertThat(finding.summary())
                .isEqualTo(
                        "logical slot feed keeps VACUUM from removing from system catalogs what died in the last 20.0 M"
                                + " transactions");
        assertThat(judge(slots(logical("feed", OLD)).with(Server.SECTION, new Reading.Missing<>(Cause.NOT_YET, "soon")))
                        .findings()
                        .get(0)
                        .subject())
                .isEqualTo("this database");
    }

    @ParameterizedTest(name = "{0} heirs")
    @CsvSource({
        "1, '; another has inherited its id and must end, too: session 1 of role app (orders)'",
        "3, '; 3 others have inherited its id and must end, too: session 1 of role app (orders), session 2 of role app (orders), session 3 of role app (orders)'",
        "4, '; 4 others have inherited its id and must end, too: session 1 of role app (orders), session 2 of role app (orders), session 3 of role app (orders) …'"
    })
    void says_who_has_inherited_the_id(int heirs, String words) {
        Session[] all = IntStream.rangeClosed(0, heirs)
                .mapToObj(i -> i == 0 ? idle(9, 5, OLD, null) : idle(i, 5, null, OLD))
                .toArray(Session[]::new);

        assertThat(judge(snapshot(all)).findings().get(0).cause()).endsWith(" is 10 s old" + words);
    }

    @Test
    void lists_what_holds_something_here_and_who_owns_its_id_elsewhere() {
        Verdict<Horizon> verdict = judge(snapshot(
                sessions(elsewhere(7, 900, OLD, null), elsewhere(8, 900, 300L, null), idle(1, 5, null, OLD)),
                new Holders(List.of(), List.of(logical("feed", 500), logical("other", 400))),
                LockWaits.NONE));

        assertThat(verdict.seen().orElseThrow().holders())
                .extracting(holder -> holder.id() + (holder.origin() ? " is an origin" : ""))
                .containsExactly("7 is an origin", "1", "feed is an origin", "other");
    }

    @Test
    void lists_tables_above_their_triggers_the_most_dead_rows_first() {
        List<Tables.Table> tables =
                List.of(Facts.table("some", 251), Facts.table("few", 250), Facts.table("many", 900));
        Snapshot snapshot =
                snapshot(idle(1, 5, OLD, null)).with(Tables.SECTION, taken(new Tables(tables, 3, 3L, null)));

        assertThat(judge(snapshot).seen().orElseThrow().victims())
                .extracting(Horizon.Victim::table)
                .containsExactly("many", "some");
    }

    @ParameterizedTest(name = "of 1,000 rows {0} and {1} are dead: {2}")
    @CsvSource({
        "250, 0, ",
        "251, 250, ; most of all waits many with 251 dead rows",
        "251, 900, ; most of all waits other with 900 dead rows"
    })
    void names_the_table_that_waits_most_where_autovacuum_is_due(long many, long other, @Nullable String words) {
        List<Tables.Table> tables = List.of(Facts.table("many", many), Facts.table("other", other));
        Snapshot snapshot =
                snapshot(idle(1, 5, OLD, null)).with(Tables.SECTION, taken(new Tables(tables, 2, 2L, null)));

        assertThat(judge(snapshot).findings().get(0).cause()).endsWith(" is 10 s old" + (words == null ? "" : words));
    }

    @Test
    void says_what_a_holder_is() {
        Session standby =
                new Session(9, null, "rep", "walreceiver", null, false, Kind.STANDBY, null, null, null, null, 7L, null);
        Slot slot = new Slot("s", null, false, 9L, null, null, "reserved");

        assertThat(Pin.of(standby, 7).inWords()).isEqualTo("standby walreceiver (walsender 9)");
        assertThat(Pin.of(slot, 9, Scope.TABLES).inWords()).isEqualTo("slot s");
        assertThat(Pin.of(elsewhere(8, 5, 3L, null), 3).inWords())
                .isEqualTo("session 8 of role app in database other (orders)");
        assertThat(Pin.of(new Prepared("tx", "app", "shop", true, 9, 5)).holder(true))
                .isEqualTo(new Horizon.Holder(Horizon.Kind.PREPARED, "tx", "shop", 9, true, Scope.TABLES, null, "app"));
        assertThat(Pin.of(elsewhere(8, 5, 3L, null), 3).holder(false).scope())
                .as("elsewhere it holds nothing but shared catalogs")
                .isEqualTo(Scope.CATALOGS);
    }

    @ParameterizedTest(name = "begun {0} s ago, a VACUUM ended {1} s ago: {2}")
    @CsvSource({"30, 30, true", "29.9, 30, false", ", 30, true", "1, , true"})
    void was_there_when_a_vacuum_ended_or_may_have_been(
            @Nullable Double seconds, @Nullable Long vacuumed, boolean there) {
        Pin pin = Pin.of(Facts.session(1, null, null, seconds, 9L, null, "shop"), 9);

        assertThat(pin.heldAt(vacuumed == null ? null : NOW.minusSeconds(vacuumed), NOW))
                .isEqualTo(there);
    }
}

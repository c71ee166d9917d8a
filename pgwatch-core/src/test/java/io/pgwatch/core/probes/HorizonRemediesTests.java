package io.pgwatch.core.probes;

import static io.pgwatch.core.probes.Facts.elsewhere;
import static io.pgwatch.core.probes.Facts.hidden;
import static io.pgwatch.core.probes.Facts.idle;
import static io.pgwatch.core.probes.Facts.session;
import static org.assertj.core.api.Assertions.assertThat;

import io.pgwatch.evidence.Horizon.Scope;
import io.pgwatch.probe.Remedy;
import io.pgwatch.probe.Remedy.Impact;
import io.pgwatch.snapshot.Holders.Prepared;
import io.pgwatch.snapshot.Holders.Slot;
import io.pgwatch.snapshot.Sessions.Kind;
import io.pgwatch.snapshot.Sessions.Session;
import io.pgwatch.snapshot.Sessions.State;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Of each thing that can hold back VACUUM: why it does, and how it is released. */
class HorizonRemediesTests {

    private static final String TERMINATE = "SELECT pg_terminate_backend(pid)";

    static Stream<Arguments> sessions() {
        return Stream.of(
                Arguments.of(idle(1, 5, 9L, null), "its transaction wrote or locked", "Have it commit", TERMINATE),
                Arguments.of(idle(1, 5, null, 9L), "it keeps a snapshot", "Have it commit", TERMINATE),
                Arguments.of(idle(1, 5, null, null), "it pins nothing", "Have it commit", TERMINATE),
                Arguments.of(
                        session(1, State.ABORTED, 5.0, 5.0, null, 9L, "shop"),
                        "a statement of its transaction failed",
                        "Have it commit or roll back",
                        TERMINATE),
                Arguments.of(
                        session(1, State.ACTIVE, 5.0, 5.0, 9L, 9L, "shop"),
                        "it is at work in one long transaction",
                        "Let it finish if it is wanted",
                        "SELECT pg_cancel_backend(pid)"),
                Arguments.of(hidden(1, null, 9L), "whether it idles or works is hidden", "Have it commit", TERMINATE),
                Arguments.of(hidden(1, 9L, null), "its transaction wrote", "Have it commit", TERMINATE),
                Arguments.of(elsewhere(1, 5, 9L, null), "its transaction wrote", "Have it commit", TERMINATE),
                Arguments.of(
                        new Session(
                                1, null, null, "", "shop", true, Kind.WORKER, State.OTHER, 1.0, 1.0, null, 9L, null),
                        "it is at work in one long transaction",
                        "It is a process of the server's own",
                        "SELECT pid, backend_type"));
    }

    @ParameterizedTest
    @MethodSource
    void sessions(Session session, String why, String text, String sql) {
        assertTold(Pin.of(session, 9), why, text, sql);
    }

    @Test
    void a_prepared_transaction_is_rolled_back_in_no_session_and_what_it_wrote_is_lost() {
        Remedy remedy = HorizonRemedies.of(Pin.of(new Prepared("tx", "app", "shop", true, 9, 5)));

        assertThat(remedy.impact()).isEqualTo(Impact.ONLINE);
        assertThat(remedy.text()).endsWith("; what it wrote is then lost.");
    }

    @Test
    void a_worker_of_autovacuum_is_the_session_of_no_role() {
        Session worker =
                new Session(7, null, null, "", "shop", true, Kind.WORKER, State.ACTIVE, 1.0, 1.0, null, 9L, null);

        assertThat(Pin.of(worker, 9).inWords()).isEqualTo("autovacuum worker 7");
    }

    @ParameterizedTest
    @CsvSource({"ACTIVE, ; it runs: select 1", "IDLE_IN_TRANSACTION, ; its last statement: select 1"})
    void what_it_runs_or_ran_is_told_where_the_watch_may_show_it(State state, String told) {
        Session session = new Session(
                1, null, "app", "orders", "shop", true, Kind.CLIENT, state, 5.0, 5.0, 9L, null, "select\n1");

        assertThat(HorizonRemedies.why(Pin.of(session, 9))).endsWith(told);
    }

    static Stream<Arguments> slots() {
        String drop = "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = 's'";
        return Stream.of(
                Arguments.of(slot(false, null), "nobody has streamed from it", "Start its standby again", drop),
                Arguments.of(slot(true, null), "nobody has streamed from it", "Start its subscriber again", drop),
                Arguments.of(slot(false, 7), "a query on its standby needs", "End the long query on the standby", null),
                Arguments.of(
                        slot(true, 7),
                        "its subscriber is connected",
                        "See why its subscriber lags",
                        "SELECT slot_name, active_pid"));
    }

    private static Slot slot(boolean logical, @Nullable Integer activePid) {
        return new Slot("s", null, logical, 9L, null, activePid, "reserved");
    }

    @ParameterizedTest
    @MethodSource
    void slots(Slot slot, String why, String text, @Nullable String sql) {
        assertTold(Pin.of(slot, 9, Scope.TABLES), why, text, sql);
    }

    @Test
    void prepared_transactions_and_standbys() {
        assertTold(
                Pin.of(new Prepared("tx", "app", "shop", true, 9, 5)),
                "it was prepared for a commit in two phases",
                "Ask its transaction manager first",
                "ROLLBACK PREPARED 'tx';");
        assertTold(
                Pin.of(
                        new Session(
                                1, null, "rep", "standby", null, false, Kind.STANDBY, null, null, null, null, 9L, null),
                        9),
                "a query there needs the rows",
                "End the long query on the standby",
                null);
    }

    private static void assertTold(Pin pin, String why, String text, @Nullable String sql) {
        Remedy remedy = HorizonRemedies.of(pin);

        assertThat(HorizonRemedies.why(pin)).startsWith(why);
        assertThat(remedy.text()).startsWith(text);
        if (sql == null) {
            assertThat(remedy.sql()).isNull();
        } else {
            assertThat(Objects.requireNonNull(remedy.sql())).startsWith(sql);
            assertThat(remedy.impact() == Impact.ENDS_SESSION).isEqualTo(sql.matches("SELECT pg_(terminate|cancel).*"));
        }
    }
}

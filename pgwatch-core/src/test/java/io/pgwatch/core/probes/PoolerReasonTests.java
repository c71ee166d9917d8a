package io.pgwatch.core.probes;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgwatch.evidence.PoolSaturation.Diagnosis.Kind;
import io.pgwatch.snapshot.Ceiling;
import io.pgwatch.snapshot.Poolers.Pool;
import io.pgwatch.snapshot.Sessions;
import io.pgwatch.snapshot.Sessions.Activity;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Why clients of a pool of PgBouncer wait, in words, and what to do about it. */
class PoolerReasonTests {

    private static final Ceiling FULL = new Ceiling(Ceiling.Kind.SERVER, "max_connections", 97, 97);
    private static final Ceiling ROOMY = new Ceiling(Ceiling.Kind.SERVER, "max_connections", 57, 97);

    private static Pool pool(String mode, int active, int idle, int used, int login, int size) {
        return new Pool(
                "shop_rw", "app", mode, 20, 8, active, idle, used, login, 3, null, null, size, 5, false, false, 7, null,
                null, null);
    }

    private static Pool capped(int connections, @Nullable Integer max) {
        return new Pool(
                "shop_rw",
                "app",
                "transaction",
                20,
                8,
                3,
                0,
                0,
                0,
                3,
                null,
                null,
                20,
                5,
                false,
                false,
                connections,
                max,
                null,
                null);
    }

    /** Of a user whose pools have so many connections, where the size of this one may be unknown. */
    private static Pool ofUser(int servers, @Nullable Integer size, int connections, @Nullable Integer max) {
        return new Pool(
                "shop_rw",
                "app",
                "transaction",
                20,
                8,
                servers,
                0,
                0,
                0,
                3,
                null,
                null,
                size,
                5,
                false,
                false,
                3,
                null,
                connections,
                max);
    }

    private static PoolerReason reason(Pool pool, @Nullable Activity doing, Ceiling... ceilings) {
        return PoolerReason.of(
                pool, Optional.of(new Sessions(List.of(ceilings), 1, null, 0, 0, 0, doing, null, List.of())));
    }

    private static PoolerReason held(int size, String mode, @Nullable Activity doing) {
        return reason(pool(mode, size, 0, 0, 0, size), doing);
    }

    @ParameterizedTest(
            name = "{0} active ({4} long), {1} waiting, {2} in transaction ({5}), {6} idle for long in {7} mode")
    @CsvSource({
        "20, 0, 0, 0, 11, 0, 0, transaction, SLOW_STATEMENTS, '11 sessions of it are running a statement at the server, the longest for 34 s'",
        "20, 0, 0, 0, 9, 0, 0, transaction,, 'its 20 connections are in use, and none for long'",
        "2, 0, 18, 0, 2, 8, 0, transaction,, 'its 20 connections are in use, and none for long'",
        "2, 1, 2, 0, 0, 1, 0, transaction,, 'its 20 connections are in use, and none for long'",
        "0, 1, 0, 0, 0, 0, 0, transaction, LOCK_PILE_UP, 'one session of it is waiting for a lock at the server, the longest for 42 s'",
        "0, 0, 1, 0, 0, 1, 0, transaction, TRANSACTIONS_LEFT_IDLE, 'one session of it is idle in a transaction at the server, the longest for 99 s'",
        "0, 0, 0, 1, 0, 0, 1, session,, 'in session mode a client keeps its server connection until it leaves, and one session at the server idles'",
        "0, 0, 0, 2, 0, 0, 2, session,, 'in session mode a client keeps its server connection until it leaves, and 2 sessions at the server idle'"
    })
    void what_most_of_its_sessions_do_decides(
            int active,
            int waiting,
            int inTransaction,
            int idle,
            int activeLong,
            int inTransactionLong,
            int idleLong,
            String mode,
            @Nullable Kind kind,
            String because) {
        Activity doing = new Activity(
                active, waiting, inTransaction, idle, activeLong, inTransactionLong, idleLong, 34.0, 42.0, 99.0);

        PoolerReason reason = held(20, mode, doing);

        assertThat(reason.kind()).isEqualTo(kind);
        assertThat(reason.because()).isEqualTo(because);
    }

    @Test
    void what_the_sessions_do_may_be_hidden() {
        assertThat(held(20, "transaction", null).because())
                .isEqualTo("its 20 connections are in use; what the sessions do is not known");
        assertThat(held(1, "transaction", null).because())
                .isEqualTo("its one connection is in use; what the sessions do is not known");
        assertThat(PoolerReason.of(pool("transaction", 20, 0, 0, 0, 20), Optional.empty())
                        .word())
                .isEqualTo("pool-too-small");
    }

    @Test
    void connections_that_are_ready_or_to_be_checked_are_there_too() {
        assertThat(reason(pool("transaction", 10, 6, 4, 0, 20), null).word()).isEqualTo("pool-too-small");
        assertThat(reason(pool("transaction", 10, 6, 3, 0, 20), null).because())
                .startsWith("it has 19 of 20 connections and opens no more");
    }

    @Test
    void a_limit_of_the_server_that_is_reached_is_told_beside() {
        String full = " (97 of 97 of the server are in use)";

        assertThat(reason(pool("transaction", 3, 0, 0, 2, 20), null, FULL).because())
                .isEqualTo("it has 3 of 20 connections and 2 in login, which does not end" + full);
        assertThat(reason(pool("transaction", 3, 0, 0, 0, 20), null, FULL).because())
                .endsWith("or max_user_connections stops it" + full);
        assertThat(reason(pool("transaction", 0, 0, 0, 0, 20), null, FULL).because())
                .contains("or refuses" + full);
        assertThat(reason(pool("transaction", 0, 0, 0, 0, 20), null, ROOMY).because())
                .doesNotContain("are in use");
    }

    @ParameterizedTest(name = "{0} of {1} connections of the database: {2}")
    @CsvSource({"6, 7, login-failing", "7, 7, database-cap", "8, 7, database-cap", "8, , login-failing"})
    void the_databases_cap_is_told_where_it_is_reached(int connections, @Nullable Integer max, String word) {
        assertThat(reason(capped(connections, max), null).word()).isEqualTo(word);
    }

    @ParameterizedTest(name = "{0} of {1} connections, {2} of {3} of the user: {4}")
    @CsvSource({
        "3, 20, 9, 10, login-failing",
        "3, 20, 10, 10, user-cap",
        "0, 20, 10, 10, user-cap",
        "3, 20, 11, 10, user-cap",
        "3, 20, 11, , login-failing",
        "20, 20, 20, 20, pool-too-small",
        "3, , 10, 10, user-cap",
        "3, , 9, 10, busy",
        "0, , 0, , server-unreachable"
    })
    void the_users_cap_is_told_where_it_is_reached(
            int servers, @Nullable Integer size, int connections, @Nullable Integer max, String word) {
        assertThat(reason(ofUser(servers, size, connections, max), null).word()).isEqualTo(word);
    }

    @Test
    void the_users_cap_is_told_in_words() {
        PoolerReason reason = reason(ofUser(3, 20, 10, 10), null, ROOMY);

        assertThat(reason.because())
                .isEqualTo(
                        "it has 3 of 20 connections, since 10 of the 10 that max_user_connections gives to its user are"
                                + " in use");
        assertThat(text(reason)).startsWith("Raise max_user_connections").contains("has room for 40 more");
        assertThat(reason(ofUser(3, null, 9, 10), null).because())
                .isEqualTo("it has 3 connections; how many it may have is not known");
    }

    @Test
    void each_reason_has_its_remedy() {
        String room = "; the server has room for 40 more";
        Pool paused = new Pool(
                "shop_rw", "app", "session", 20, 8, 0, 0, 0, 0, 3, null, null, 20, 5, true, false, 7, null, null, null);
        Pool silent = new Pool(
                "a", "b", null, null, null, null, null, null, null, 3, null, null, null, null, null, null, null, null,
                null, null);
        Activity kept = new Activity(0, 0, 0, 20, 0, 0, 20, null, null, null);

        assertThat(text(reason(paused, null, ROOMY))).contains("say RESUME shop_rw on PgBouncer's console");
        assertThat(text(reason(silent, null, ROOMY))).contains("raise pool_size of this database", room);
        assertThat(text(reason(pool("transaction", 20, 0, 0, 0, 20), null, ROOMY)))
                .contains("raise pool_size of this database", room);
        assertThat(text(reason(pool("session", 20, 0, 0, 0, 20), kept, ROOMY))).contains("pool_mode = transaction");
        assertThat(text(reason(pool("transaction", 3, 0, 0, 1, 20), null, ROOMY)))
                .contains("what the server answers to its logins", room);
        assertThat(text(reason(pool("transaction", 3, 0, 0, 0, 20), null, ROOMY)))
                .contains("what the server answers to its logins", room);
        assertThat(text(reason(capped(7, 7), null, ROOMY))).contains("Raise max_db_connections", room);
        assertThat(text(reason(pool("transaction", 0, 0, 0, 0, 20), null, ROOMY)))
                .contains("whether the server runs and can be reached from PgBouncer's host");
    }

    private static String text(PoolerReason reason) {
        return reason.remedy().text();
    }
}

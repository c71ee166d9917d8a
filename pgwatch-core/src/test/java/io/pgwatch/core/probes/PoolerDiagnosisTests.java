package io.pgwatch.core.probes;

import static io.pgwatch.core.probes.Facts.taken;
import static org.assertj.core.api.Assertions.assertThat;

import io.pgwatch.evidence.PoolSaturation;
import io.pgwatch.evidence.PoolSaturation.Diagnosis.Kind;
import io.pgwatch.probe.Finding;
import io.pgwatch.probe.Level;
import io.pgwatch.probe.Verdict;
import io.pgwatch.snapshot.Cause;
import io.pgwatch.snapshot.Ceiling;
import io.pgwatch.snapshot.ClientPools;
import io.pgwatch.snapshot.ClientPools.ClientPool;
import io.pgwatch.snapshot.Login;
import io.pgwatch.snapshot.Poolers;
import io.pgwatch.snapshot.Poolers.Pool;
import io.pgwatch.snapshot.Reading;
import io.pgwatch.snapshot.Sessions;
import io.pgwatch.snapshot.Sessions.Activity;
import io.pgwatch.snapshot.Snapshot;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is told of a PgBouncer whose pool of the application may have 20 connections to a server with 97. */
class PoolerDiagnosisTests {

    private static final Activity QUIET = new Activity(0, 0, 0, 0, 0, 0, 0, null, null, null);
    private static final Activity BUSY = new Activity(12, 0, 8, 0, 0, 0, 0, null, null, null);
    private static final Activity LEFT_IDLE = new Activity(0, 0, 20, 0, 0, 20, 0, null, null, 99.0);

    @ParameterizedTest(name = "waiting for {0} s, of {1} s at most, is {2}")
    @CsvSource({
        "0, 120, OK",
        "0.9, 120, OK",
        "1, 120, WARNING",
        "14.9, 120, WARNING",
        "15, 120, CRITICAL",
        "15, , CRITICAL",
        "4.9, 10, WARNING",
        "5, 10, CRITICAL"
    })
    void judges_a_pool_by_how_long_the_first_client_waits(double wait, @Nullable Double timeout, Level expected) {
        assertThat(judge(poolers(List.of(full(wait)), timeout), QUIET, 0).level())
                .isEqualTo(expected);
    }

    @Test
    void says_when_clients_will_be_dropped() {
        assertThat(judge(poolers(List.of(full(80)), 120.0), QUIET, 0).summary())
                .isEqualTo(
                        "8 clients wait for a server connection of PgBouncer's pool shop_rw of user app, the first has"
                                + " for 80 s and will be dropped in 40 s");
    }

    @Test
    void says_so_only_where_it_is_near_and_known() {
        assertThat(judge(poolers(List.of(full(14)), 120.0), QUIET, 0).summary()).endsWith(", the first has for 14 s");
        assertThat(judge(poolers(List.of(full(80)), null), QUIET, 0).summary()).endsWith(", the first has for 80 s");
        assertThat(judge(poolers(List.of(full(80)), 70.0), QUIET, 0).summary())
                .as("nobody is dropped in the past")
                .endsWith(", the first has for 80 s and will be dropped in 0 s");
        assertThat(judge(
                                poolers(
                                        List.of(new Pool(
                                                "a", "b", null, null, null, null, null, null, null, 3, null, null, null,
                                                null, false, false, null, null, null, null)),
                                        null),
                                QUIET,
                                0)
                        .summary())
                .isEqualTo(
                        "clients wait for a server connection of PgBouncer's pool a of user b, the first has for 3 s");
    }

    @ParameterizedTest(name = "{0} active for long, {1} waiting, {2} in transaction, {3} idle in {4} mode: {5}")
    @CsvSource({
        "20, 0, 0, 0, transaction, slow-statements: 20 sessions of it are running a statement at the server",
        "0, 19, 1, 0, transaction, lock-pile-up: 19 sessions of it are waiting for a lock at the server",
        "1, 0, 19, 0, transaction, transactions-left-idle: 19 sessions of it are idle in a transaction at the server",
        "0, 0, 0, 20, transaction, 'pool-too-small: its 20 connections are in use, and none for long'",
        "0, 0, 0, 20, session, connections-kept: in session mode a client keeps its server connection until it leaves",
        "0, 0, 0, 0, transaction, pool-too-small"
    })
    void tells_why_a_pool_is_busy(int slow, int waiting, int inTransaction, int idle, String mode, String cause) {
        Activity doing = new Activity(slow, waiting, inTransaction, idle, slow, inTransaction, idle, null, null, null);

        assertThat(only(judge(poolers(List.of(pool(mode, 20, 0, 3)), null), doing, 0))
                        .cause())
                .startsWith(cause);
    }

    @ParameterizedTest(name = "transactions of {0} s, statements seen: {1}, {2} mode: {3}")
    @CsvSource(
            delimiter = '|',
            value = {
                "1     | true  | transaction | slow-transactions: its 20 connections are in use; on the average of the"
                        + " last minute a transaction takes 1.0 s, after a wait of 250 ms",
                "42    | false | transaction | slow-transactions: its 20 connections are in use; on the average of the"
                        + " last minute a transaction takes 42 s, after a wait of 250 ms",
                "0.99  | true  | transaction | pool-too-small: its 20 connections are in use, and none for long; on the"
                        + " average of the last minute a transaction takes 990 ms, after a wait of 250 ms",
                "0.004 | false | transaction | pool-too-small: its 20 connections are in use; what the sessions do is not"
                        + " known; on the average of the last minute a transaction takes 4.0 ms, after a wait of 250 ms",
                "      | true  | transaction | pool-too-small: its 20 connections are in use, and none for long",
                "42    | true  | session     | pool-too-small: its 20 connections are in use, and none for long; on the"
                        + " average of the last minute a transaction takes 42 s, after a wait of 250 ms"
            })
    void tells_transactions_that_are_slow_from_a_pool_that_is_small(
            @Nullable Double average, boolean seen, String mode, String cause) {
        Pool pool = new Pool(
                "shop_rw", "app", mode, 20, 8, 20, 0, 0, 0, 3, 0.25, average, 20, 5, false, false, 20, null, null,
                null);

        assertThat(only(judge(poolers(List.of(pool), null), seen ? BUSY : null, 0))
                        .cause())
                .isEqualTo(cause);
    }

    @Test
    void tells_what_keeps_a_pool_from_growing() {
        assertThat(cause(pool(8, 3, 2, 3, false, null)))
                .isEqualTo("login-failing: it has 3 of 20 connections and 2 in login, which does not end");
        assertThat(cause(pool(8, 3, 0, 3, false, null)))
                .startsWith("login-failing: it has 3 of 20 connections and opens no more");
        assertThat(cause(pool(8, 0, 0, 3, true, null)))
                .isEqualTo("paused: an administrator's PAUSE, KILL or SUSPEND holds it");
        assertThat(cause(pool(8, 3, 0, 3, false, 7)))
                .isEqualTo("database-cap: it has 3 of 20 connections, since 7 of the 7 that max_db_connections gives to"
                        + " all users of the database are in use");
        assertThat(cause(pool(8, 0, 0, 3, false, null)))
                .startsWith("server-unreachable: it has no server connection and opens none");
        assertThat(cause(new Pool(
                        "a", "b", null, null, null, null, null, null, null, 3, null, null, null, null, null, null, null,
                        null, null, null)))
                .startsWith("busy: this version does not tell");
    }

    @Test
    void does_not_need_a_time_to_see_that_nobody_is_served() {
        assertThat(only(judge(poolers(List.of(pool(1, 0, 0, 0, false, null)), null), QUIET, 0)))
                .extracting(Finding::level, Finding::summary)
                .containsExactly(
                        Level.WARNING,
                        "one client waits for a server connection of PgBouncer's pool shop_rw of user app, which has none");
        assertThat(judge(poolers(List.of(pool(1, 0, 1, 0, false, null)), null), QUIET, 0)
                        .level())
                .as("one is being opened")
                .isEqualTo(Level.OK);
    }

    @Test
    void says_that_a_pause_of_everything_cannot_be_told_where_it_cannot() {
        assertThat(cause(held(1, false, false))).endsWith("cannot be reached from there, or refuses");
        assertThat(cause(held(1, null, false)))
                .endsWith("; or all databases are paused at once, which PgBouncer before 1.19 does not tell");
    }

    @Test
    void warns_of_a_database_that_an_administrator_holds_before_anybody_waits() {
        assertThat(only(judge(poolers(List.of(held(0, true, false), held(0, true, false)), null), QUIET, 0)))
                .as("both pools of the database")
                .extracting(Finding::level, Finding::id, Finding::summary)
                .containsExactly(
                        Level.WARNING,
                        "pool-saturation/pooler-paused-shop_rw",
                        "PgBouncer's database shop_rw is paused: whoever asks it for a connection waits");
        assertThat(only(judge(poolers(List.of(held(0, null, true)), null), QUIET, 0)))
                .extracting(Finding::level, Finding::id, Finding::summary)
                .containsExactly(
                        Level.WARNING,
                        "pool-saturation/pooler-disabled-shop_rw",
                        "PgBouncer's database shop_rw refuses new clients");
        assertThat(only(judge(poolers(List.of(held(1, true, true)), null), QUIET, 0))
                        .summary())
                .as("told once")
                .startsWith("one client waits");
        assertThat(judge(poolers(List.of(held(0, null, false)), null), QUIET, 0).level())
                .isEqualTo(Level.OK);
    }

    @Test
    void says_that_it_is_paused_though_the_server_does_not_answer_through_it() {
        Snapshot silent = snapshot(taken(poolers(List.of(held(0, true, false)), null)), QUIET, 0, 0, 0)
                .with(Sessions.SECTION, new Reading.Missing<>(Cause.TIMED_OUT, "cannot connect"));

        Verdict<PoolSaturation> verdict = PoolSaturationProbe.withDefaults().judge(silent);

        assertThat(verdict).isInstanceOf(Verdict.Judged.class);
        assertThat(verdict.summary())
                .isEqualTo("PgBouncer's database shop_rw is paused: whoever asks it for a connection waits");
    }

    @Test
    void warns_of_sizes_that_the_server_cannot_hold() {
        Pool other = new Pool(
                "shop_rw",
                "batch",
                "transaction",
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                null,
                null,
                70,
                8,
                false,
                false,
                null,
                null,
                null,
                null);
        Pool capped = new Pool(
                "shop_ro",
                "report",
                "transaction",
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                null,
                null,
                500,
                0,
                false,
                false,
                1,
                2,
                null,
                null);

        assertThat(judge(poolers(List.of(idle("transaction")), null), QUIET, 0).level())
                .isEqualTo(Level.OK);
        assertThat(only(judge(poolers(List.of(idle("transaction"), other, capped), null), QUIET, 0))
                        .summary())
                .as("20 + 5 of app, 78 of batch, 2 of report")
                .isEqualTo("PgBouncer's pools may grow to 105 connections, and the server admits 97");
    }

    @ParameterizedTest(name = "{0} mode, pool of {1}, through it: {2}")
    @CsvSource({
        "session, 26, true, pool-saturation/pooler-session-mode",
        "session, 25, true,",
        "session, 26, false,",
        "transaction, 100, true,",
        "transaction, 101, true, pool-saturation/pooler-max-clients"
    })
    void warns_of_a_pool_that_does_not_fit(String mode, int max, boolean through, @Nullable String id) {
        Poolers seen = new Poolers("1.18.0", List.of(idle(mode)), 100, 12, 120.0, 0, through, false);

        assertThat(judge(seen, QUIET, max).findings().stream()
                        .map(Finding::id)
                        .findFirst()
                        .orElse(null))
                .isEqualTo(id);
    }

    @ParameterizedTest(name = "{0} mode, prepares: {1}, followed: {2}, through it: {3}")
    @CsvSource({
        "transaction, true, 0, true, true",
        "statement, true, 0, true, true",
        "session, true, 0, true, false",
        "transaction, false, 0, true, false",
        "transaction, true, 200, true, false",
        "transaction, true, 0, false, false"
    })
    void warns_of_prepared_statements_before_the_first_error(
            String mode, boolean prepares, int followed, boolean through, boolean warned) {
        Poolers seen = new Poolers("1.18.0", List.of(idle(mode)), 100, 12, 120.0, followed, through, prepares);

        assertThat(judge(seen, QUIET, 10).findings().stream()
                        .anyMatch(found -> found.id().endsWith("pooler-prepared")
                                && found.remedy() != null
                                && found.remedy().text().contains("prepareThreshold=0")))
                .isEqualTo(warned);
    }

    @Test
    void is_unknown_rather_than_ok_when_the_console_does_not_tell() {
        Snapshot hidden = snapshot(
                new Reading.Missing<>(Cause.NOT_PERMITTED, "PgBouncer's console: not allowed"), QUIET, 10, 2, 0);

        Verdict<PoolSaturation> verdict = PoolSaturationProbe.withDefaults().judge(hidden);

        assertThat(verdict).isInstanceOfSatisfying(Verdict.Unknown.class, unknown -> {
            assertThat(unknown.detail()).isEqualTo("PgBouncer's console: not allowed");
            assertThat(unknown.remedy()).isNotNull();
        });
        assertThat(verdict.seen().orElseThrow().pools()).hasSize(1);
        assertThat(verdict.seen().orElseThrow().poolers()).isEmpty();
    }

    @Test
    void says_beside_another_problem_that_the_pooler_is_not_seen() {
        Snapshot hidden = snapshot(
                new Reading.Missing<>(Cause.TIMED_OUT, "PgBouncer's console: no answer in time"), QUIET, 10, 10, 20);

        assertThat(PoolSaturationProbe.withDefaults().judge(hidden).summary())
                .startsWith("pool main has been full")
                .endsWith("; PgBouncer's console: no answer in time");
    }

    @Test
    void does_not_apply_where_there_is_no_console() {
        Snapshot none = snapshot(new Reading.Missing<>(Cause.NOT_APPLICABLE, "no console"), QUIET, 10, 2, 0);

        assertThat(PoolSaturationProbe.withDefaults().judge(none).level()).isEqualTo(Level.OK);
    }

    @Test
    void explains_the_pool_before_it_and_takes_its_connections_for_no_leak() {
        Snapshot both = snapshot(taken(poolers(List.of(full(20)), 120.0)), LEFT_IDLE, 60, 60, 20);

        Verdict<PoolSaturation> verdict = PoolSaturationProbe.withDefaults().judge(both);

        assertThat(verdict.seen().orElseThrow().diagnosis())
                .extracting(PoolSaturation.Diagnosis::kind)
                .isEqualTo(Kind.TRANSACTIONS_LEFT_IDLE);
        assertThat(verdict.findings())
                .extracting(Finding::id, Finding::explainedBy)
                .contains(org.assertj.core.groups.Tuple.tuple(
                        "pool-saturation/pool-main", "pool-saturation/pooler-shop_rw-app"));
    }

    private static String cause(Pool pool) {
        return String.valueOf(
                only(judge(poolers(List.of(pool), null), QUIET, 0)).cause());
    }

    private static Finding only(Verdict<PoolSaturation> verdict) {
        assertThat(verdict.findings()).hasSize(1);
        return verdict.findings().get(0);
    }

    private static Verdict<PoolSaturation> judge(Poolers poolers, @Nullable Activity doing, int poolMax) {
        return PoolSaturationProbe.withDefaults().judge(snapshot(taken(poolers), doing, poolMax, 0, 0));
    }

    private static Snapshot snapshot(
            Reading<Poolers> poolers, @Nullable Activity doing, int poolMax, int borrowed, double fullSeconds) {
        ClientPool pool = new ClientPool("main", "hikari", borrowed, 0, poolMax, 0, 3, null, fullSeconds);
        return Snapshot.at(Facts.NOW)
                .with(
                        Sessions.SECTION,
                        taken(new Sessions(
                                List.of(new Ceiling(Ceiling.Kind.SERVER, "max_connections", 22, 97)),
                                1,
                                null,
                                0,
                                0,
                                0,
                                doing,
                                null,
                                List.of())))
                .with(ClientPools.SECTION, taken(new ClientPools(poolMax == 0 ? List.of() : List.of(pool))))
                .with(Login.SECTION, taken(Login.ADMITTED))
                .with(Poolers.SECTION, poolers);
    }

    private static Poolers poolers(List<Pool> pools, @Nullable Double timeout) {
        return new Poolers("1.18.0", pools, 100, 28, timeout, 0, true, false);
    }

    private static Pool full(double wait) {
        return pool("transaction", 20, 0, wait);
    }

    private static Pool idle(String mode) {
        return new Pool(
                "shop_rw", "app", mode, 0, 0, 0, 1, 0, 0, 0, null, null, 20, 5, false, false, 1, null, null, null);
    }

    private static Pool held(int waiting, @Nullable Boolean paused, boolean disabled) {
        return new Pool(
                "shop_rw", "app", "session", 1, waiting, 0, 0, 0, 0, 0, null, null, 20, 5, paused, disabled, 0, null,
                null, null);
    }

    private static Pool pool(String mode, int active, int login, double wait) {
        return new Pool(
                "shop_rw", "app", mode, 20, 8, active, 0, 0, login, wait, null, null, 20, 5, false, false, active, null,
                null, null);
    }

    private static Pool pool(
            int waiting, int active, int login, double wait, boolean paused, @Nullable Integer databaseMax) {
        return new Pool(
                "shop_rw",
                "app",
                "transaction",
                20,
                waiting,
                active,
                0,
                0,
                login,
                wait,
                null,
                null,
                20,
                5,
                paused,
                false,
                7,
                databaseMax,
                null,
                null);
    }
}

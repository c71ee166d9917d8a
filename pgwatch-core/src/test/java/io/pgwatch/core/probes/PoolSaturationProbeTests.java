package io.pgwatch.core.probes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.pgwatch.evidence.PoolSaturation;
import io.pgwatch.probe.Finding;
import io.pgwatch.probe.Level;
import io.pgwatch.probe.Measure;
import io.pgwatch.probe.Verdict;
import io.pgwatch.snapshot.Borrowers;
import io.pgwatch.snapshot.Cause;
import io.pgwatch.snapshot.Ceiling;
import io.pgwatch.snapshot.Ceiling.Kind;
import io.pgwatch.snapshot.ClientPools;
import io.pgwatch.snapshot.ClientPools.ClientPool;
import io.pgwatch.snapshot.Login;
import io.pgwatch.snapshot.Reading;
import io.pgwatch.snapshot.Server;
import io.pgwatch.snapshot.Sessions;
import io.pgwatch.snapshot.Snapshot;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PoolSaturationProbeTests {

    private static final Instant NOW = Instant.parse("2026-11-21T02:00:00Z");

    private final PoolSaturationProbe probe = PoolSaturationProbe.withDefaults();

    @ParameterizedTest(name = "{0} of 100 is {1}")
    @CsvSource({"0, OK", "79, OK", "80, WARNING", "89, WARNING", "90, CRITICAL", "103, CRITICAL"})
    void judges_a_server_by_the_share_of_its_ordinary_slots(int used, Level expected) {
        assertThat(probe.judge(snapshot(
                                connections(new Ceiling(Kind.SERVER, "max_connections", used, 100)), pool(1, 0, 0)))
                        .level())
                .isEqualTo(expected);
    }

    @Test
    void judges_by_the_tightest_ceiling_and_names_it() {
        Verdict<PoolSaturation> verdict = probe.judge(snapshot(
                connections(
                        new Ceiling(Kind.SERVER, "max_connections", 30, 97), new Ceiling(Kind.ROLE, "Shop", 19, 20)),
                pool(1, 0, 0)));

        assertThat(verdict.summary()).isEqualTo("19 of 20 connections of role Shop in use (95 %)");
        assertThat(verdict.findings().get(0).remedy().sql()).isEqualTo("ALTER ROLE \"Shop\" CONNECTION LIMIT 40;");
        assertThat(verdict.seen().orElseThrow().ceilings())
                .first()
                .extracting(Ceiling::kind)
                .isEqualTo(Kind.ROLE);
    }

    @Test
    void suggests_a_limit_that_lets_somebody_in_where_it_is_zero() {
        Verdict<PoolSaturation> verdict =
                probe.judge(snapshot(connections(new Ceiling(Kind.ROLE, "app", 0, 0)), pool(1, 0, 0)));

        assertThat(verdict.findings().get(0).remedy().sql()).isEqualTo("ALTER ROLE \"app\" CONNECTION LIMIT 10;");
    }

    @ParameterizedTest(name = "full for {0} s is {1}")
    @CsvSource({"0, OK", "9.9, OK", "10, WARNING", "59.9, WARNING", "60, CRITICAL"})
    void judges_a_pool_by_how_long_requests_have_been_waiting(double seconds, Level expected) {
        assertThat(probe.judge(snapshot(roomy(), pool(10, 3, seconds))).level()).isEqualTo(expected);
    }

    @Test
    void says_of_a_full_pool_whether_the_server_has_room() {
        Finding finding =
                probe.judge(snapshot(roomy(), pool(10, 1, 42))).findings().get(0);

        assertThat(finding.summary())
                .isEqualTo("pool main has been full for 42 s (10 of 10 borrowed); one thread waits now");
        assertThat(finding.remedy().text()).contains("the server has room for 96 more");
    }

    @ParameterizedTest(name = "borrowed in {0}: advised {1}")
    @CsvSource({", true", "Leak.java:51, false"})
    void advises_attribution_for_a_leak_unless_it_names_the_place(@Nullable String borrowedAt, boolean advised) {
        Sessions.Activity idle = new Sessions.Activity(0, 0, 0, 10, 0, 0, 10, null, null, null);
        Sessions seen = new Sessions(List.of(), 1, null, 0, 0, 0, idle, null, List.of());
        Borrowers.Borrower thread = new Borrowers.Borrower(1, "leak", true, NOW, 60, null, borrowedAt);
        Snapshot leaking =
                snapshot(taken(seen), pool(10, 1, 42)).with(Borrowers.SECTION, taken(new Borrowers(List.of(thread))));

        Finding finding = probe.judge(leaking).findings().get(0);

        assertThat(finding.cause()).startsWith("leak: ");
        assertThat(finding.remedy().text().contains("pgwatch.attribution=stack"))
                .isEqualTo(advised);
    }

    @Test
    void says_of_a_pool_that_gets_no_connections_how_many_it_has() {
        ClientPool shrunk = new ClientPool("main", "hikari", 2, 0, 10, 10, 3, null, 12);

        Finding finding = probe.judge(snapshot(roomy(), shrunk)).findings().get(0);

        assertThat(finding.summary())
                .isEqualTo(
                        "pool main has had no connection to give for 12 s (2 of 10 open and borrowed); 3 threads wait now");
        assertThat(finding.cause()).startsWith("login-failing: the pool gets no connection");
    }

    @Test
    void says_of_a_pool_without_a_connection_that_none_is_open() {
        ClientPool empty = new ClientPool("main", "hikari", 0, 0, 5, 5, 0, null, 12);

        assertThat(probe.judge(snapshot(roomy(), empty)).findings().get(0).summary())
                .isEqualTo(
                        "pool main has had no connection to give for 12 s (none of 5 open); threads have waited, none"
                                + " does now");
    }

    @Test
    void says_what_makes_pools_full_where_it_does_not_know_what_did() {
        assertThat(probe.judge(snapshot(roomy(), pool(10, 1, 42)))
                        .findings()
                        .get(0)
                        .cause())
                .isEqualTo("connections are borrowed faster than they come back: slow statements, transactions held"
                        + " open, or a leak");
    }

    @ParameterizedTest
    @CsvSource({
        "SERVER, 87, 'max_connections less the reserved slots is 97; after 10 more, connections will be refused'",
        "SERVER, 97, 'max_connections less the reserved slots is 97; the next connection will be refused'",
        "ROLE, 96, 'the CONNECTION LIMIT of role shop is 97; after 1 more, connections will be refused'",
        "DATABASE, 96, 'the CONNECTION LIMIT of database shop is 97; after 1 more, connections will be refused'"
    })
    void says_which_limit_it_is_and_what_is_left_below_it(Kind kind, int used, String cause) {
        Finding finding = probe.judge(snapshot(connections(new Ceiling(kind, "shop", used, 97))))
                .findings()
                .get(0);

        assertThat(finding.id()).isEqualTo("pool-saturation/" + kind);
        assertThat(finding.cause()).isEqualTo(cause);
    }

    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource({"SERVER, false", "ROLE, true", "DATABASE, true"})
    void sends_who_looks_at_a_standby_to_the_primary_for_what_is_set_there(Kind kind, boolean elsewhere) {
        Snapshot standby = snapshot(connections(new Ceiling(kind, "shop", 96, 97)))
                .with(Server.SECTION, Facts.taken(Facts.server(true)));

        assertThat(probe.judge(standby).findings().get(0).remedy().text().startsWith("On the primary: "))
                .isEqualTo(elsewhere);
    }

    @Test
    void says_what_is_in_use_where_nothing_is_wrong() {
        Reading<Sessions> narrow =
                connections(new Ceiling(Kind.SERVER, "max_connections", 3, 97), new Ceiling(Kind.ROLE, "Shop", 3, 20));

        assertThat(probe.judge(snapshot(roomy(), pool(1, 0, 0))).summary())
                .isEqualTo("1 of 97 connections in use; pool main 1 of 10");
        assertThat(probe.judge(snapshot(narrow, ClientPool.silent("main", "hikari", 10, null)))
                        .summary())
                .isEqualTo("3 of 20 connections in use by role Shop; pool main tells nothing yet (not used so far,"
                        + " or closed)");
        assertThat(probe.judge(snapshot(narrow, ClientPool.silent("main", "agroal", 10, 1)))
                        .summary())
                .isEqualTo("3 of 20 connections in use by role Shop; pool main tells nothing (its metrics are off)");
    }

    @Test
    void tells_the_worst_first() {
        Verdict<PoolSaturation> verdict = probe.judge(snapshot(
                connections(
                        new Ceiling(Kind.SERVER, "max_connections", 80, 97), new Ceiling(Kind.ROLE, "app", 80, 100)),
                new ClientPool("side", "hikari", 5, 0, 5, 5, 1, null, 20),
                pool(10, 1, 60)));

        assertThat(verdict.level()).isEqualTo(Level.CRITICAL);
        assertThat(verdict.findings())
                .extracting(Finding::id)
                .containsExactly(
                        "pool-saturation/pool-main",
                        "pool-saturation/server",
                        "pool-saturation/role",
                        "pool-saturation/pool-side");
        assertThat(verdict.seen().orElseThrow().pools())
                .extracting(ClientPool::name)
                .containsExactly("main", "side");
    }

    @Test
    void is_critical_when_the_server_refused_its_own_connection() {
        Snapshot refused = Snapshot.at(NOW)
                .with(Sessions.SECTION, new Reading.Missing<>(Cause.FAILED, "cannot connect"))
                .with(ClientPools.SECTION, taken(new ClientPools(List.of(pool(1, 0, 0)))))
                .with(Login.SECTION, taken(new Login("53300", "sorry, too many clients already", false)));

        Verdict<PoolSaturation> verdict = probe.judge(refused);

        assertThat(verdict.level()).isEqualTo(Level.CRITICAL);
        assertThat(verdict.findings().get(0).cause()).contains("sorry, too many clients already");
    }

    @Test
    void is_unknown_rather_than_ok_when_the_server_cannot_be_asked_and_still_shows_the_pool() {
        Snapshot down = snapshot(new Reading.Missing<>(Cause.FAILED, "cannot connect"), pool(3, 0, 0));

        Verdict<PoolSaturation> verdict = probe.judge(down);

        assertThat(verdict.level()).isEqualTo(Level.UNKNOWN);
        assertThat(verdict.seen().orElseThrow().pools()).hasSize(1);
        assertThat(measured(verdict)).containsEntry("pool.active", 3.0).doesNotContainKey("connections.used");
    }

    @Test
    void is_unknown_rather_than_ok_when_it_cannot_look_into_the_pool() {
        Snapshot strange = Snapshot.at(NOW)
                .with(Sessions.SECTION, roomy())
                .with(ClientPools.SECTION, new Reading.Missing<>(Cause.NOT_SUPPORTED, "cannot look into the pool"));

        assertThat(probe.judge(strange).level()).isEqualTo(Level.UNKNOWN);
    }

    @Test
    void warns_of_a_full_pool_even_while_the_server_cannot_be_asked() {
        Snapshot down = snapshot(new Reading.Missing<>(Cause.FAILED, "cannot connect"), pool(10, 3, 20));

        assertThat(probe.judge(down).level()).isEqualTo(Level.WARNING);
    }

    @Test
    void publishes_what_a_pool_cannot_tell_as_not_known() {
        ClientPool lazy = ClientPool.silent("main", "hikari", 10, null);

        assertThat(measured(probe.judge(snapshot(roomy(), lazy))))
                .containsEntry("pool.active", Double.NaN)
                .containsEntry("pool.max", 10.0);
    }

    @ParameterizedTest(name = "{0}, {1}, {2} s, {3} s is refused")
    @CsvSource({
        "0, 0.9, 10, 60",
        "0.9, 0.8, 10, 60",
        "0.8, 1.1, 10, 60",
        "0.8, 0.9, 60, 10",
        "0.8, 0.9, -1, 10",
        "NaN, 0.9, 1, 2"
    })
    void refuses_thresholds_that_contradict_each_other(double warning, double critical, int pending, int longPending) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new PoolSaturationProbe(
                        warning,
                        critical,
                        Duration.ofSeconds(pending),
                        Duration.ofSeconds(longPending),
                        Duration.ofSeconds(1),
                        Duration.ofSeconds(15),
                        1,
                        Duration.ofMinutes(5)))
                .withMessageStartingWith("want ")
                .withMessageContaining("got");
    }

    private Map<String, Double> measured(Verdict<PoolSaturation> verdict) {
        Map<String, Double> values = new TreeMap<>();
        for (Measure<PoolSaturation> measure : probe.measures()) {
            measure.source().read(verdict.seen().orElseThrow(), (tags, value) -> values.put(measure.name(), value));
        }
        return values;
    }

    private static Snapshot snapshot(Reading<Sessions> connections, ClientPool... pools) {
        return Snapshot.at(NOW)
                .with(Sessions.SECTION, connections)
                .with(ClientPools.SECTION, taken(new ClientPools(List.of(pools))))
                .with(Login.SECTION, taken(Login.ADMITTED));
    }

    private static Reading<Sessions> connections(Ceiling... ceilings) {
        return taken(new Sessions(new ArrayList<>(List.of(ceilings)), 1, null, 0, 0, 0, null, null, List.of()));
    }

    private static Reading<Sessions> roomy() {
        return connections(new Ceiling(Kind.SERVER, "max_connections", 1, 97));
    }

    private static ClientPool pool(int active, int pending, double fullSeconds) {
        return new ClientPool("main", "hikari", active, 10 - active, 10, 10, pending, null, fullSeconds);
    }

    private static <T> Reading<T> taken(T value) {
        return new Reading.Taken<>(value, NOW);
    }
}

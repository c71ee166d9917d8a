package io.pgwatch.core.probes;

import static io.pgwatch.core.probes.Facts.taken;
import static org.assertj.core.api.Assertions.assertThat;

import io.pgwatch.probe.Finding;
import io.pgwatch.snapshot.Ceiling;
import io.pgwatch.snapshot.ClientPools;
import io.pgwatch.snapshot.ClientPools.ClientPool;
import io.pgwatch.snapshot.Poolers;
import io.pgwatch.snapshot.Poolers.Pool;
import io.pgwatch.snapshot.Sessions;
import io.pgwatch.snapshot.Snapshot;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What does not fit between the application's pools, PgBouncer and the server, in words. */
class PoolerConfigurationTests {

    private static final Ceiling SERVER = new Ceiling(Ceiling.Kind.SERVER, "max_connections", 22, 97);

    private static Pool pool(String user, String mode, @Nullable Integer size, @Nullable Integer reserve) {
        return pool("shop", user, mode, size, reserve, null);
    }

    private static Pool pool(
            String database,
            String user,
            String mode,
            @Nullable Integer size,
            @Nullable Integer reserve,
            @Nullable Integer userMax) {
        return new Pool(
                database, user, mode, 0, 0, 0, 1, 0, 0, 0, null, null, size, reserve, false, false, 1, null, 1,
                userMax);
    }

    /** A PgBouncer of 1.18 that takes 100 clients; through it run pools of this process of these sizes. */
    private static List<Finding> findings(
            List<Pool> pools, @Nullable Integer clients, List<Ceiling> ceilings, Integer... clientMax) {
        return PoolerConfiguration.of(Snapshot.at(Facts.NOW)
                .with(Poolers.SECTION, taken(new Poolers("1.18.0", pools, 100, clients, 120.0, 0, true, true)))
                .with(
                        ClientPools.SECTION,
                        taken(new ClientPools(Stream.of(clientMax)
                                .map(max -> ClientPool.silent("main", "hikari", max == 0 ? null : max, null))
                                .toList())))
                .with(Sessions.SECTION, taken(new Sessions(ceilings, 1, null, 0, 0, 0, null, null, List.of()))));
    }

    private static Finding only(List<Finding> findings) {
        assertThat(findings).hasSize(1);
        return findings.get(0);
    }

    private static String remedy(Finding finding) {
        return Objects.requireNonNull(finding.remedy()).text();
    }

    @ParameterizedTest(name = "{0} and a reserve of {1}: {2}")
    @CsvSource({"92, 5, 0", "93, 5, 1", "98, , 1", ", 98, 1"})
    void pools_may_grow_to_the_limit_of_the_server_and_no_further(
            @Nullable Integer size, @Nullable Integer reserve, int findings) {
        assertThat(findings(List.of(pool("app", "session", size, reserve)), 12, List.of(SERVER)))
                .hasSize(findings);
    }

    @Test
    void the_tightest_of_the_limits_is_told_and_that_of_a_role_is_for_its_own_pools() {
        Ceiling role = new Ceiling(Ceiling.Kind.ROLE, "app", 2, 20);
        List<Pool> pools = List.of(pool("app", "session", 30, 0), pool("batch", "session", 80, 0));

        Finding finding = only(findings(pools, 12, List.of(SERVER, role)));

        assertThat(finding.id()).isEqualTo("pool-saturation/pooler-sizes");
        assertThat(finding.summary())
                .isEqualTo("PgBouncer's pools may grow to 30 connections, and the server admits 20");
        assertThat(finding.cause())
                .isEqualTo("pool sizes and reserves add up to 30; the tightest limit is that of role app: 20");
        assertThat(remedy(finding)).contains("to fit below 20", "raise the limit of role app last");
        assertThat(only(findings(pools, 12, List.of(SERVER))).summary()).contains("may grow to 110 connections");
    }

    @Test
    void a_user_does_not_get_more_than_its_limit_in_all_databases_together() {
        List<Pool> pools = List.of(
                pool("shop_rw", "app", "transaction", 60, 0, 50), pool("shop_ro", "app", "transaction", 60, 0, 50));
        Pool other = pool("shop_rw", "batch", "transaction", 48, 0, null);

        assertThat(sizes(pools)).isEmpty();
        assertThat(sizes(List.of(pools.get(0), pools.get(1), other)))
                .containsExactly("PgBouncer's pools may grow to 98 connections, and the server admits 97");
        assertThat(only(findings(List.of(pool("shop", "app", "session", 60, 0, 50)), 12, List.of(SERVER), 51))
                        .summary())
                .endsWith("serves 50 at a time");
    }

    private static List<String> sizes(List<Pool> pools) {
        return findings(pools, 12, List.of(SERVER)).stream()
                .filter(finding -> finding.id().equals("pool-saturation/pooler-sizes"))
                .map(Finding::summary)
                .toList();
    }

    @Test
    void session_mode_shares_nothing() {
        List<Pool> pools = List.of(pool("small", "session", 5, 0), pool("app", "session", 20, 5));

        assertThat(findings(pools, 12, List.of(SERVER), 15, 10)).isEmpty();
        Finding finding = only(findings(pools, 12, List.of(SERVER), 15, 11, 0));

        assertThat(finding.summary())
                .isEqualTo("this process may open 26 connections, and PgBouncer's pool shop of user app serves 25 at a"
                        + " time");
        assertThat(remedy(finding)).startsWith("Use pool_mode = transaction");
        assertThat(findings(List.of(pool("app", "session", null, 5)), 12, List.of(SERVER), 26))
                .as("how many it serves is not known")
                .isEmpty();
    }

    @Test
    void more_connections_than_it_takes_clients_are_refused() {
        List<Pool> pools = List.of(pool("app", "session", 90, 5), pool("app", "transaction", 1, 0));

        assertThat(findings(pools, 12, List.of(SERVER), 100)).isEmpty();
        Finding finding = only(findings(pools, 12, List.of(SERVER), 101));

        assertThat(finding.summary())
                .isEqualTo("this process may open 101 connections, and PgBouncer takes 100 clients in all");
        assertThat(finding.cause())
                .isEqualTo("max_client_conn is 100, of which 12 are in use; beyond it PgBouncer refuses with 'no more"
                        + " connections allowed'");
        assertThat(remedy(finding)).startsWith("Raise max_client_conn");
        assertThat(only(findings(pools, null, List.of(SERVER), 101)).cause())
                .startsWith("max_client_conn is 100; beyond it");
    }

    @Test
    void prepared_statements_break_where_connections_are_shared() {
        Finding finding = only(findings(List.of(pool("app", "transaction", 20, 5)), 12, List.of(SERVER), 10));

        assertThat(finding.id()).isEqualTo("pool-saturation/pooler-prepared");
        assertThat(finding.cause()).startsWith("in transaction mode the next use may meet another server connection");
        assertThat(findings(List.of(), 12, List.of(SERVER), 10))
                .as("it has no pool yet, so its mode is not known")
                .isEmpty();
    }
}

package io.pgwatch.core.pooler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.pgwatch.snapshot.Poolers;
import io.pgwatch.snapshot.Poolers.Pool;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PoolerRowsTests {

    private static final List<Map<String, @Nullable String>> SHOP_AND_OTHERS = List.of(
            row("name", "shop_rw", "database", "shop", "pool_size", "20", "reserve_pool", "5", "max_connections", "0"),
            row("name", "other", "database", "other", "pool_size", "20"));

    @Test
    void reads_the_columns_of_1_18() {
        Poolers seen = read(
                true,
                "VERSION",
                List.of(row("version", "PgBouncer 1.18.0")),
                "POOLS",
                List.of(
                        row(
                                "database",
                                "shop_rw",
                                "user",
                                "app",
                                "cl_active",
                                "2",
                                "cl_waiting",
                                "8",
                                "sv_active",
                                "2",
                                "sv_idle",
                                "0",
                                "sv_used",
                                "0",
                                "sv_login",
                                "1",
                                "maxwait",
                                "1",
                                "maxwait_us",
                                "500000",
                                "pool_mode",
                                "transaction"),
                        row("database", "other", "user", "app", "maxwait", "99")),
                "DATABASES",
                SHOP_AND_OTHERS,
                "LISTS",
                List.of(row("list", "databases", "items", "2"), row("list", "used_clients", "items", "10")),
                "CONFIG",
                List.of(
                        row("key", "max_client_conn", "value", "100"),
                        row("key", "query_wait_timeout", "value", "120")));

        assertThat(seen)
                .isEqualTo(new Poolers(
                        "1.18.0",
                        List.of(new Pool(
                                "shop_rw",
                                "app",
                                "transaction",
                                2,
                                8,
                                2,
                                0,
                                0,
                                1,
                                1.5,
                                null,
                                null,
                                20,
                                5,
                                null,
                                null,
                                null,
                                null,
                                null,
                                null)),
                        100,
                        10,
                        120.0,
                        0,
                        true,
                        true));
    }

    @Test
    void reads_what_newer_versions_renamed_and_knows_no_number_that_is_not_there() {
        Poolers seen = read(
                false,
                "VERSION",
                List.of(row("version", "PgBouncer 1.24.1")),
                "POOLS",
                List.of(row("database", "shop", "user", "app", "load_balance_hosts", null)),
                "DATABASES",
                List.of(row(
                        "name",
                        "shop",
                        "database",
                        "shop",
                        "reserve_pool_size",
                        "3",
                        "max_connections",
                        "7",
                        "current_connections",
                        "7",
                        "paused",
                        "1",
                        "disabled",
                        "0")),
                "CONFIG",
                List.of(
                        row("key", "pool_mode", "value", "transaction", "default", "session"),
                        row("key", "max_prepared_statements", "value", "200"),
                        row("key", "query_wait_timeout", "value", "0")));

        assertThat(seen.maxPreparedStatements()).isEqualTo(200);
        assertThat(seen.queryWaitTimeoutSeconds()).as("0 is never").isNull();
        assertThat(seen.maxClients()).isNull();
        assertThat(seen.pools())
                .containsExactly(new Pool(
                        "shop",
                        "app",
                        "transaction",
                        null,
                        null,
                        null,
                        null,
                        null,
                        null,
                        0,
                        null,
                        null,
                        null,
                        3,
                        true,
                        false,
                        7,
                        7,
                        null,
                        null));
    }

    @Test
    void up_to_1_22_a_user_has_the_connections_of_its_pools_and_the_limit_of_all() {
        Poolers seen = read(
                false,
                "POOLS",
                List.of(
                        pool("shop_rw", "app", 1, 2, 0, 0, 0),
                        pool("other", "app", 0, 0, 3, 4, 5),
                        pool("shop_rw", "b", 9)),
                "DATABASES",
                SHOP_AND_OTHERS,
                "CONFIG",
                List.of(row("key", "max_user_connections", "value", "15")),
                "USERS",
                List.of(row("name", "app", "pool_mode", null), row("name", "b", "pool_mode", "session")));

        assertThat(seen.pools())
                .extracting(Pool::user, Pool::size, Pool::reserve, Pool::userConnections, Pool::userMax)
                .containsExactly(tuple("app", 20, 5, 15, 15), tuple("b", 20, 5, null, 15));
    }

    @Test
    void from_1_23_on_a_user_has_limits_of_its_own() {
        Poolers seen = read(
                false,
                "POOLS",
                List.of(pool("shop_rw", "app", 1, 2, 0, 0, 0), pool("shop_rw", "b", 1, 0, 0, 0, 0)),
                "DATABASES",
                SHOP_AND_OTHERS,
                "CONFIG",
                List.of(row("key", "max_user_connections", "value", "15")),
                "USERS",
                List.of(user1_23("app", "        3", 7, 4), user1_23("b", "        2", 0, 1)));

        assertThat(seen.pools())
                .extracting(Pool::user, Pool::size, Pool::reserve, Pool::userConnections, Pool::userMax)
                .containsExactly(tuple("app", 3, 5, 4, 7), tuple("b", 2, 5, 1, null));
    }

    /** A user without a size is shown with that of the user before it; one with the database's size has that in any case. */
    @ParameterizedTest(name = "of app {0} and {1}, of b {2} and {3}: {4} and {5}")
    @CsvSource({
        "'', '', '', '', 20, 5",
        "'', '', '        3', '        1', 3, 1",
        "'        4', '        2', '        3', '        1', 3, 1",
        "'        3', '        1', '        3', '        1', ,",
        "'        3', '', '        3', '        1', , 1",
        "'       20', '        5', '       20', '        5', 20, 5",
        "'        3', '        1', '', '', 20, 5",
        "'', '', '        0', '        0', , 0"
    })
    void from_1_24_on_also_a_reserve_and_up_to_1_25_that_of_another(
            String appSize,
            String appReserve,
            String size,
            String reserve,
            @Nullable Integer expectedSize,
            @Nullable Integer expectedReserve) {
        Poolers seen = read(
                false,
                "POOLS",
                List.of(pool("shop_rw", "b", 1, 0, 0, 0, 0)),
                "DATABASES",
                SHOP_AND_OTHERS,
                "USERS",
                List.of(user1_24("app", appSize, appReserve), user1_24("b", size, reserve)));

        assertThat(seen.pools())
                .extracting(Pool::size, Pool::reserve, Pool::userConnections, Pool::userMax)
                .containsExactly(tuple(expectedSize, expectedReserve, 2, 9));
    }

    private static Map<String, @Nullable String> pool(String database, String user, int... servers) {
        Map<String, @Nullable String> pool = row("database", database, "user", user);
        List<String> states = List.of("sv_active", "sv_idle", "sv_used", "sv_tested", "sv_login");
        for (int i = 0; i < servers.length; i++) {
            pool.put(states.get(i), Integer.toString(servers[i]));
        }
        return pool;
    }

    private static Map<String, @Nullable String> user1_23(String name, String size, int max, int connections) {
        return row(
                "name",
                name,
                "pool_size",
                size,
                "pool_mode",
                null,
                "max_user_connections",
                Integer.toString(max),
                "current_connections",
                Integer.toString(connections));
    }

    private static Map<String, @Nullable String> user1_24(String name, String size, String reserve) {
        Map<String, @Nullable String> user = user1_23(name, size, 9, 2);
        user.put("reserve_pool_size", reserve);
        user.put("max_user_client_connections", "0");
        user.put("current_client_connections", "8");
        return user;
    }

    @ParameterizedTest(name = "database paused: {0}, all active: {1}, is {2}")
    @CsvSource({
        "1, yes, true",
        "1, , true",
        "0, no, true",
        "0, yes, false",
        "0, ,",
        ", ,",
    })
    void knows_that_a_pool_is_not_paused_only_where_both_are_told(
            @Nullable String database, @Nullable String active, @Nullable Boolean expected) {
        Poolers seen = read(
                false,
                "POOLS",
                List.of(row("database", "shop", "user", "app")),
                "DATABASES",
                List.of(row("name", "shop", "database", "shop", "paused", database)),
                "STATE",
                List.of(row("key", "active", "value", active)));

        assertThat(seen.pools().get(0).paused()).isEqualTo(expected);
    }

    @Test
    void lists_the_pools_that_wait_the_longest_and_not_all_of_thousands() {
        List<Map<String, @Nullable String>> pools = IntStream.range(0, 3000)
                .mapToObj(i -> row("database", "shop_rw", "user", "u" + i, "maxwait", Integer.toString(i)))
                .toList();

        Poolers seen = read(false, "POOLS", pools, "DATABASES", SHOP_AND_OTHERS);

        assertThat(seen.pools()).hasSize(Poolers.MOST);
        assertThat(seen.pools().get(0).user()).isEqualTo("u2999");
        assertThat(seen.version()).isEmpty();
    }

    @Test
    void survives_values_that_are_no_numbers() {
        Poolers seen = read(
                false,
                "VERSION",
                List.of(row("version", "pgbouncer-rr 2")),
                "POOLS",
                List.of(row("database", "shop_rw", "user", "app", "cl_waiting", "many", "maxwait", "")),
                "DATABASES",
                SHOP_AND_OTHERS,
                "LISTS",
                List.of(row("list", "used_clients", "items", "some")),
                "CONFIG",
                List.of(row("key", "query_wait_timeout", "value", "long")));

        assertThat(seen.pools().get(0).clientsWaiting()).isNull();
        assertThat(seen.clients()).isNull();
        assertThat(seen.queryWaitTimeoutSeconds()).isNull();
    }

    /** @param shown what was asked, and the rows that came, in turn */
    @SuppressWarnings("unchecked") // only this test calls it
    private static Poolers read(boolean throughHere, Object... shown) {
        Map<String, List<Map<String, @Nullable String>>> all = new HashMap<>();
        for (int i = 0; i < shown.length; i += 2) {
            all.put((String) shown[i], (List<Map<String, @Nullable String>>) shown[i + 1]);
        }
        return PoolerRows.of(all).read("shop", new PoolerAverages(), throughHere, true);
    }

    private static Map<String, @Nullable String> row(@Nullable String... namesAndValues) {
        Map<String, @Nullable String> row = new LinkedHashMap<>();
        List<@Nullable String> all = new ArrayList<>(java.util.Arrays.asList(namesAndValues));
        for (int i = 0; i < all.size(); i += 2) {
            row.put(String.valueOf(all.get(i)), all.get(i + 1));
        }
        return row;
    }
}

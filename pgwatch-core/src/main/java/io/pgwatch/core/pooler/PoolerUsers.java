package io.pgwatch.core.pooler;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What limits each user of PgBouncer. {@code SHOW USERS} tells the connections of a user and how many it may have, and the size
 * of its pools, from 1.23 on, and their reserve from 1.24 on. Up to then, a user is as limited as {@code SHOW CONFIG} says of
 * all, and has the connections of its pools.
 *
 * @param rows of the users, in the order in which they came, by name
 * @param before the row that came before that of a user
 * @param pools the rows of {@code SHOW POOLS}
 * @param maxOfAll what holds for a user of which nothing else is told
 */
record PoolerUsers(
        Map<String, Map<String, @Nullable String>> rows,
        Map<String, Map<String, @Nullable String>> before,
        List<Map<String, @Nullable String>> pools,
        @Nullable Integer maxOfAll) {

    /** In {@code SHOW POOLS}, where a server connection may be. One that only cancels is none of them. */
    private static final List<String> STATES = List.of("sv_active", "sv_idle", "sv_used", "sv_tested", "sv_login");

    static PoolerUsers of(Map<String, List<Map<String, @Nullable String>>> shown, Map<String, String> config) {
        Map<String, Map<String, @Nullable String>> rows = new HashMap<>();
        Map<String, Map<String, @Nullable String>> before = new HashMap<>();
        Map<String, @Nullable String> last = Map.of();
        for (Map<String, @Nullable String> row : shown.getOrDefault("USERS", List.of())) {
            String name = Objects.requireNonNullElse(row.get("name"), "");
            rows.put(name, row);
            before.put(name, last);
            last = row;
        }
        return new PoolerUsers(
                rows,
                before,
                shown.getOrDefault("POOLS", List.of()),
                PoolerRows.number(config.get("max_user_connections")));
    }

    /**
     * The size of a user's pools, which goes before that of the database. At least up to 1.25.1 a user without one is shown with
     * that of the user before it (its issue 1323), so one that is the same in both may be of either, or of none.
     *
     * @return null also where that cannot be told
     */
    @Nullable
    Integer size(String user, String column, @Nullable Integer ofDatabase) {
        Integer own = PoolerRows.number(row(user), column);
        Integer before = PoolerRows.number(this.before.getOrDefault(user, Map.of()), column);
        if (own == null || own.equals(ofDatabase)) {
            return ofDatabase;
        }
        return own.equals(before) ? null : own;
    }

    @Nullable
    Integer connections(String user) {
        Integer told = PoolerRows.number(row(user), "current_connections");
        return told != null ? told : inPools(user);
    }

    private @Nullable Integer inPools(String user) {
        int sum = 0;
        for (Map<String, @Nullable String> pool : pools) {
            if (user.equals(pool.get("user"))) {
                for (String state : STATES) {
                    Integer count = PoolerRows.number(pool, state);
                    if (count == null) {
                        return null;
                    }
                    sum += count;
                }
            }
        }
        return sum;
    }

    @Nullable
    Integer max(String user) {
        Integer told = PoolerRows.number(row(user), "max_user_connections");
        return PoolerRows.limit(told != null ? told : maxOfAll);
    }

    private Map<String, @Nullable String> row(String user) {
        return rows.getOrDefault(user, Map.of());
    }
}

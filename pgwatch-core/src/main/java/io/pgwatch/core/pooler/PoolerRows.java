package io.pgwatch.core.pooler;

import io.pgwatch.snapshot.Poolers;
import io.pgwatch.snapshot.Poolers.Pool;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the console's rows mean, whatever version gave them: columns come and go, and are asked for by name.
 *
 * @param config the values of {@code SHOW CONFIG} by key
 */
record PoolerRows(
        String version,
        List<Map<String, @Nullable String>> pools,
        List<Map<String, @Nullable String>> databases,
        List<Map<String, @Nullable String>> lists,
        Map<String, String> config) {

    static PoolerRows of(
            List<Map<String, @Nullable String>> version,
            List<Map<String, @Nullable String>> pools,
            List<Map<String, @Nullable String>> databases,
            List<Map<String, @Nullable String>> lists,
            List<Map<String, @Nullable String>> config) {
        Map<String, String> values = new HashMap<>();
        config.forEach(row -> {
            String key = row.get("key");
            String value = row.get("value");
            if (key != null && value != null) {
                values.put(key, value);
            }
        });
        String first = version.isEmpty() ? "" : text(version.get(0), "version");
        return new PoolerRows(first, pools, databases, lists, values);
    }

    /** @param database as the server names it; the pooler's clients may know it by others */
    Poolers read(String database, boolean throughHere, boolean driverPrepares) {
        List<Pool> read = new ArrayList<>();
        for (Map<String, @Nullable String> row : pools) {
            databaseOf(row)
                    .filter(known -> database.equals(known.get("database")))
                    .map(known -> pool(row, known))
                    .ifPresent(read::add);
        }
        read.sort(Comparator.comparingDouble(Pool::longestWaitSeconds)
                .thenComparing(pool -> Objects.requireNonNullElse(pool.clientsWaiting(), 0))
                .reversed());
        return new Poolers(
                version.replaceFirst("^PgBouncer\\s+", ""),
                read.subList(0, Math.min(read.size(), Poolers.MOST)),
                setting("max_client_conn"),
                lists.stream()
                        .filter(row -> "used_clients".equals(row.get("list")))
                        .findFirst()
                        .map(row -> number(row, "items"))
                        .orElse(null),
                Optional.ofNullable(config.get("query_wait_timeout"))
                        .map(PoolerRows::decimal)
                        .filter(seconds -> seconds > 0)
                        .orElse(null),
                Objects.requireNonNullElse(setting("max_prepared_statements"), 0),
                throughHere,
                driverPrepares);
    }

    private Optional<Map<String, @Nullable String>> databaseOf(Map<String, @Nullable String> pool) {
        return databases.stream()
                .filter(row -> Objects.equals(row.get("name"), pool.get("database")))
                .findFirst();
    }

    private Pool pool(Map<String, @Nullable String> row, Map<String, @Nullable String> database) {
        double wait = Objects.requireNonNullElse(number(row, "maxwait"), 0)
                + Objects.requireNonNullElse(number(row, "maxwait_us"), 0) / 1e6;
        String mode = row.get("pool_mode");
        return new Pool(
                text(row, "database"),
                text(row, "user"),
                mode != null ? mode : config.get("pool_mode"),
                number(row, "cl_active"),
                number(row, "cl_waiting"),
                number(row, "sv_active"),
                number(row, "sv_idle"),
                number(row, "sv_used"),
                number(row, "sv_login"),
                wait,
                number(database, "pool_size"),
                number(database, "reserve_pool_size") != null
                        ? number(database, "reserve_pool_size")
                        : number(database, "reserve_pool"),
                Objects.equals(number(database, "paused"), 1),
                number(database, "current_connections"),
                limit(database));
    }

    /** A limit of 0 is none. */
    private static @Nullable Integer limit(Map<String, @Nullable String> database) {
        Integer max = number(database, "max_connections");
        return max == null || max == 0 ? null : max;
    }

    private @Nullable Integer setting(String key) {
        return number(config.get(key));
    }

    private static String text(Map<String, @Nullable String> row, String column) {
        return Objects.requireNonNullElse(row.get(column), "");
    }

    private static @Nullable Integer number(Map<String, @Nullable String> row, String column) {
        return number(row.get(column));
    }

    private static @Nullable Integer number(@Nullable String text) {
        try {
            return text == null ? null : Integer.valueOf(text.strip());
        } catch (NumberFormatException e) {
            return null;
        }
    }

    private static @Nullable Double decimal(String text) {
        try {
            return Double.valueOf(text.strip());
        } catch (NumberFormatException e) {
            return null;
        }
    }
}

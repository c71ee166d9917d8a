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
 * @param shown the rows that it gave, by what it was asked to SHOW
 * @param config the values of {@code SHOW CONFIG} by key
 * @param state those of {@code SHOW STATE}
 * @param users what limits each of them
 */
record PoolerRows(
        Map<String, List<Map<String, @Nullable String>>> shown,
        Map<String, String> config,
        Map<String, String> state,
        PoolerUsers users) {

    static PoolerRows of(Map<String, List<Map<String, @Nullable String>>> shown) {
        Map<String, String> config = values(shown, "CONFIG");
        return new PoolerRows(shown, config, values(shown, "STATE"), PoolerUsers.of(shown, config));
    }

    private static Map<String, String> values(Map<String, List<Map<String, @Nullable String>>> shown, String what) {
        Map<String, String> values = new HashMap<>();
        shown.getOrDefault(what, List.of()).forEach(row -> {
            String key = row.get("key");
            String value = row.get("value");
            if (key != null && value != null) {
                values.put(key, value);
            }
        });
        return values;
    }

    private List<Map<String, @Nullable String>> rows(String what) {
        return shown.getOrDefault(what, List.of());
    }

    /**
     * The pools that lead to a database, and what all of them share.
     *
     * @param database as the server names it; the pooler's clients may know it by others
     * @param averages of what {@code SHOW STATS} has counted up to now
     */
    Poolers read(String database, PoolerAverages averages, boolean throughHere, boolean driverPrepares) {
        List<Pool> read = new ArrayList<>();
        for (Map<String, @Nullable String> row : rows("POOLS")) {
            databaseOf(row)
                    .filter(known -> database.equals(known.get("database")))
                    .map(known -> pool(row, known, averages))
                    .ifPresent(read::add);
        }
        read.sort(Comparator.comparingDouble(Pool::longestWaitSeconds)
                .thenComparing(pool -> Objects.requireNonNullElse(pool.clientsWaiting(), 0))
                .reversed());
        return new Poolers(
                version().replaceFirst("^PgBouncer\\s+", ""),
                read.subList(0, Math.min(read.size(), Poolers.MOST)),
                setting("max_client_conn"),
                rows("LISTS").stream()
                        .filter(row -> "used_clients".equals(row.get("list")))
                        .findFirst()
                        .map(row -> number(row, "items"))
                        .orElse(null),
                Optional.ofNullable(decimal(config.get("query_wait_timeout")))
                        .filter(seconds -> seconds > 0)
                        .orElse(null),
                Objects.requireNonNullElse(setting("max_prepared_statements"), 0),
                throughHere,
                driverPrepares);
    }

    private String version() {
        return rows("VERSION").isEmpty() ? "" : text(rows("VERSION").get(0), "version");
    }

    private Optional<Map<String, @Nullable String>> databaseOf(Map<String, @Nullable String> pool) {
        return rows("DATABASES").stream()
                .filter(row -> Objects.equals(row.get("name"), pool.get("database")))
                .findFirst();
    }

    private Pool pool(
            Map<String, @Nullable String> row, Map<String, @Nullable String> database, PoolerAverages averages) {
        double wait = Objects.requireNonNullElse(number(row, "maxwait"), 0)
                + Objects.requireNonNullElse(number(row, "maxwait_us"), 0) / 1e6;
        String name = text(row, "database");
        String user = text(row, "user");
        String mode = row.get("pool_mode") != null ? row.get("pool_mode") : config.get("pool_mode");
        return new Pool(
                name,
                user,
                mode,
                number(row, "cl_active"),
                number(row, "cl_waiting"),
                number(row, "sv_active"),
                number(row, "sv_idle"),
                number(row, "sv_used"),
                number(row, "sv_login"),
                wait,
                averages.waitSeconds(name, mode),
                averages.transactionSeconds(name),
                limit(users.size(user, "pool_size", number(database, "pool_size"))),
                users.size(
                        user,
                        "reserve_pool_size",
                        number(database, "reserve_pool_size") != null
                                ? number(database, "reserve_pool_size")
                                : number(database, "reserve_pool")),
                isPaused(database),
                Optional.ofNullable(number(database, "disabled"))
                        .map(disabled -> disabled == 1)
                        .orElse(null),
                number(database, "current_connections"),
                limit(number(database, "max_connections")),
                users.connections(user),
                users.max(user));
    }

    private @Nullable Boolean isPaused(Map<String, @Nullable String> database) {
        if (Objects.equals(number(database, "paused"), 1)) {
            return true;
        }
        String active = state.get("active");
        return active == null ? null : !active.equals("yes");
    }

    /** A limit of 0 is none. */
    static @Nullable Integer limit(@Nullable Integer max) {
        return max == null || max == 0 ? null : max;
    }

    private @Nullable Integer setting(String key) {
        return number(config.get(key));
    }

    private static String text(Map<String, @Nullable String> row, String column) {
        return Objects.requireNonNullElse(row.get(column), "");
    }

    static @Nullable Integer number(Map<String, @Nullable String> row, String column) {
        return number(row.get(column));
    }

    static @Nullable Integer number(@Nullable String text) {
        try {
            return text == null ? null : Integer.valueOf(text.strip());
        } catch (NumberFormatException e) {
            return null;
        }
    }

    static @Nullable Double decimal(@Nullable String text) {
        try {
            return text == null ? null : Double.valueOf(text.strip());
        } catch (NumberFormatException e) {
            return null;
        }
    }
}

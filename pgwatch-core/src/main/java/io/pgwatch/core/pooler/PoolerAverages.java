package io.pgwatch.core.pooler;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Averages of the last half to whole minute, from what {@code SHOW STATS} has counted since PgBouncer started. Its own averages
 * will not do: they round how often something happened down to whole numbers a second, and up to 1.22 that of waits is the time
 * that was waited in a second, not that of a wait.
 */
final class PoolerAverages {

    private static final Duration HALF = Duration.ofSeconds(30);

    private static final double MICROS = 1e6;

    private Look older = Look.NONE;
    private Look newer = Look.NONE;
    private Look newest = Look.NONE;

    private record Look(Instant at, Map<String, Counted> databases) {

        private static final Look NONE = new Look(Instant.EPOCH, Map.of());

        private boolean isBefore(Look later) {
            return later.databases.entrySet().stream().allMatch(entry -> {
                Counted before = databases.get(entry.getKey());
                return before == null || before.isBefore(entry.getValue());
            });
        }
    }

    /** Of one database, since PgBouncer started; null where its version does not count it. */
    private record Counted(
            @Nullable Double transactions,
            @Nullable Double transactionMicros,
            @Nullable Double assignments,
            @Nullable Double waitMicros) {

        /** Where it has no row: nobody had asked for it yet. */
        private static final Counted NOTHING = new Counted(0.0, 0.0, 0.0, 0.0);

        private static Counted of(Map<String, @Nullable String> row) {
            return new Counted(
                    PoolerRows.decimal(row.get("total_xact_count")),
                    PoolerRows.decimal(row.get("total_xact_time")),
                    PoolerRows.decimal(row.get("total_server_assignment_count")),
                    PoolerRows.decimal(row.get("total_wait_time")));
        }

        private boolean isBefore(Counted later) {
            return transactions == null || later.transactions == null || transactions <= later.transactions;
        }
    }

    /** Takes in what it has counted up to now. */
    void add(Instant at, List<Map<String, @Nullable String>> stats) {
        Map<String, Counted> databases = new HashMap<>();
        for (Map<String, @Nullable String> row : stats) {
            databases.put(row.getOrDefault("database", ""), Counted.of(row));
        }
        Look now = new Look(at, databases);
        if (newest.databases.isEmpty() || !newest.isBefore(now)) { // it is new to us, or began anew
            older = now;
            newer = now;
        } else if (Duration.between(newer.at, at).compareTo(HALF) >= 0) {
            older = newer;
            newer = now;
        }
        newest = now;
    }

    @Nullable
    Double transactionSeconds(String database) {
        Counted since = since(database);
        Counted now = now(database);
        return mean(since.transactionMicros, now.transactionMicros, since.transactions, now.transactions);
    }

    /** @param mode of the pool: in session mode, a transaction does not need a server connection to be given */
    @Nullable
    Double waitSeconds(String database, @Nullable String mode) {
        Counted since = since(database);
        Counted now = now(database);
        if (now.assignments != null) {
            return mean(since.waitMicros, now.waitMicros, since.assignments, now.assignments);
        }
        return mode == null || mode.equals("session")
                ? null
                : mean(since.waitMicros, now.waitMicros, since.transactions, now.transactions);
    }

    private Counted since(String database) {
        return older.databases.getOrDefault(database, Counted.NOTHING);
    }

    private Counted now(String database) {
        return newest.databases.getOrDefault(database, Counted.NOTHING);
    }

    /** In seconds; null where nothing was counted in between. */
    private static @Nullable Double mean(
            @Nullable Double sumBefore, @Nullable Double sum, @Nullable Double countBefore, @Nullable Double count) {
        if (sumBefore == null || sum == null || countBefore == null || count == null || count <= countBefore) {
            return null;
        }
        return Math.max(0, sum - sumBefore) / (count - countBefore) / MICROS;
    }
}

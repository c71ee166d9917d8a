package io.pgwatch.core.probes;

import static java.util.stream.Collectors.groupingBy;

import io.pgwatch.evidence.ProbeIds;
import io.pgwatch.probe.Finding;
import io.pgwatch.probe.Level;
import io.pgwatch.probe.Remedy;
import io.pgwatch.snapshot.Ceiling;
import io.pgwatch.snapshot.ClientPools;
import io.pgwatch.snapshot.ClientPools.ClientPool;
import io.pgwatch.snapshot.Poolers;
import io.pgwatch.snapshot.Poolers.Pool;
import io.pgwatch.snapshot.Sessions;
import io.pgwatch.snapshot.Snapshot;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What is wrong between PgBouncer, the pool before it and the server behind it, told before it fails for the first time. */
final class PoolerConfiguration {

    private final Poolers seen;
    private final List<Ceiling> ceilings;
    private final int clientMax;

    private PoolerConfiguration(Poolers seen, Snapshot snapshot) {
        this.seen = seen;
        this.ceilings =
                snapshot.get(Sessions.SECTION).taken().map(Sessions::ceilings).orElse(List.of());
        this.clientMax = snapshot.get(ClientPools.SECTION).taken().map(ClientPools::pools).orElse(List.of()).stream()
                .map(ClientPool::max)
                .filter(Objects::nonNull)
                .mapToInt(Integer::intValue)
                .sum();
    }

    static List<Finding> of(Snapshot snapshot) {
        return snapshot.get(Poolers.SECTION)
                .taken()
                .map(seen -> new PoolerConfiguration(seen, snapshot).findings())
                .orElse(List.of());
    }

    private List<Finding> findings() {
        Stream<Finding> here = seen.throughHere()
                ? Stream.of(sessionMode(), maxClients(), prepared()).flatMap(Optional::stream)
                : Stream.empty();
        return Stream.concat(moreThanTheServerHas().stream(), here).toList();
    }

    private Optional<Finding> moreThanTheServerHas() {
        return ceilings.stream()
                .filter(ceiling -> wanted(ceiling) > ceiling.limit())
                .min(Comparator.comparingInt(Ceiling::limit))
                .map(ceiling -> warning(
                        "sizes",
                        "PgBouncer's pools may grow to " + wanted(ceiling) + " connections, and the server admits "
                                + ceiling.limit(),
                        "pool sizes and reserves add up to " + wanted(ceiling) + "; the tightest limit is that of "
                                + ceiling.kind() + " " + ceiling.name() + ": " + ceiling.limit(),
                        PoolerRemedies.fewer(ceiling)));
    }

    /** Connections that the pools may have under a ceiling; that of a role is only for its own. */
    private int wanted(Ceiling ceiling) {
        List<Pool> under = seen.pools().stream()
                .filter(pool ->
                        ceiling.kind() != Ceiling.Kind.ROLE || pool.user().equals(ceiling.name()))
                .toList();
        return Math.min(sum(under, Pool::database, Pool::databaseMax), sum(under, Pool::user, Pool::userMax));
    }

    /** Of all pools, where those that have something in common also have a limit in common. */
    private static int sum(List<Pool> pools, Function<Pool, String> common, Function<Pool, @Nullable Integer> limit) {
        return pools.stream().collect(groupingBy(common)).values().stream()
                .mapToInt(group -> {
                    int sum = group.stream().mapToInt(PoolerConfiguration::most).sum();
                    Integer max = limit.apply(group.get(0));
                    return max == null ? sum : Math.min(sum, max);
                })
                .sum();
    }

    private static int most(Pool pool) {
        int most = Objects.requireNonNullElse(pool.size(), 0) + Objects.requireNonNullElse(pool.reserve(), 0);
        Integer max = pool.userMax();
        return max == null ? most : Math.min(most, max);
    }

    /** Which pool the application's connections are in is not known; if not even the largest one will do, none will. */
    private Optional<Finding> sessionMode() {
        if (seen.pools().stream().anyMatch(pool -> !"session".equals(pool.mode()) || pool.size() == null)) {
            return Optional.empty();
        }
        return seen.pools().stream()
                .max(Comparator.comparingInt(PoolerConfiguration::most))
                .filter(pool -> clientMax > most(pool))
                .map(pool -> warning(
                        "session-mode",
                        "this process may open " + clientMax + " connections, and " + PoolerDiagnosis.nameOf(pool)
                                + " serves " + most(pool) + " at a time",
                        "in session mode each connection of the application's pool keeps a server connection for as"
                                + " long as it is open, used or not: PgBouncer shares nothing",
                        PoolerRemedies.sessionMode()));
    }

    private Optional<Finding> maxClients() {
        return Optional.ofNullable(seen.maxClients())
                .filter(max -> clientMax > max)
                .map(max -> warning(
                        "max-clients",
                        "this process may open " + clientMax + " connections, and PgBouncer takes " + max
                                + " clients in all",
                        "max_client_conn is " + max + inUse(seen.clients()) + "; beyond it PgBouncer refuses with"
                                + " 'no more connections allowed'",
                        PoolerRemedies.maxClients()));
    }

    private static String inUse(@Nullable Integer clients) {
        return clients == null ? "" : ", of which " + clients + " are in use";
    }

    private Optional<Finding> prepared() {
        List<String> modes = seen.pools().stream()
                .map(Pool::mode)
                .filter(Objects::nonNull)
                .distinct()
                .toList();
        boolean shares = !modes.isEmpty() && !modes.contains("session");
        return shares && seen.driverPrepares() && seen.maxPreparedStatements() == 0
                ? Optional.of(warning(
                        "prepared",
                        "the driver prepares statements that PgBouncer does not follow from server to server",
                        "in " + modes.get(0) + " mode the next use may meet another server connection: SQLSTATE 26000"
                                + " (does not exist) or 42P05 (exists already), from the fifth use of a statement on",
                        PoolerRemedies.prepared()))
                : Optional.empty();
    }

    private static Finding warning(String key, String summary, String cause, Remedy remedy) {
        return Finding.of(
                ProbeIds.POOL_SATURATION, Level.WARNING, "pooler-" + key, "PgBouncer", summary, cause, remedy);
    }
}

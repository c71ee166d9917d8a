package io.pgwatch.core.probes;

import static io.pgwatch.probe.Level.CRITICAL;
import static io.pgwatch.probe.Level.OK;
import static io.pgwatch.probe.Level.WARNING;
import static java.lang.Boolean.TRUE;
import static java.util.stream.Collectors.toSet;

import io.pgwatch.evidence.PoolSaturation.Diagnosis;
import io.pgwatch.evidence.ProbeIds;
import io.pgwatch.probe.Finding;
import io.pgwatch.probe.Level;
import io.pgwatch.snapshot.Poolers;
import io.pgwatch.snapshot.Poolers.Pool;
import io.pgwatch.snapshot.Sessions;
import io.pgwatch.snapshot.Snapshot;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Which clients of PgBouncer wait for a server connection, as its console tells. PgBouncer 1.18 tells no time for a client that
 * waits while it logs in, so one that waits where there is no server connection at all counts from the first look on.
 */
final class PoolerDiagnosis {

    private final Poolers seen;
    private final Snapshot snapshot;
    private final Optional<Sessions> sessions;
    private final double warning;
    private final double critical;

    private PoolerDiagnosis(Poolers seen, Snapshot snapshot, Duration warning, Duration critical) {
        this.seen = seen;
        this.snapshot = snapshot;
        this.sessions = snapshot.get(Sessions.SECTION).taken();
        this.warning = warning.toMillis() / 1e3;
        this.critical = critical.toMillis() / 1e3;
    }

    /**
     * A finding for each pool whose clients wait for too long, in the order of the pools, and then for each database that an
     * administrator holds, though nobody waits yet: the next who asks will.
     */
    static List<Finding> of(Snapshot snapshot, Duration warning, Duration critical) {
        return snapshot.get(Poolers.SECTION)
                .taken()
                .map(seen -> new PoolerDiagnosis(seen, snapshot, warning, critical).findings())
                .orElse(List.of());
    }

    /** The id of the finding that explains why a pool before this PgBouncer is full; null where none does. */
    static @Nullable String root(List<Finding> waiting, Snapshot snapshot) {
        boolean through =
                snapshot.get(Poolers.SECTION).taken().map(Poolers::throughHere).orElse(false);
        return through && !waiting.isEmpty() ? waiting.get(0).id() : null;
    }

    private List<Finding> findings() {
        List<Pool> waitedFor =
                seen.pools().stream().filter(pool -> levelOf(pool) != OK).toList();
        Set<String> told = waitedFor.stream().map(Pool::database).collect(toSet());
        Stream<Finding> held = seen.pools().stream()
                .filter(pool -> PoolerReason.isPaused(pool) || TRUE.equals(pool.disabled()))
                .filter(pool -> told.add(pool.database()))
                .map(PoolerDiagnosis::held);
        return Stream.concat(waitedFor.stream().map(this::finding), held).toList();
    }

    private static Finding held(Pool pool) {
        boolean paused = PoolerReason.isPaused(pool);
        String name = "PgBouncer's database " + Words.inLine(pool.database());
        return Finding.of(
                ProbeIds.POOL_SATURATION,
                WARNING,
                (paused ? "pooler-paused-" : "pooler-disabled-") + Words.inLine(pool.database()),
                name,
                name + (paused ? " is paused: whoever asks it for a connection waits" : " refuses new clients"),
                paused
                        ? "paused: " + PoolerReason.PAUSED
                        : "disabled: an administrator's DISABLE; clients that are in it go on",
                paused ? PoolerRemedies.paused(pool) : PoolerRemedies.disabled(pool));
    }

    private Level levelOf(Pool pool) {
        double wait = pool.longestWaitSeconds();
        boolean tooLong = wait > 0 && wait >= warning;
        if (tooLong && (wait >= critical || isNearTimeout(wait))) {
            return CRITICAL;
        }
        return tooLong || isStuck(pool) ? WARNING : OK;
    }

    private boolean isNearTimeout(double wait) {
        Double timeout = seen.queryWaitTimeoutSeconds();
        return timeout != null && wait >= timeout / 2;
    }

    /** Clients wait, and no server connection is there or on its way. */
    private static boolean isStuck(Pool pool) {
        return pool.clientsWaiting() != null
                && pool.clientsWaiting() > 0
                && Objects.equals(PoolerReason.servers(pool), 0)
                && Objects.equals(pool.serversLogin(), 0);
    }

    private Finding finding(Pool pool) {
        PoolerReason reason = PoolerReason.of(pool, sessions);
        String name = nameOf(pool);
        Integer waiting = pool.clientsWaiting();
        Finding finding = Finding.of(
                ProbeIds.POOL_SATURATION,
                levelOf(pool),
                "pooler-" + Words.inLine(pool.database() + "-" + pool.user()),
                name,
                (waiting == null
                                ? "clients wait"
                                : Words.number(waiting, "client") + (waiting == 1 ? " waits" : " wait"))
                        + " for a server connection of " + name + time(pool),
                reason.word() + ": " + reason.because(),
                reason.remedy());
        return reason.kind() == null
                ? finding
                : finding.explainedBy(PoolDiagnosis.root(new Diagnosis(reason.kind(), reason.because()), snapshot));
    }

    static String nameOf(Pool pool) {
        return "PgBouncer's pool " + Words.inLine(pool.database()) + " of user " + Words.inLine(pool.user());
    }

    private String time(Pool pool) {
        double wait = pool.longestWaitSeconds();
        if (wait == 0) {
            return ", which has none";
        }
        Double timeout = seen.queryWaitTimeoutSeconds();
        String drop = timeout == null || levelOf(pool) != CRITICAL
                ? ""
                : " and will be dropped in " + Words.duration(Math.max(0, timeout - wait));
        return ", the first has for " + Words.duration(wait) + drop;
    }
}

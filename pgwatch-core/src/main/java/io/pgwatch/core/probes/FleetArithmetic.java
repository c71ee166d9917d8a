package io.pgwatch.core.probes;

import io.pgwatch.evidence.PoolSaturation.Fleet;
import io.pgwatch.snapshot.Ceiling;
import io.pgwatch.snapshot.ClientPools;
import io.pgwatch.snapshot.ClientPools.ClientPool;
import io.pgwatch.snapshot.Poolers;
import io.pgwatch.snapshot.SeriesKey;
import io.pgwatch.snapshot.Sessions;
import io.pgwatch.snapshot.Sessions.Siblings;
import io.pgwatch.snapshot.Snapshot;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Adds up what the instances of this service may open. Under pressure watches give up their connections, and siblings are not to
 * be counted: then the numbers from before it count.
 */
final class FleetArithmetic {

    /** A sibling that has just given up its connection, or lost it, is back by then. */
    private static final Duration GLIMPSE = Duration.ofMinutes(2);

    /** While a deploy runs, old and new instances are counted: it tells nothing of the next one. */
    private static final Duration LONGER_THAN_A_DEPLOY = Duration.ofMinutes(30);

    private FleetArithmetic() {}

    /**
     * Under the limit that leaves the least; null where the instances cannot be counted, or share their connections.
     *
     * @param surge how many instances a deploy adds for its time; 0 for none
     */
    static @Nullable Fleet of(Snapshot snapshot, int surge) {
        Sessions seen = snapshot.get(Sessions.SECTION).taken().orElse(null);
        Siblings siblings = seen == null ? null : seen.siblings();
        int instances = (int) most(Sessions.INSTANCES, snapshot);
        if (seen == null || siblings == null || instances < 1 || shares(snapshot, siblings)) {
            return null;
        }
        long poolMax = most(Sessions.POOL_MAX, snapshot);
        long added = isTold(instances, surge, snapshot) ? surge * poolOfOne(poolMax, instances) : 0;
        Fleet worst = null;
        long most = Long.MIN_VALUE;
        for (Ceiling ceiling : seen.ceilings()) {
            long others = ceiling.used() - Math.min(siblings.connections(), poolMax);
            long over = poolMax + others - ceiling.limit();
            if (over > most) {
                most = over;
                worst = new Fleet(
                        instances,
                        poolMax,
                        (int) others,
                        ceiling.kind(),
                        ceiling.limit(),
                        Math.max(0, over),
                        added > 0 ? Math.max(0, over + added) : null);
            }
        }
        return worst;
    }

    /** Whether a pooler gives the pools fewer sessions than they have connections. */
    private static boolean shares(Snapshot snapshot, Siblings siblings) {
        ClientPools pools = snapshot.get(ClientPools.SECTION).taken().orElse(null);
        Poolers poolers = snapshot.get(Poolers.SECTION).taken().orElse(null);
        int open = 0;
        if (pools != null) {
            for (ClientPool pool : pools.pools()) {
                open += Objects.requireNonNullElse(pool.active(), 0) + Objects.requireNonNullElse(pool.idle(), 0);
            }
        }
        return open > siblings.connections() || poolers != null && poolers.throughHere();
    }

    private static long most(SeriesKey key, Snapshot snapshot) {
        return (long) snapshot.history().series(key).highest(GLIMPSE);
    }

    /** A single instance may well be stopped before the next one is started. */
    private static boolean isTold(int instances, int surge, Snapshot snapshot) {
        Instant since = snapshot.history()
                .series(Sessions.INSTANCES)
                .atLeastSince(instances)
                .orElse(snapshot.at());
        return surge > 0 && instances > 1 && !since.plus(LONGER_THAN_A_DEPLOY).isAfter(snapshot.at());
    }

    /** What one instance may open on the average, rounded up. */
    static long poolOfOne(long poolMax, int instances) {
        return (poolMax + instances - 1) / instances;
    }
}

package io.pgwatch.evidence;

import io.pgwatch.snapshot.Ceiling;
import io.pgwatch.snapshot.ClientPools.ClientPool;
import io.pgwatch.snapshot.Poolers;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What the next request meets on its way to a connection.
 *
 * @param pools the pools of this process, the fullest first; none when the data source is no pool that pgwatch knows
 * @param ceilings the server's limits, the tightest first; none while the server cannot be asked
 * @param monitors how many of the server's connections are pgwatch's own, siblings' included; null while it cannot be asked
 * @param fleet what the instances of this service may open together; null where they cannot be counted
 * @param newPerSecond sessions that were established at the server in the last minute, a second, over all databases; null while
 *     too little is known
 * @param secondsUntilFull until a limit of the server is reached at the pace at which connections grow; null while they do not
 *     grow steadily, or too little is known
 * @param poolers the pools of PgBouncer that lead to this database, the one that waited longest first; none without its
 *     console, or while that does not answer
 * @param diagnosis why a pool has no connection to give to threads that wait; null while none waits, or where that is not known
 */
public record PoolSaturation(
        List<ClientPool> pools,
        List<Ceiling> ceilings,
        @Nullable Integer monitors,
        @Nullable Fleet fleet,
        @Nullable Double newPerSecond,
        @Nullable Double secondsUntilFull,
        List<Poolers.Pool> poolers,
        @Nullable Diagnosis diagnosis) {

    public PoolSaturation {
        pools = List.copyOf(pools);
        ceilings = List.copyOf(ceilings);
        poolers = List.copyOf(poolers);
    }

    /**
     * All that the instances of this service may open, against the limit that it fits under least. Instances are known by the
     * application_name of their watches, which is free text: a hint, no proof.
     *
     * @param instances the most that ran within two minutes, this one included
     * @param poolMax the sum of the maximum sizes of their pools
     * @param others connections in use that count against the limit and are not of these pools, pgwatch's own included
     * @param ceiling whose limit it is
     * @param limit connections that the application may have under it
     * @param lacking by how many connections {@code poolMax} and {@code others} exceed it; 0 when all fit
     * @param lackingInDeploy the same with the instances that a rolling deploy adds; null for a single instance, where the probe is
     *     told that none are added, and until the number of instances has held for half an hour
     */
    public record Fleet(
            int instances,
            long poolMax,
            int others,
            Ceiling.Kind ceiling,
            int limit,
            long lacking,
            @Nullable Long lackingInDeploy) {}

    /**
     * Why threads wait for a connection.
     *
     * @param because the evidence that decided, in one sentence
     */
    public record Diagnosis(Kind kind, String because) {

        /** Its text is the lower-case word that reports show. */
        public enum Kind {
            /** Connections are borrowed and not used: never given back, or kept during other work. */
            LEAK,
            /** Sessions wait for locks. */
            LOCK_PILE_UP,
            /** Transactions are open in which nothing happens. */
            TRANSACTIONS_LEFT_IDLE,
            /** Statements run for long. */
            SLOW_STATEMENTS,
            /** All connections are in use, and none for long. */
            POOL_TOO_SMALL,
            /** The server, or a limit of the role or the database, admits no more connections. */
            SERVER_CEILING,
            /** The server does not let the pool in. */
            LOGIN_FAILING,
            /** The server cannot be reached, or does not answer. */
            DATABASE_GONE;

            @Override
            public String toString() {
                return name().toLowerCase(Locale.ROOT).replace('_', '-');
            }
        }
    }
}

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
 * @param poolers the pools of PgBouncer that lead to this database, the one that waited longest first; none without its
 *     console, or while that does not answer
 * @param diagnosis why a pool has no connection to give to threads that wait; null while none waits, or where that is not known
 */
public record PoolSaturation(
        List<ClientPool> pools,
        List<Ceiling> ceilings,
        @Nullable Integer monitors,
        List<Poolers.Pool> poolers,
        @Nullable Diagnosis diagnosis) {

    public PoolSaturation {
        pools = List.copyOf(pools);
        ceilings = List.copyOf(ceilings);
        poolers = List.copyOf(poolers);
    }

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

package io.pgwatch.snapshot;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the PgBouncer in front of the server is doing, as its admin console tells. A number is null where its version does not
 * tell it.
 *
 * @param pools those that lead to this database, the one that waited longest first; at most 20
 * @param maxClients {@code max_client_conn}: with more clients than this, all pools together, it refuses
 * @param clients that it serves now, all pools together
 * @param queryWaitTimeoutSeconds after so long a wait a client is dropped; null also where that is never
 * @param maxPreparedStatements how many named statements of a client it follows from server to server; 0 for none, as before
 *     version 1.21
 * @param throughHere whether the application's own URL leads to this PgBouncer
 * @param driverPrepares whether the application's driver makes named statements, as PostgreSQL's own does from the fifth use
 *     on unless {@code prepareThreshold} is 0
 */
public record Poolers(
        String version,
        List<Pool> pools,
        @Nullable Integer maxClients,
        @Nullable Integer clients,
        @Nullable Double queryWaitTimeoutSeconds,
        int maxPreparedStatements,
        boolean throughHere,
        boolean driverPrepares) {

    public static final Section<Poolers> SECTION = new Section<>("poolers", Poolers.class);

    /** As many pools are listed at most. */
    public static final int MOST = 20;

    public Poolers {
        pools = List.copyOf(pools);
    }

    /**
     * One pool: the connections of one user to one database of the pooler.
     *
     * @param database as the pooler's clients name it
     * @param mode {@code session}, {@code transaction} or {@code statement}
     * @param clientsActive clients that are linked to a server connection, or could be at once: idle ones count too
     * @param clientsWaiting clients that have sent a statement and have no server connection yet
     * @param serversActive server connections that are linked to a client
     * @param serversIdle server connections that are ready
     * @param serversUsed server connections that are to be checked before their next use
     * @param serversLogin server connections that are being opened
     * @param longestWaitSeconds for how long the first of the waiting clients has waited; 0 where none waits
     * @param averageWaitSeconds how long clients of this database, of all users, waited on the average for a server connection,
     *     counting those that got one in about the last minute, and 0 for one that got it at once; null where none did, until the
     *     second look, and in session mode before version 1.23, which does not count how often one was given
     * @param averageTransactionSeconds how long transactions of this database, of all users, took on the average, counting those
     *     that ended in about the last minute; null where none did, and until the second look
     * @param size how many server connections the pool may have, without a reserve; null also where nothing limits it, and where
     *     it is not known whether its user has a size of its own
     * @param reserve how many more after a wait; null also where it is not known whether its user has a reserve of its own
     * @param paused whether an administrator holds it, by PAUSE or KILL of its database, or by PAUSE or SUSPEND of everything;
     *     null where its database is not held, before version 1.19, which does not tell of everything
     * @param disabled whether an administrator's DISABLE refuses new clients of its database
     * @param databaseConnections server connections of all pools of this database
     * @param databaseMax how many these may be; null where nothing limits them
     * @param userConnections server connections of all pools of this user, to whatever database
     * @param userMax how many these may be; null where nothing limits them. Before version 1.23 it tells the limit that all users
     *     have, and not what one has instead
     */
    public record Pool(
            String database,
            String user,
            @Nullable String mode,
            @Nullable Integer clientsActive,
            @Nullable Integer clientsWaiting,
            @Nullable Integer serversActive,
            @Nullable Integer serversIdle,
            @Nullable Integer serversUsed,
            @Nullable Integer serversLogin,
            double longestWaitSeconds,
            @Nullable Double averageWaitSeconds,
            @Nullable Double averageTransactionSeconds,
            @Nullable Integer size,
            @Nullable Integer reserve,
            @Nullable Boolean paused,
            @Nullable Boolean disabled,
            @Nullable Integer databaseConnections,
            @Nullable Integer databaseMax,
            @Nullable Integer userConnections,
            @Nullable Integer userMax) {}
}

package io.pgwatch.snapshot;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The connection pools of this process that lead to the watched database.
 *
 * @param pools none when the data source is no pool that pgwatch knows
 */
public record ClientPools(List<ClientPool> pools) {

    public static final Section<ClientPools> SECTION = new Section<>("client-pools", ClientPools.class);

    public ClientPools {
        pools = List.copyOf(pools);
    }

    /**
     * One pool. A number that the pool cannot tell is null.
     *
     * @param name as its owner named it
     * @param kind the library, such as {@code hikari}
     * @param active connections that are borrowed
     * @param idle connections ready to be borrowed
     * @param max connections that it may have; null where it sets no limit
     * @param min connections that it keeps ready
     * @param pending threads that wait for a connection
     * @param timeouts how often a thread has waited in vain since the pool was started
     * @param fullSeconds for how long it has had no connection to give to threads that wait, as seen by a look every second; 0
     *     when it has
     */
    public record ClientPool(
            String name,
            String kind,
            @Nullable Integer active,
            @Nullable Integer idle,
            @Nullable Integer max,
            @Nullable Integer min,
            @Nullable Integer pending,
            @Nullable Long timeouts,
            double fullSeconds) {

        /** A pool of which only the configuration is known: it has not been started, it is closed, or it does not count. */
        public static ClientPool silent(String name, String kind, @Nullable Integer max, @Nullable Integer min) {
            return new ClientPool(name, kind, null, null, max, min, null, null, 0);
        }

        /** Whether every connection that it may have is borrowed; false where the pool cannot tell. */
        public boolean isFull() {
            return active != null && max != null && active >= max;
        }

        /** Whether it has no connection to give: it is full, or cannot open another; false where the pool cannot tell. */
        public boolean isOutOfConnections() {
            return isFull() || active != null && idle != null && idle == 0;
        }

        /** Whether somebody waits for a connection; false where the pool cannot tell. */
        public boolean isWaitedFor() {
            return pending != null && pending > 0;
        }

        /** The same, without one of those that wait. */
        public ClientPool withoutOneWaiter() {
            Integer others = pending == null ? null : Math.max(0, pending - 1);
            return new ClientPool(name, kind, active, idle, max, min, others, timeouts, fullSeconds);
        }

        /** The same, full for that long. */
        public ClientPool fullFor(double seconds) {
            return new ClientPool(name, kind, active, idle, max, min, pending, timeouts, seconds);
        }
    }
}

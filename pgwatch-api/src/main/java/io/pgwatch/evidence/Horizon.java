package io.pgwatch.evidence;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What keeps VACUUM from removing dead rows in this database. Ages are in transactions begun by writers since then.
 *
 * @param age of the oldest id that is held in its tables; 0 when nothing holds any; null where it is not known
 * @param holders the oldest first, at most 10
 * @param victims the tables with the most dead rows of those above their triggers for dead rows, at most 10; none while
 *     nothing is held, or no table has been looked at
 */
public record Horizon(@Nullable Long age, List<Holder> holders, List<Victim> victims) {

    public Horizon {
        holders = List.copyOf(holders);
        victims = List.copyOf(victims);
    }

    /** What kind of thing holds an id; its text is the lower-case word that metrics and JSON show. */
    public enum Kind {
        SESSION,
        /** A prepared transaction. */
        PREPARED,
        /** A replication slot, of a subscriber or of a standby. */
        SLOT,
        /** A standby that streams without a slot, and tells by feedback what it needs. */
        STANDBY;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Where VACUUM keeps dead rows for a holder; its text is the lower-case word that JSON shows. */
    public enum Scope {
        /** In every table of this database, system catalogs included. */
        TABLES,
        /**
         * In system catalogs alone. A session or prepared transaction of another database keeps them in the shared catalogs
         * only, and stands here when others inherited its id.
         */
        CATALOGS;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * One holder.
     *
     * @param id a session's pid, a prepared transaction's gid, or the name of the slot
     * @param database it is of; null for what has none
     * @param age of the oldest id that it holds
     * @param origin whether the id is its own, or nobody's who is known: others of the same age have inherited it
     * @param application as a session calls itself; null for what has none
     * @param user the role; null for a slot
     */
    public record Holder(
            Kind kind,
            String id,
            @Nullable String database,
            long age,
            boolean origin,
            Scope scope,
            @Nullable String application,
            @Nullable String user) {}

    /**
     * A table whose dead rows wait.
     *
     * @param table qualified with its schema and quoted as SQL needs it
     * @param deadRows as the server's statistics count them
     * @param bytes of the whole table, an estimate
     */
    public record Victim(String table, long deadRows, long bytes) {}
}

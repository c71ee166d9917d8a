package io.pgwatch.snapshot;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What holds back VACUUM without a session that would show it. Ages are in transactions begun by writers since then.
 *
 * @param prepared prepared transactions, those of this database first, then the oldest; at most 10
 * @param slots replication slots that hold an id, the oldest first, lost ones left out; at most 10
 */
public record Holders(List<Prepared> prepared, List<Slot> slots) {

    public static final Section<Holders> SECTION = new Section<>("holders", Holders.class);

    public Holders {
        prepared = List.copyOf(prepared);
        slots = List.copyOf(slots);
    }

    /**
     * A transaction that was prepared for commit in two phases, and neither committed nor rolled back since.
     *
     * @param gid as its transaction manager named it: any characters
     * @param user the role that prepared it
     * @param here whether it is one of this database
     * @param age of its own transaction id
     * @param seconds since it was prepared
     */
    public record Prepared(String gid, String user, String database, boolean here, long age, double seconds) {}

    /**
     * A replication slot that holds an id.
     *
     * @param database of a logical slot; null for a physical one
     * @param logical whether it feeds a subscriber; otherwise a standby
     * @param age of the oldest id that its standby still needs, in any table; null when none
     * @param catalogAge of the oldest id needed in system catalogs alone, of any database; null when none
     * @param activePid the session that streams from it; null while nobody does
     * @param walStatus such as {@code reserved} or {@code extended}; null where no WAL is kept
     */
    public record Slot(
            String name,
            @Nullable String database,
            boolean logical,
            @Nullable Long age,
            @Nullable Long catalogAge,
            @Nullable Integer activePid,
            @Nullable String walStatus) {}
}

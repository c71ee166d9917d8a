package io.pgwatch.snapshot;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The tables that keep this database's age up: of user tables, catalogs, materialized views and TOAST tables those with
 * the oldest ids.
 *
 * @param tables the oldest first, at most 10; none while the database is younger than {@code autovacuum_freeze_max_age}
 *     and than a quarter of the id space, since up to there its age is ordinary operation
 */
public record OldestTables(List<Table> tables) {

    public static final Section<OldestTables> SECTION = new Section<>("oldest-tables", OldestTables.class);

    public OldestTables {
        tables = List.copyOf(tables);
    }

    /**
     * One table.
     *
     * @param table qualified with its schema and quoted as SQL needs it
     * @param xidAge {@code age(relfrozenxid)}, in transactions
     * @param multixactAge {@code mxid_age(relminmxid)}, in multixacts
     * @param bytes pages as VACUUM last counted them, times the block size
     * @param freezeMaxAge the age at which autovacuum freezes this table whatever else is set: the server's
     *     {@code autovacuum_freeze_max_age}, or the table's own if that is lower
     * @param multixactFreezeMaxAge the same for multixacts
     * @param temporary whether only the session that made it can freeze it
     * @param session process id of that session; null where it is gone, on 14 and 15, and for a table that is not temporary
     */
    public record Table(
            String table,
            long xidAge,
            long multixactAge,
            long bytes,
            long freezeMaxAge,
            long multixactFreezeMaxAge,
            boolean temporary,
            @Nullable Integer session) {}
}

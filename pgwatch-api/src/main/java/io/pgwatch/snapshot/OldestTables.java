package io.pgwatch.snapshot;

import java.util.List;

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
     */
    public record Table(String table, long xidAge, long multixactAge, long bytes) {}
}

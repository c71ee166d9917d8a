package io.pgwatch.core;

import io.pgwatch.snapshot.Databases;
import io.pgwatch.snapshot.Databases.Database;
import io.pgwatch.snapshot.Holders;
import java.time.Duration;
import java.util.function.BooleanSupplier;

/**
 * Whether all that changes slowly is far from every limit: no database is old enough to be frozen, nothing but sessions holds
 * back VACUUM, and no table is above a trigger of autovacuum. Then there is time before any of it matters, and it is read
 * every two minutes; otherwise with every sweep. All of it together, since the server keeps a plan of each mixture of sections.
 */
final class Calm {

    /** Three looks of autovacuum, a minute apart by default, pass before a table is told to lag; ages grow for hours. */
    private static final Duration REST = Duration.ofMinutes(2);

    private final BooleanSupplier tables;
    private boolean young;
    private boolean free;

    /** @param tables whether those are */
    Calm(BooleanSupplier tables) {
        this.tables = tables;
    }

    Databases seen(Databases databases) {
        young = databases.databases().stream().allMatch(database -> isYoung(database, databases));
        return databases;
    }

    private static boolean isYoung(Database database, Databases all) {
        return database.xidAge() < all.freezeMaxAge() && database.multixactAge() < all.multixactFreezeMaxAge();
    }

    Holders seen(Holders holders) {
        free = holders.prepared().isEmpty() && holders.slots().isEmpty();
        return holders;
    }

    Duration goodFor() {
        return young && free && tables.getAsBoolean() ? REST : Duration.ZERO;
    }
}

package io.pgwatch.core.probes;

import io.pgwatch.snapshot.Databases;
import io.pgwatch.snapshot.Databases.Database;
import io.pgwatch.snapshot.OldestTables;
import io.pgwatch.snapshot.SeriesKey;

/** The two kinds of ids that run out in the same way: 2^32 of them in a ring, half of it usable. */
enum IdSpace {
    XID("xid", "transactions", "autovacuum_freeze_max_age") {
        @Override
        long age(Database database) {
            return database.xidAge();
        }

        @Override
        long left(Database database) {
            return database.xidsLeft();
        }

        @Override
        long age(OldestTables.Table table) {
            return table.xidAge();
        }

        @Override
        long freezeMaxAge(Databases databases) {
            return databases.freezeMaxAge();
        }

        @Override
        SeriesKey nextId() {
            return Databases.NEXT_XID;
        }

        @Override
        SeriesKey ageOf(Database database) {
            return Databases.xidAge(database.name());
        }
    },
    MULTIXACT("multixact", "multixacts", "autovacuum_multixact_freeze_max_age") {
        @Override
        long age(Database database) {
            return database.multixactAge();
        }

        @Override
        long left(Database database) {
            return database.multixactsLeft();
        }

        @Override
        long age(OldestTables.Table table) {
            return table.multixactAge();
        }

        @Override
        long freezeMaxAge(Databases databases) {
            return databases.multixactFreezeMaxAge();
        }

        @Override
        SeriesKey nextId() {
            return Databases.NEXT_MULTIXACT;
        }

        @Override
        SeriesKey ageOf(Database database) {
            return Databases.multixactAge(database.name());
        }
    };

    /** With this many left, or fewer, the server gives out no more: 3 million in its source, on every major. */
    static final long REFUSED_FROM = 3_000_000;

    private final String key;
    private final String plural;
    private final String freezeSetting;

    IdSpace(String key, String plural, String freezeSetting) {
        this.key = key;
        this.plural = plural;
        this.freezeSetting = freezeSetting;
    }

    String key() {
        return key;
    }

    String plural() {
        return plural;
    }

    /** The setting of the age at which autovacuum starts to freeze. */
    String freezeSetting() {
        return freezeSetting;
    }

    abstract long age(Database database);

    abstract long left(Database database);

    abstract long age(OldestTables.Table table);

    abstract long freezeMaxAge(Databases databases);

    abstract SeriesKey nextId();

    abstract SeriesKey ageOf(Database database);
}

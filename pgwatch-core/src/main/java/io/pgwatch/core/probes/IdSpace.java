package io.pgwatch.core.probes;

import io.pgwatch.snapshot.Databases;
import io.pgwatch.snapshot.Databases.Database;
import io.pgwatch.snapshot.OldestTables.Table;
import io.pgwatch.snapshot.SeriesKey;
import java.util.function.Function;
import java.util.function.ToLongFunction;

/** The two kinds of ids that run out in the same way: 2^32 of them in a ring, half of it usable. */
enum IdSpace {
    XID(
            "xid",
            "transaction ids",
            "autovacuum_freeze_max_age",
            200_000_000,
            Databases::freezeMaxAge,
            Database::xidAge,
            Database::xidsLeft,
            Table::xidAge,
            Table::freezeMaxAge,
            Databases.NEXT_XID,
            Databases::xidAge),
    MULTIXACT(
            "multixact",
            "multixact ids",
            "autovacuum_multixact_freeze_max_age",
            400_000_000,
            Databases::multixactFreezeMaxAge,
            Database::multixactAge,
            Database::multixactsLeft,
            Table::multixactAge,
            Table::multixactFreezeMaxAge,
            Databases.NEXT_MULTIXACT,
            Databases::multixactAge);

    /** How many ids lie ahead of any one before it would look like the future. */
    static final double SIZE = 2_147_483_648.0;

    /** With this many left, or fewer, the server gives out no more: 3 million in its source, on every major. */
    static final long REFUSED_FROM = 3_000_000;

    private final String key;
    private final String plural;
    private final String freezeSetting;
    private final long freezeDefault;
    private final ToLongFunction<Databases> freezeMaxAge;
    private final ToLongFunction<Database> age;
    private final ToLongFunction<Database> left;
    private final ToLongFunction<Table> ageOfTable;
    private final ToLongFunction<Table> freezeMaxAgeOfTable;
    private final SeriesKey nextId;
    private final Function<String, SeriesKey> ageSeries;

    IdSpace(
            String key,
            String plural,
            String freezeSetting,
            long freezeDefault,
            ToLongFunction<Databases> freezeMaxAge,
            ToLongFunction<Database> age,
            ToLongFunction<Database> left,
            ToLongFunction<Table> ageOfTable,
            ToLongFunction<Table> freezeMaxAgeOfTable,
            SeriesKey nextId,
            Function<String, SeriesKey> ageSeries) {
        this.key = key;
        this.plural = plural;
        this.freezeSetting = freezeSetting;
        this.freezeDefault = freezeDefault;
        this.freezeMaxAge = freezeMaxAge;
        this.age = age;
        this.left = left;
        this.ageOfTable = ageOfTable;
        this.freezeMaxAgeOfTable = freezeMaxAgeOfTable;
        this.nextId = nextId;
        this.ageSeries = ageSeries;
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

    /** What the setting is where nobody has set it. */
    long freezeDefault() {
        return freezeDefault;
    }

    long freezeMaxAge(Databases databases) {
        return freezeMaxAge.applyAsLong(databases);
    }

    long freezeMaxAge(Table table) {
        return freezeMaxAgeOfTable.applyAsLong(table);
    }

    long age(Database database) {
        return age.applyAsLong(database);
    }

    long age(Table table) {
        return ageOfTable.applyAsLong(table);
    }

    long left(Database database) {
        return left.applyAsLong(database);
    }

    /** The series of the next id that the server gives out. */
    SeriesKey nextId() {
        return nextId;
    }

    /** The series of a database's age. */
    SeriesKey ageOf(Database database) {
        return ageSeries.apply(database.name());
    }
}

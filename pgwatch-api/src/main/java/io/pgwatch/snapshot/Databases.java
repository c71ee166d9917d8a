package io.pgwatch.snapshot;

import java.util.List;

/**
 * How old the oldest unfrozen transaction and multixact ids of the server's databases are, and the settings about them.
 *
 * @param nextXid the next transaction id, 64 bits wide: it never wraps
 * @param nextMultixact the next multixact id, 32 bits wide: it wraps
 * @param freezeMaxAge {@code autovacuum_freeze_max_age}, in transactions
 * @param multixactFreezeMaxAge {@code autovacuum_multixact_freeze_max_age}, in multixacts
 * @param failsafeAge {@code vacuum_failsafe_age}, in transactions
 * @param multixactFailsafeAge {@code vacuum_multixact_failsafe_age}, in multixacts
 * @param databases template0 included, the nearest to its end first; at most 200
 */
public record Databases(
        long nextXid,
        long nextMultixact,
        long freezeMaxAge,
        long multixactFreezeMaxAge,
        long failsafeAge,
        long multixactFailsafeAge,
        List<Database> databases)
        implements Tracked {

    public static final Section<Databases> SECTION = new Section<>("databases", Databases.class);

    /** The next transaction id; its rise is the number of transactions that wrote. */
    public static final SeriesKey NEXT_XID = SeriesKey.of("next xid");

    /** The next multixact id. */
    public static final SeriesKey NEXT_MULTIXACT = SeriesKey.of("next multixact");

    public Databases {
        databases = List.copyOf(databases);
    }

    /** The xid age of one database. */
    public static SeriesKey xidAge(String database) {
        return new SeriesKey("xid age", database);
    }

    /** The multixact age of one database. */
    public static SeriesKey multixactAge(String database) {
        return new SeriesKey("multixact age", database);
    }

    @Override
    public void track(Recorder recorder) {
        recorder.record(NEXT_XID, nextXid);
        recorder.record(NEXT_MULTIXACT, nextMultixact);
        for (Database database : databases) {
            recorder.record(xidAge(database.name()), database.xidAge());
            recorder.record(multixactAge(database.name()), database.multixactAge());
        }
    }

    /**
     * One database of the server.
     *
     * @param xidAge {@code age(datfrozenxid)}, in transactions
     * @param multixactAge {@code mxid_age(datminmxid)}, in multixacts
     * @param acceptsConnections {@code datallowconn}; where false, only autovacuum can freeze it
     */
    public record Database(String name, long xidAge, long multixactAge, boolean acceptsConnections) {

        /** Ids are compared modulo 2^32, so this many lie ahead of the oldest one. */
        private static final long HALF = 2_147_483_647L;

        /** Transactions until the oldest id would look like the future, as the server counts in its own warnings. */
        public long xidsLeft() {
            return HALF - xidAge;
        }

        /** Multixacts until the oldest one would look like the future, as the server counts in its own warnings. */
        public long multixactsLeft() {
            return HALF - multixactAge;
        }
    }
}

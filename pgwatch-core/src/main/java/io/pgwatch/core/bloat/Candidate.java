package io.pgwatch.core.bloat;

import java.sql.ResultSet;
import java.sql.SQLException;

/**
 * A table that may be worth a look.
 *
 * @param pages of it and all that belongs to it, as the catalogs last counted them, or by what was written where they never did
 * @param files a number that changes when the table or one of its indexes is written anew
 * @param changes rows ever inserted, updated and deleted, as the server's statistics count them
 */
record Candidate(long oid, String table, long pages, long files, long changes, long rows, boolean readable) {

    private static final long FIRST_OF_USERS = 16384;
    private static final long LARGE = 1024;

    /** Whether the first round leaves it out: it is one of the small tables that every database comes with. */
    boolean comesLater() {
        return oid < FIRST_OF_USERS && pages < LARGE;
    }

    static Candidate of(ResultSet row) throws SQLException {
        return new Candidate(
                row.getLong("oid"),
                row.getString("table"),
                row.getLong("pages"),
                row.getLong("files"),
                row.getLong("changes"),
                row.getLong("rows"),
                row.getBoolean("readable"));
    }
}

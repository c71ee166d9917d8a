package io.pgwatch.core;

import java.sql.ResultSet;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/** What every section asks of its rows. */
final class Rows {

    private Rows() {}

    /** Goes to the first row, which must be there. */
    static void requireOne(ResultSet rows) throws SQLException {
        if (!rows.next()) {
            throw new SQLException("the server sent no row", "02000");
        }
    }

    /** The number in a column; null where the server knows none. */
    static @Nullable Long number(ResultSet rows, String column) throws SQLException {
        long number = rows.getLong(column);
        return rows.wasNull() ? null : number;
    }
}

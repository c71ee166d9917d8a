package io.pgwatch.core;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
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

    /** The same, of a number with a fraction. */
    static @Nullable Double decimal(ResultSet rows, String column) throws SQLException {
        double number = rows.getDouble(column);
        return rows.wasNull() ? null : number;
    }

    /** The moment in a column that holds seconds since 1970, to the millisecond; null where the server knows none. */
    static @Nullable Instant moment(ResultSet rows, String column) throws SQLException {
        double epoch = rows.getDouble(column);
        return rows.wasNull() ? null : Instant.ofEpochMilli((long) (epoch * 1000));
    }

    /** Whether it is so; null where the server does not know. */
    static @Nullable Boolean flag(ResultSet rows, String column) throws SQLException {
        boolean flag = rows.getBoolean(column);
        return rows.wasNull() ? null : flag;
    }
}

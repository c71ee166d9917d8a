package io.pgwatch.core;

import java.sql.ResultSet;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * How many connections are admitted. The oids tell which sessions count.
 *
 * @param database the oid of this one
 * @param role that of the application's; null where there is none of the name
 * @param maxConnections the server's setting, reserved slots included
 * @param ofServer what an ordinary role may have of them
 * @param ofRole the role's own limit; null where it has none
 * @param ofDatabase the database's own limit; null where it has none
 */
record Limits(
        String database,
        @Nullable String role,
        int maxConnections,
        int ofServer,
        @Nullable Integer ofRole,
        @Nullable Integer ofDatabase) {

    static Limits read(ResultSet rows) throws SQLException {
        Rows.requireOne(rows);
        return new Limits(
                rows.getString("database"),
                rows.getString("role"),
                rows.getInt("max_connections"),
                Math.max(0, rows.getInt("of_server")),
                rows.getObject("of_role", Integer.class),
                rows.getObject("of_database", Integer.class));
    }
}

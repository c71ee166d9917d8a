package io.pgwatch.core;

import java.sql.ResultSet;
import java.sql.SQLException;

/**
 * What a session's server and role are.
 *
 * @param backendPid as the server says it; another one than the driver was told means that a pooler stands in between
 * @param version such as {@code 15.18}
 */
record Capabilities(int backendPid, int major, String version, String database, String role) {

    static Capabilities read(ResultSet row) throws SQLException {
        return new Capabilities(
                row.getInt("backend_pid"),
                row.getInt("major"),
                row.getString("version"),
                row.getString("database"),
                row.getString("role"));
    }
}

package io.pgwatch.core.bloat;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

/** The advisory lock that one of several watches of a role holds while it reads tables. */
final class Lock {

    private Lock() {}

    /** The session that holds it instead; 0 when it is ours. */
    static int take(Connection connection, String sql, boolean forSession) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setBoolean(1, forSession);
            try (ResultSet row = statement.executeQuery()) {
                return !row.next() || row.getBoolean("mine") ? 0 : Math.max(1, row.getInt("holder"));
            }
        }
    }

    /** Seconds since the holder's last statement; 0 where that is not known. */
    static double silence(Connection connection, String sql, int holder) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setInt(1, holder);
            try (ResultSet row = statement.executeQuery()) {
                return row.next() ? row.getDouble("silent") : 0;
            }
        }
    }
}

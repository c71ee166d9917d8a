package io.pgwatch.testsupport;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import javax.sql.DataSource;

/**
 * One database of a server, for a test to prepare and to look into.
 *
 * <p>What it runs, it runs in a session of its own that ends at once, so the statistics of the work are visible afterwards.
 */
public sealed class Database permits FreshDatabase {

    private final PgServer server;
    private final String name;

    Database(PgServer server, String name) {
        this.server = server;
        this.name = name;
    }

    public PgServer server() {
        return server;
    }

    public String name() {
        return name;
    }

    public String jdbcUrl() {
        return server.jdbcUrl(name);
    }

    public Connection connect(String user) throws SQLException {
        return server.connect(user, name);
    }

    public DataSource dataSource(String user) {
        return server.dataSource(user, name);
    }

    /** Runs statements one by one as superuser, each in its own transaction. */
    public void execute(String... statements) {
        executeAs("postgres", statements);
    }

    /** Runs statements one by one as the given role, each in its own transaction. */
    public void executeAs(String user, String... statements) {
        try (Connection connection = connect(user);
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        } catch (SQLException e) {
            throw new SqlFailure(e);
        }
    }

    /** The first column of the only row, as text, asked as superuser. */
    public String ask(String query) {
        try (Connection connection = connect("postgres");
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(query)) {
            if (!rows.next()) {
                throw new IllegalStateException("no row: " + query);
            }
            return String.valueOf(rows.getString(1));
        } catch (SQLException e) {
            throw new SqlFailure(e);
        }
    }

    /** What the server or the driver refused. */
    public static final class SqlFailure extends RuntimeException {

        private static final long serialVersionUID = 1;

        private final String sqlState;

        SqlFailure(SQLException cause) {
            super(cause.getMessage(), cause);
            sqlState = String.valueOf(cause.getSQLState());
        }

        public String sqlState() {
            return sqlState;
        }
    }
}

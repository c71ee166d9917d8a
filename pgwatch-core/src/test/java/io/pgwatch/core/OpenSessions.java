package io.pgwatch.core;

import io.pgwatch.testsupport.Database;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;

/** Sessions of the application that stay as they are left, each called by its application_name; they use a table {@code t}. */
final class OpenSessions implements AutoCloseable {

    private static final String READ = "select count(*) from t";

    private final List<Connection> open = new ArrayList<>();
    private final String user;

    OpenSessions() {
        this("app");
    }

    OpenSessions(String user) {
        this.user = user;
    }

    /** Has an id of its own. */
    Connection writer(Database database, String name) throws SQLException {
        return inTransaction(database, name, "insert into t values (0)");
    }

    /** Has a snapshot for as long as its transaction lasts. */
    Connection repeatableRead(Database database, String name) throws SQLException {
        return inTransaction(database, name, "set transaction isolation level repeatable read", READ);
    }

    /** Reads a result piece by piece, as JDBC does with a fetch size outside of autocommit. */
    Connection cursor(Database database, String name) throws SQLException {
        Connection connection = inTransaction(database, name);
        Statement statement = connection.createStatement();
        statement.setFetchSize(10);
        ResultSet rows = statement.executeQuery("select i from t");
        rows.next();
        return connection;
    }

    /** Has just read: in JDBC's ordinary protocol the portal of the last query stays open, and its snapshot with it. */
    Connection reader(Database database, String name) throws SQLException {
        return inTransaction(database, name, READ);
    }

    /** Has read, and then run something that closed the portal and took no snapshot: it keeps nothing but its locks. */
    Connection innocent(Database database, String name) throws SQLException {
        return inTransaction(database, name, READ, "show work_mem");
    }

    /** Wrote, and then a statement failed. */
    Connection aborted(Database database, String name) throws SQLException {
        Connection connection = inTransaction(database, name, "insert into t values (0)");
        try (Statement statement = connection.createStatement()) {
            statement.execute("select 1 / 0");
            throw new IllegalStateException("divided by zero");
        } catch (SQLException expected) {
            return connection;
        }
    }

    /** Outside of a transaction. */
    Connection idle(Database database, String name) throws SQLException {
        return connect(database, name);
    }

    Connection inTransaction(Database database, String name, String... statements) throws SQLException {
        Connection connection = connect(database, name);
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
        return connection;
    }

    private Connection connect(Database database, String name) throws SQLException {
        Properties properties = new Properties();
        properties.setProperty("user", user);
        properties.setProperty("ApplicationName", name);
        Connection connection = java.sql.DriverManager.getConnection(database.jdbcUrl(), properties);
        open.add(connection);
        return connection;
    }

    @Override
    public void close() throws SQLException {
        for (Connection connection : open) {
            connection.close();
        }
    }
}

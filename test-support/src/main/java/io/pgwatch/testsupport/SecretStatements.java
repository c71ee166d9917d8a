package io.pgwatch.testsupport;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.ForkJoinPool;

/** Statements with something in them that must not get out: {@code Zx8} and a digit. */
public final class SecretStatements {

    private SecretStatements() {}

    /** One session idles in a transaction under that application_name, and the other waits for the lock that it has. */
    public static void leaveOneWaitingForTheOther(Connection idle, String application, Connection waiting)
            throws SQLException {
        idle.setClientInfo("ApplicationName", application);
        idle.setAutoCommit(false);
        try (Statement statement = idle.createStatement()) {
            statement.execute("create table if not exists t (i text)");
            idle.commit();
            statement.execute("lock table t /* Zx87 */");
            statement.execute("insert into t values ('Zx88')");
        }
        ForkJoinPool.commonPool().execute(() -> {
            try (Statement statement = waiting.createStatement()) {
                statement.execute("insert into t values ('Zx89')");
            } catch (SQLException ended) {
                // with the test
            }
        });
    }
}

package io.pgwatch.sample.boot;

import io.pgwatch.sample.boot.Arguments.Incident;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;

/** The incident {@code bloat}: a table from which most rows were deleted, and whose room nobody has given back. */
@Component
class Bloater {

    /** In place of the 1 GiB that is worth a warning in a real database. */
    static final long WARNING_BYTES = 2_000_000;

    private static final int ROWS = 200_000;
    private static final String SCHEMA = "pgwatch_sample_bloat";
    private static final String TABLE = SCHEMA + ".event";

    private final JdbcTemplate jdbc;
    private final boolean made;

    Bloater(JdbcTemplate jdbc, ObjectProvider<Arguments> arguments) {
        this.jdbc = jdbc;
        this.made = arguments.stream().anyMatch(given -> given.incident().equals(Optional.of(Incident.BLOAT)));
    }

    /** Makes it before the application starts, so that its first report tells of it. */
    static void bloat(Database database) {
        Terminal.say("filling a table and deleting most of it ...");
        try (Connection connection = DriverManager.getConnection(database.url());
                Statement statement = connection.createStatement()) {
            statement.execute("create schema if not exists " + SCHEMA);
            statement.execute("drop table if exists " + TABLE);
            statement.execute("create table " + TABLE + " (id bigint primary key, payload text)");
            statement.execute(
                    "insert into " + TABLE + " select i, repeat('x', 100) from generate_series(1, " + ROWS + ") i");
            statement.execute("delete from " + TABLE + " where id % 20 <> 0");
            statement.execute(
                    "select pg_sleep(1.1)"); // a session's counts may be a second late; VACUUM must not be first
            statement.execute("vacuum (analyze, truncate off) " + TABLE);
        } catch (SQLException e) {
            Terminal.say("that failed: " + e.getMessage());
        }
    }

    @EventListener(ContextClosedEvent.class)
    void stop() {
        if (made) {
            try {
                jdbc.execute("drop schema if exists " + SCHEMA + " cascade");
            } catch (DataAccessException serverGone) {
                // and the schema with it, or it stays
            }
        }
    }
}

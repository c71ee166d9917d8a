package io.pgwatch.sample.boot;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;
import javax.sql.DataSource;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;

/** The incident {@code idle}: code that writes, and then waits for something else instead of committing. */
@Component
class Forgetful {

    private static final long HEALTHY_MILLIS = 10_000;
    private static final long RETRY_MILLIS = 1000;

    private final DataSource pool;
    private final boolean wanted;
    private final Thread thread = new Thread(this::writeAndWait, "forgetful");

    Forgetful(DataSource pool, ObjectProvider<Arguments> arguments) {
        this.pool = pool;
        this.wanted =
                arguments.stream().anyMatch(given -> given.incident().equals(Optional.of(Arguments.Incident.IDLE)));
    }

    @EventListener(ApplicationReadyEvent.class)
    void start() {
        if (wanted) {
            thread.setDaemon(true);
            thread.start();
        }
    }

    @EventListener(ContextClosedEvent.class)
    void stop() {
        thread.interrupt();
    }

    private void writeAndWait() {
        try {
            Thread.sleep(HEALTHY_MILLIS);
            Terminal.say(
                    "now the application leaves a transaction open; thresholds are lowered, so that a minute shows what"
                            + " otherwise takes hours\n");
            while (true) {
                try (Connection connection = pool.getConnection()) {
                    leaveOpen(connection);
                } catch (SQLException ended) {
                    Thread.sleep(RETRY_MILLIS); // as the remedy does it
                }
            }
        } catch (InterruptedException stopped) {
            // the pool has rolled it back
        }
    }

    private static void leaveOpen(Connection connection) throws SQLException, InterruptedException {
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement()) {
            statement.execute("insert into " + Workload.SCHEMA + ".transfer (source, target, amount) values (0, 0, 0)");
            while (true) {
                Thread.sleep(Long.MAX_VALUE);
            }
        }
    }
}

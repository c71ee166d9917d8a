package io.pgwatch.sample.boot;

import io.pgwatch.sample.boot.Arguments.Incident;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.sql.DataSource;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;

/** The incident {@code pool}: code that borrows connections and forgets to give them back, until none is left. */
@Component
class Leak {

    private static final long HEALTHY_MILLIS = 10_000;

    private final DataSource pool;
    private final boolean wanted;
    private final List<Connection> kept = new ArrayList<>();
    private final Thread thread = new Thread(this::borrowAll, "leak");

    Leak(DataSource pool, ObjectProvider<Arguments> arguments) {
        this.pool = pool;
        this.wanted = arguments.stream().anyMatch(given -> given.incident().equals(Optional.of(Incident.POOL)));
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

    private void borrowAll() {
        try {
            Thread.sleep(HEALTHY_MILLIS);
            Terminal.say("now the application leaks connections, until its pool has none left\n");
            while (true) {
                try {
                    kept.add(pool.getConnection());
                } catch (SQLException noneLeft) {
                    Thread.sleep(100);
                }
            }
        } catch (InterruptedException stopped) {
            for (Connection connection : kept) {
                giveBack(connection);
            }
        }
    }

    private static void giveBack(Connection connection) {
        try {
            connection.close();
        } catch (SQLException goneAlready) {
            // as wanted
        }
    }
}

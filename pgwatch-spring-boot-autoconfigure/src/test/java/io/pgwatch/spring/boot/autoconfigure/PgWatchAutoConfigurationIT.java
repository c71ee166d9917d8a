package io.pgwatch.spring.boot.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.pgwatch.PgWatch;
import io.pgwatch.PgWatches;
import io.pgwatch.evidence.ProbeIds;
import io.pgwatch.probe.Finding;
import io.pgwatch.testsupport.NoLeaks;
import io.pgwatch.testsupport.PgServer;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

/** How a context that watches starts and ends while its server does neither answer nor refuse. */
@NoLeaks
class PgWatchAutoConfigurationIT {

    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withClassLoader(new FilteredClassLoader("org.springframework.boot.jdbc.autoconfigure"))
            .withConfiguration(
                    AutoConfigurations.of(PgWatchAutoConfiguration.class, PgWatchJmxAutoConfiguration.class));

    @Test
    void a_frozen_server_delays_neither_start_nor_end() {
        try (PgServer server = PgServer.major(17).start()) {
            AtomicReference<Instant> closing = new AtomicReference<>(Instant.MAX);
            server.freeze();
            Instant starting = Instant.now();

            runner.withBean("ordersDataSource", DataSource.class, () -> server.dataSource("app", "app"))
                    .withBean("billingDataSource", DataSource.class, () -> server.dataSource("plain", "app"))
                    .run(context -> {
                        assertThat(context).hasNotFailed();
                        assertThat(Duration.between(starting, Instant.now())).isLessThan(Duration.ofSeconds(5));
                        await().until(() -> waitingForTheServer() == 2);
                        closing.set(Instant.now());
                    });

            assertThat(Duration.between(closing.get(), Instant.now())).isLessThan(Duration.ofMillis(2500));
            server.thaw();
        }
    }

    @Test
    void a_server_that_freezes_later_does_not_delay_the_end() {
        try (PgServer server = PgServer.major(17).start()) {
            AtomicReference<Instant> closing = new AtomicReference<>(Instant.MAX);

            runner.withBean("ordersDataSource", DataSource.class, () -> server.dataSource("app", "app"))
                    .withBean("billingDataSource", DataSource.class, () -> server.dataSource("plain", "app"))
                    .run(context -> {
                        PgWatches watches = context.getBean(PgWatches.class);
                        await().until(() -> watches.all().stream()
                                .allMatch(watch -> watch.latest().isPresent()));
                        server.freeze();
                        watches.all().forEach(PgWatch::refresh);
                        await().until(() -> waitingForTheServer() == 2);
                        closing.set(Instant.now());
                    });

            assertThat(Duration.between(closing.get(), Instant.now())).isLessThan(Duration.ofMillis(2500));
            server.thaw();
        }
    }

    @Test
    void statements_are_shown_by_the_watch_that_is_told_to() throws SQLException {
        try (PgServer server = PgServer.major(17).start();
                Connection connection = server.connect("app", "app");
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute("select 'left open'");
            runner.withBean("ordersDataSource", DataSource.class, () -> server.dataSource("app", "app"))
                    .withBean("billingDataSource", DataSource.class, () -> server.dataSource("app", "app"))
                    .withPropertyValues(
                            "pgwatch.query-text=true",
                            "pgwatch.watches.billing.query-text=false",
                            "pgwatch.probes.idle-in-transaction.warning-idle=1ms",
                            "pgwatch.probes.idle-in-transaction.harmful-idle=1ms",
                            "pgwatch.interval=200ms")
                    .run(context -> {
                        PgWatches watches = context.getBean(PgWatches.class);
                        for (PgWatch watch : watches.all()) {
                            Finding finding = await().until(() -> leftOpen(watch), Optional::isPresent)
                                    .orElseThrow();
                            assertThat(finding.cause().endsWith("; its last statement: select 'left open'"))
                                    .as(watch.name())
                                    .isEqualTo(watch.name().equals("orders"));
                        }
                    });
        }
    }

    /** How many threads of watches read from a socket, which a frozen server leaves them at. */
    private static long waitingForTheServer() {
        return Thread.getAllStackTraces().entrySet().stream()
                .filter(thread -> thread.getKey().getName().startsWith("pgwatch-"))
                .filter(thread -> Stream.of(thread.getValue())
                        .anyMatch(frame -> frame.getClassName().equals("java.net.Socket$SocketInputStream")))
                .count();
    }

    private static Optional<Finding> leftOpen(PgWatch watch) {
        return watch.latest().stream()
                .flatMap(report -> report.verdict(ProbeIds.IDLE_IN_TRANSACTION).findings().stream())
                .findFirst();
    }
}

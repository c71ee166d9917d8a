package io.pgwatch.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.pgwatch.PgWatch;
import io.pgwatch.core.jmx.PgWatchMBeans;
import io.pgwatch.core.probes.WraparoundProbe;
import io.pgwatch.testsupport.FaultProxy;
import io.pgwatch.testsupport.NoLeaks;
import io.pgwatch.testsupport.PgServer;
import io.pgwatch.testsupport.Postgres;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import javax.management.JMException;
import javax.management.MBeanAttributeInfo;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.junit.jupiter.api.Test;

/** Whoever may use JMX may ask as often as he likes: the server has no more work of it than a sweep a second. */
@NoLeaks
class RefreshIT {

    private static final int REQUESTS = 1000;

    @Test
    void a_thousand_requests_are_one_sweep(@Postgres PgServer server) throws JMException {
        AtomicInteger reports = new AtomicInteger();
        try (FaultProxy network = FaultProxy.inFrontOf(server);
                PgWatch watch = JdbcPgWatch.builder(network.jdbcUrl("app"))
                        .username("plain")
                        .interval(Duration.ofHours(1))
                        .budget(Duration.ofSeconds(10))
                        .probes(List.of(WraparoundProbe.withDefaults()))
                        .start();
                PgWatch.Listening listening = watch.listen(report -> reports.incrementAndGet());
                PgWatchMBeans beans = PgWatchMBeans.register(watch)) {
            await().until(() -> reports.get() == 1);
            long before = network.roundTrips();

            long started = System.nanoTime();
            for (int i = 0; i < REQUESTS; i++) {
                ManagementFactory.getPlatformMBeanServer().invoke(beans.names().get(0), "refresh", null, null);
            }
            readEverything(beans);
            await().during(Duration.ofMillis(2500)).until(() -> reports.get() > 1);
            long seconds = Duration.ofNanos(System.nanoTime() - started).toSeconds();

            assertThat(reports.get() - 1L).as("sweeps").isBetween(1L, seconds);
            assertThat(network.roundTrips() - before).isEqualTo(reports.get() - 1);
            assertThat(network.connections()).isEqualTo(1);
        }
    }

    @Test
    void a_server_that_lets_nobody_in_is_asked_again_at_most_each_five_seconds(@Postgres PgServer server) {
        AtomicInteger reports = new AtomicInteger();
        try (FaultProxy network = FaultProxy.inFrontOf(server);
                PgWatch watch = JdbcPgWatch.builder(network.jdbcUrl("app"))
                        .username("nobody_of_that_name")
                        .interval(Duration.ofHours(1))
                        .start();
                PgWatch.Listening listening = watch.listen(report -> reports.incrementAndGet())) {
            await().until(() -> reports.get() == 1);
            long ofOneAttempt = network.connections();

            long started = System.nanoTime();
            await().during(Duration.ofSeconds(3)).until(() -> {
                watch.refresh();
                return reports.get() > 1;
            });
            long attempts = 1 + Duration.ofNanos(System.nanoTime() - started).toSeconds() / 5;

            assertThat(reports.get()).as("sweeps").isGreaterThan(2);
            assertThat(network.connections()).isBetween(ofOneAttempt, ofOneAttempt * attempts);
        }
    }

    private static void readEverything(PgWatchMBeans beans) throws JMException {
        MBeanServer server = ManagementFactory.getPlatformMBeanServer();
        server.invoke(beans.names().get(0), "report", null, null);
        for (ObjectName name : beans.names()) {
            for (MBeanAttributeInfo attribute : server.getMBeanInfo(name).getAttributes()) {
                server.getAttribute(name, attribute.getName());
            }
        }
    }
}

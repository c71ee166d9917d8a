package io.pgwatch.reliability;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.pgwatch.PgWatch;
import io.pgwatch.PgWatches;
import io.pgwatch.core.JdbcPgWatch;
import io.pgwatch.testsupport.Majors;
import io.pgwatch.testsupport.NoLeaks;
import io.pgwatch.testsupport.PgServer;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** Many watches in one JVM. */
@NoLeaks
@EnabledIfSystemProperty(named = "pgwatch.faults", matches = "all", disabledReason = "takes a minute")
class ManyIT {

    private static PgServer server;

    @BeforeAll
    static void start() {
        server = PgServer.major(Majors.newest()).with("max_connections", "300").start();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void two_hundred_watches_need_a_thread_and_a_connection_each_and_one_timer() {
        List<PgWatch> watches = IntStream.range(0, 200)
                .mapToObj(i -> JdbcPgWatch.builder(server.dataSource("app", "app"))
                        .name("watch-" + i)
                        .interval(Duration.ofSeconds(30))
                        .budget(Duration.ofSeconds(20))
                        .probes(Rig.probes())
                        .start())
                .toList();
        long closing;
        try (PgWatches all = new PgWatches(watches)) {
            await().atMost(Duration.ofMinutes(2))
                    .untilAsserted(() -> assertThat(all.all())
                            .allMatch(watch -> watch.latest().isPresent()));
            assertThat(all.all())
                    .extracting(watch -> Told.by(watch.latest().orElseThrow()))
                    .containsOnly(Told.NOTHING);
            assertThat(Holdings.threads()).hasSizeLessThanOrEqualTo(201).contains("pgwatch-timer");
            assertThat(Holdings.sessions(server)).isEqualTo(1);
            closing = System.nanoTime();
        }
        assertThat(Duration.ofNanos(System.nanoTime() - closing)).isLessThan(Duration.ofSeconds(5));
    }
}

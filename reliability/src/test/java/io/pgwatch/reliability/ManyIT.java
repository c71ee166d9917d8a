package io.pgwatch.reliability;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.awaitility.Awaitility.await;

import io.pgwatch.PgWatch;
import io.pgwatch.PgWatches;
import io.pgwatch.core.JdbcPgWatch;
import io.pgwatch.evidence.ProbeIds;
import io.pgwatch.evidence.Vacuum;
import io.pgwatch.probe.Verdict;
import io.pgwatch.testsupport.FreshDatabase;
import io.pgwatch.testsupport.Majors;
import io.pgwatch.testsupport.NoLeaks;
import io.pgwatch.testsupport.PgServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** Many watches in one JVM, and many relations in one database. */
@NoLeaks
@EnabledIfSystemProperty(named = "pgwatch.faults", matches = "all", disabledReason = "takes minutes")
class ManyIT {

    /** The list of what bloat is to measure takes longest; on a busy machine longer than it may. */
    private static final String NO_TIME = "bloat UNKNOWN (TIMED_OUT)";

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

    /** Each has been read once, so that the server has statistics of each. */
    @Test
    void of_a_hundred_thousand_relations_none_is_left_out_and_no_sweep_takes_longer_than_it_may() {
        Duration budget = Duration.ofSeconds(1);
        try (FreshDatabase database = server.freshDatabase()) {
            for (int thousand = 0; thousand < 100; thousand++) {
                database.executeAs(
                        "app",
                        "do $$ begin for n in 1..1000 loop execute 'create table t_" + thousand + "_' || n || ' ()';"
                                + " execute 'table t_" + thousand + "_' || n; end loop; end $$");
            }
            database.executeAs(
                    "app",
                    "create table last (i int) with (autovacuum_enabled = off)",
                    "insert into last select generate_series(1, 1000)",
                    "delete from last where i <= 900");
            List<Double> seconds = Collections.synchronizedList(new ArrayList<>());
            Set<String> told = ConcurrentHashMap.newKeySet();
            try (PgWatch watch = JdbcPgWatch.builder(database.dataSource("app"))
                    .interval(budget)
                    .budget(budget)
                    .start()) {
                watch.listen(report -> {
                    seconds.add(report.sweep().seconds());
                    told.add(Told.by(report));
                });
                await().atMost(Duration.ofMinutes(5)).untilAsserted(() -> {
                    Vacuum seen = seen(watch);
                    assertThat(seen.relations()).isEqualTo(100_001);
                    assertThat(seen.tables()).extracting(Vacuum.Table::table).contains("public.last");
                });
            }
            assertThat(seconds).hasSizeGreaterThan(50);
            assertThat(seconds.subList(1, seconds.size())) // the first one connects, too
                    .allMatch(one -> one < budget.toMillis() / 1e3);
            assertThat(told)
                    .isSubsetOf(
                            Told.NOTHING, "vacuum UNKNOWN (NOT_YET)", NO_TIME, "vacuum UNKNOWN (NOT_YET); " + NO_TIME);
        }
    }

    private static Vacuum seen(PgWatch watch) {
        assertThat(watch.latest()).isPresent();
        Verdict<Vacuum> verdict = watch.latest().orElseThrow().verdict(ProbeIds.VACUUM);
        return verdict.fold(Verdict.Judged::evidence, unknown -> fail(unknown.toString()));
    }
}

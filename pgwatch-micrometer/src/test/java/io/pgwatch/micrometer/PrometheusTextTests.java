package io.pgwatch.micrometer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.pgwatch.micrometer.Trees.Tree;
import io.pgwatch.snapshot.Cause;
import io.pgwatch.testsupport.Promtool;
import java.time.Instant;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PrometheusTextTests {

    private final FakeWatch watch = new FakeWatch("forest", Trees.probe());
    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

    @BeforeEach
    void bind() {
        registry.throwExceptionOnRegistrationFailure();
        new PgWatchMetrics(watch).bindTo(registry);
        watch.publish(
                Trees.report(Instant.now(), Trees.of(new Tree("oak \"old\", 1", 31), new Tree("ash\\elm\n", 28))));
    }

    @AfterEach
    void close() {
        watch.close();
        assertThat(registry.scrape()).isEmpty();
        registry.close();
    }

    @Test
    void has_a_description_for_every_family() {
        String text = registry.scrape();

        Set<String> described = names(text, "# HELP ");
        assertThat(described).hasSize(7).isEqualTo(names(text, "# TYPE "));
        assertThat(text)
                .contains("pgwatch_trees_count_trees{watch=\"forest\"} 2.0")
                .contains("pgwatch_trees_height_metres{tree=\"oak \\\"old\\\", 1\",watch=\"forest\"} 31.0")
                .contains("pgwatch_probe_level{probe=\"trees\",watch=\"forest\"} 0.0")
                .contains("pgwatch_sweep_failures_total{watch=\"forest\"} 0.0")
                .contains("pgwatch_sweep_duration_seconds{watch=\"forest\"} 0.25");
    }

    @Test
    void shows_what_is_not_known_as_no_number() {
        watch.publish(Trees.report(Instant.now(), Trees.unknown(Cause.NOT_PERMITTED)));

        assertThat(registry.scrape())
                .contains("pgwatch_probe_level{probe=\"trees\",watch=\"forest\"} NaN")
                .contains("pgwatch_probe_known{probe=\"trees\",watch=\"forest\"} 0.0")
                .contains("pgwatch_trees_count_trees{watch=\"forest\"} NaN");
    }

    @Test
    void passes_the_check_of_promtool() throws Exception {
        assumeTrue(Promtool.isHere(), "promtool is not installed: its check is left out");

        assertThat(Promtool.check(registry.scrape())).isEmpty();
    }

    private static Set<String> names(String text, String kind) {
        return Stream.of(text.split("\n"))
                .filter(line -> line.startsWith(kind))
                .map(line -> line.substring(kind.length()).split(" ", 2))
                .filter(words -> words.length == 2 && !words[1].isBlank())
                .map(words -> words[0])
                .collect(Collectors.toSet());
    }
}

package io.pgwatch.spring.boot.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgwatch.PgWatch;
import io.pgwatch.PgWatches;
import io.pgwatch.ProbeReport;
import io.pgwatch.Report;
import io.pgwatch.ReportListener;
import io.pgwatch.Sweep;
import io.pgwatch.evidence.PoolSaturation;
import io.pgwatch.evidence.ProbeIds;
import io.pgwatch.probe.Level;
import io.pgwatch.probe.Probe;
import io.pgwatch.probe.Verdict;
import io.pgwatch.snapshot.Cause;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.boot.context.properties.bind.Binder;

class WatchHealthTests {

    private static final Instant SAMPLED = Instant.parse("2026-11-21T02:41:00Z");
    private static final Clock CLOCK = Clock.fixed(SAMPLED.plusMillis(3200), ZoneOffset.UTC);
    private static final Set<String> NOTHING = Set.of();

    @Test
    void is_unknown_before_the_first_sweep() {
        WatchHealth.Seen seen = new WatchHealth(new Watch(null), NOTHING, CLOCK).look();

        assertThat(seen).isEqualTo(new WatchHealth.Seen(WatchHealth.Status.UNKNOWN, Map.of("level", "UNKNOWN")));
    }

    @Test
    void watches_whose_names_differ_in_a_slash_have_a_component_each() {
        PgWatches watches =
                new PgWatches(List.of(new Watch("a/b", null), new Watch("a_b", null), new Watch("a", null)));

        PgWatchProperties defaults = new Binder(List.of()).bindOrCreate("pgwatch", PgWatchProperties.class);

        Map<String, WatchHealth> components = WatchHealth.each(watches, defaults, health -> health);

        assertThat(components).containsOnlyKeys("a_b", "a_b_", "a");
    }

    @ParameterizedTest(name = "{0}")
    @EnumSource(
            value = Level.class,
            names = {"OK", "WARNING", "CRITICAL"})
    void is_up_whatever_the_level(Level level) {
        WatchHealth.Seen seen = look(NOTHING, judged(level));

        assertThat(seen.status()).isEqualTo(WatchHealth.Status.UP);
        assertThat(seen.details()).containsEntry("level", level.name());
    }

    @Test
    void is_up_while_the_server_cannot_be_reached_and_says_so() {
        WatchHealth.Seen seen = look(NOTHING, unknown(Cause.FAILED, "no connection"));

        assertThat(seen.status()).isEqualTo(WatchHealth.Status.UP);
        assertThat(seen.details())
                .containsEntry("level", "UNKNOWN")
                .containsEntry(
                        "probes", Map.of("pool-saturation", Map.of("level", "UNKNOWN", "summary", "no connection")));
    }

    @Test
    void is_unknown_when_the_report_is_stale() {
        assertThat(look(Set.of("pool-saturation"), unknown(Cause.STALE, "old")).status())
                .isEqualTo(WatchHealth.Status.UNKNOWN);
    }

    @Test
    void is_down_only_for_a_named_probe_that_is_critical() {
        Set<String> named = Set.of("pool-saturation");

        assertThat(look(named, judged(Level.CRITICAL)).status()).isEqualTo(WatchHealth.Status.DOWN);
        assertThat(look(named, judged(Level.WARNING)).status()).isEqualTo(WatchHealth.Status.UP);
        assertThat(look(Set.of("wraparound"), judged(Level.CRITICAL)).status()).isEqualTo(WatchHealth.Status.UP);
    }

    @Test
    void shows_the_moment_and_the_age_of_what_it_says() {
        assertThat(look(NOTHING, judged(Level.OK)).details())
                .containsExactly(
                        Map.entry("level", "OK"),
                        Map.entry("sampledAt", "2026-11-21T02:41:00Z"),
                        Map.entry("ageSeconds", 3.2),
                        Map.entry(
                                "probes",
                                Map.of("pool-saturation", Map.of("level", "OK", "summary", "12 of 97 in use"))));
    }

    private static WatchHealth.Seen look(Set<String> downOn, Verdict<PoolSaturation> verdict) {
        ProbeReport<PoolSaturation> probe = new ProbeReport<>(ProbeIds.POOL_SATURATION, verdict.level(), verdict, null);
        Report report = new Report("orders", verdict.level(), SAMPLED, null, List.of(probe), new Sweep(0.01, 0));
        return new WatchHealth(new Watch(report), downOn, CLOCK).look();
    }

    private static Verdict<PoolSaturation> judged(Level level) {
        return new Verdict.Judged<>(
                level,
                "12 of 97 in use",
                new PoolSaturation(List.of(), List.of(), null, null, null, null, List.of(), null),
                List.of());
    }

    private static Verdict<PoolSaturation> unknown(Cause cause, String detail) {
        return new Verdict.Unknown<>(cause, detail);
    }

    private record Watch(String name, @Nullable Report report) implements PgWatch {

        Watch(@Nullable Report report) {
            this("orders", report);
        }

        @Override
        public List<Probe<?>> probes() {
            return List.of();
        }

        @Override
        public Optional<Report> latest() {
            return Optional.ofNullable(report);
        }

        @Override
        public void refresh() {}

        @Override
        public Listening listen(ReportListener listener) {
            return () -> {};
        }

        @Override
        public void close() {}
    }
}

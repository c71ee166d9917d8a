package io.pgwatch.core.probes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.pgwatch.evidence.PoolSaturation;
import io.pgwatch.probe.Finding;
import io.pgwatch.probe.Level;
import io.pgwatch.probe.Verdict;
import io.pgwatch.snapshot.Arrivals;
import io.pgwatch.snapshot.Ceiling;
import io.pgwatch.snapshot.Ceiling.Kind;
import io.pgwatch.snapshot.ClientPools;
import io.pgwatch.snapshot.History;
import io.pgwatch.snapshot.Login;
import io.pgwatch.snapshot.Sessions;
import io.pgwatch.snapshot.Sessions.Siblings;
import io.pgwatch.snapshot.Snapshot;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Connections that grow towards a limit, sweep by sweep. */
class GrowthTests {

    private static final int LIMIT = 97;

    private static final Instant STARTED = Instant.parse("2026-11-01T00:00:00Z");

    private History history = History.EMPTY;
    private Instant now = Facts.NOW;
    private Duration interval = Duration.ofSeconds(15);
    private @Nullable Siblings siblings;
    private @Nullable Arrivals arrivals;

    @Test
    void says_when_the_limit_will_be_reached_and_how_sure_that_is() {
        Verdict<PoolSaturation> verdict = used(20, 36, 50, 70);

        assertThat(verdict.level()).isEqualTo(Level.WARNING);
        assertThat(only(verdict)).satisfies(finding -> {
            assertThat(finding.id()).isEqualTo("pool-saturation/growth-server");
            assertThat(finding.summary())
                    .isEqualTo("connections of the server grow by 1.1 a second, 27 are free: full in about 24 s");
            assertThat(finding.cause())
                    .isEqualTo(
                            "they grew by 50 in 45 s, and in each third of that time: at the pace of the fastest the limit"
                                    + " is reached in 20 s, of the slowest in 29 s");
            assertThat(finding.remedy().sql()).contains("backend_start > now() - interval '1 minute'");
        });
        assertThat(verdict.seen().orElseThrow().secondsUntilFull()).isBetween(24.29, 24.31);
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(
            strings = {
                "17 17 17 17 27 27 27 27", // a pool of 10 starts
                "17 17 17 20 27 27", // and takes two sweeps for it
                "17 27 27 37 37 47", // one instance after the other
                "40 50 60", // too few points
                "20 50 40 60", // an ebb in between
                "60 64 66 69", // less than a tenth of the limit
                "5 9 12 16", // full in more than five minutes
                "10 30 50 51" // it has nearly ended
            })
    void does_not_ring_for_what_does_not_grow_steadily_or_fast(String each) {
        for (String used : each.split(" ")) {
            assertThat(used(Integer.parseInt(used)).level()).as(used).isEqualTo(Level.OK);
        }
    }

    @Test
    void tells_nothing_from_less_than_half_a_minute_or_from_sweeps_far_apart() {
        interval = Duration.ofSeconds(2);
        assertThat(used(20, 25, 30, 35, 40, 45, 50, 55).seen().orElseThrow().secondsUntilFull())
                .isNull();

        interval = Duration.ofMinutes(5);
        assertThat(used(20, 30, 40, 50, 60).seen().orElseThrow().secondsUntilFull())
                .isNull();
    }

    @Test
    void tells_the_same_with_many_sweeps() {
        interval = Duration.ofSeconds(2);
        int[] used = new int[18];
        for (int i = 0; i < used.length; i++) {
            used[i] = 20 + 2 * i;
        }

        assertThat(only(used(used)).summary())
                .startsWith("connections of the server grow by 1.0 a second, 43 are free");
    }

    @Test
    void is_switched_off_by_a_time_of_zero() {
        used(20, 36, 50);
        assertThat(judge(snapshot(70), "0s").level()).isEqualTo(Level.OK);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> judge(snapshot(70), "PT-1S"))
                .withMessage("want a warning-until-full of 0s or more, got -1s");
    }

    @Test
    void a_limit_that_is_nearly_reached_says_it_itself() {
        Finding nearlyFull = only(used(45, 57, 69, 81));

        assertThat(nearlyFull.id()).isEqualTo("pool-saturation/server");
        assertThat(nearlyFull.cause())
                .endsWith("after 16 more, connections will be refused; at the present pace in about 20 s");
    }

    /** Instances that are started one after the other open what their pools may have, and no more. */
    @Test
    void pools_that_fit_whatever_they_do_are_no_danger() {
        for (int open = 10; open <= 60; open += 10) {
            siblings = new Siblings(3, 60, open, 100);
            assertThat(used(5 + open).level()).as("%d open", open).isEqualTo(Level.OK);
        }
    }

    @Test
    void others_beside_pools_that_fit_are() {
        siblings = new Siblings(3, 30, 10, 100);

        assertThat(only(used(20, 36, 50, 70)).id()).isEqualTo("pool-saturation/growth-server");
    }

    @Test
    void tells_how_many_sessions_are_established_and_takes_no_reset_or_failover_for_a_rate() {
        assertThat(established(1_000_000).seen().orElseThrow().newPerSecond()).isNull();
        assertThat(established(1_000_150).seen().orElseThrow().newPerSecond())
                .as("a quarter of a minute")
                .isNull();
        assertThat(established(1_000_300).seen().orElseThrow().newPerSecond()).isEqualTo(10);

        assertThat(established(30).seen().orElseThrow().newPerSecond())
                .as("reset")
                .isNull();
        established(60);
        assertThat(established(90).seen().orElseThrow().newPerSecond()).isEqualTo(2);

        arrivals = new Arrivals(50_000_000, STARTED.plusSeconds(9));
        assertThat(used(20).seen().orElseThrow().newPerSecond())
                .as("another server")
                .isNull();
    }

    @Test
    void says_beside_the_growth_how_many_sessions_are_established() {
        int sessions = 1000;
        for (int used : new int[] {20, 36, 50}) {
            arrivals = new Arrivals(sessions += 60, STARTED);
            used(used);
        }
        arrivals = new Arrivals(sessions + 60, STARTED);

        assertThat(only(used(70)).cause()).endsWith("; in all, sessions are established at the server by 4.0 a second");
    }

    @ParameterizedTest(name = "of {0} and {1} connections")
    @CsvSource({"97, 80, 10", "80, 97, 10", "80,, 10", "97,, 27"})
    void tells_when_the_first_of_the_limits_is_reached(int limit, @Nullable Integer ofRole, int seconds) {
        assertThat(secondsUntilFull(limit, ofRole, 25, 40, 55, 70)).isEqualTo(seconds);
    }

    @ParameterizedTest(name = "a limit of {0}: {1} {2} {3} {4}")
    @CsvSource({"90, 40, 43, 46, 49, 205", "91, 40, 43, 46, 49,", "90, 40, 50, 50, 60,", "90, 60, 50, 60, 70,"})
    void grows_where_each_third_does_and_all_by_a_tenth(
            int limit, int first, int second, int third, int last, @Nullable Integer seconds) {
        Double told = secondsUntilFull(limit, null, first, second, third, last);

        assertThat(told).isEqualTo(seconds == null ? null : Double.valueOf(seconds));
    }

    private @Nullable Double secondsUntilFull(int limit, @Nullable Integer ofRole, int... each) {
        List<Ceiling> ceilings = List.of();
        for (int used : each) {
            Ceiling server = new Ceiling(Kind.SERVER, "max_connections", used, limit);
            ceilings = ofRole == null ? List.of(server) : List.of(server, new Ceiling(Kind.ROLE, "app", used, ofRole));
            Sessions seen = new Sessions(ceilings, 1, null, 0, 0, 0, null, null, List.of());
            now = now.plus(interval);
            history = history.with(now, seen);
        }
        return Growth.secondsUntilFull(
                Growth.of(ceilings, null, Snapshot.at(now).with(history)));
    }

    private Verdict<PoolSaturation> established(long sessions) {
        arrivals = new Arrivals(sessions, STARTED);
        return used(20);
    }

    private Verdict<PoolSaturation> used(int... each) {
        Verdict<PoolSaturation> verdict = null;
        for (int used : each) {
            verdict = judge(snapshot(used), "5m");
        }
        assertThat(verdict).isNotNull();
        return verdict;
    }

    private static Verdict<PoolSaturation> judge(Snapshot snapshot, String soon) {
        return Settings.replace(PoolSaturationProbe.withDefaults(), Map.of("warning-until-full", soon))
                .judge(snapshot);
    }

    private Snapshot snapshot(int used) {
        Ceiling ceiling = new Ceiling(Kind.SERVER, "max_connections", used, LIMIT);
        Sessions seen = new Sessions(List.of(ceiling), 1, siblings, 0, 0, 0, null, null, List.of());
        now = now.plus(interval);
        history = history.with(now, seen);
        Snapshot snapshot = Snapshot.at(now);
        if (arrivals != null) {
            history = history.with(now, arrivals);
            snapshot = snapshot.with(Arrivals.SECTION, Facts.taken(arrivals));
        }
        return snapshot.with(history)
                .with(Sessions.SECTION, Facts.taken(seen))
                .with(ClientPools.SECTION, Facts.taken(new ClientPools(List.of())))
                .with(Login.SECTION, Facts.taken(Login.ADMITTED));
    }

    private static Finding only(Verdict<PoolSaturation> verdict) {
        assertThat(verdict.findings()).hasSize(1);
        return verdict.findings().get(0);
    }
}

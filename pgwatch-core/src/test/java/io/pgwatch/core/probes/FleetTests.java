package io.pgwatch.core.probes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.pgwatch.evidence.PoolSaturation;
import io.pgwatch.evidence.PoolSaturation.Fleet;
import io.pgwatch.probe.Finding;
import io.pgwatch.probe.Level;
import io.pgwatch.probe.Verdict;
import io.pgwatch.snapshot.Ceiling;
import io.pgwatch.snapshot.Ceiling.Kind;
import io.pgwatch.snapshot.ClientPools;
import io.pgwatch.snapshot.ClientPools.ClientPool;
import io.pgwatch.snapshot.History;
import io.pgwatch.snapshot.Login;
import io.pgwatch.snapshot.Poolers;
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

/** What the instances of a service may open together, against the limits of the server. */
class FleetTests {

    private static final Duration SWEEP = Duration.ofSeconds(15);
    private static final Duration HOUR = Duration.ofHours(1);

    private History history = History.EMPTY;
    private Instant now = Facts.NOW;

    @Test
    void says_by_how_many_a_fleet_is_too_large_and_which_number_to_change_in_which_order() {
        Verdict<PoolSaturation> verdict = sweep(seen(new Siblings(4, 80, 20, 50), server(29, 47)));

        assertThat(verdict.level()).isEqualTo(Level.WARNING);
        assertThat(fleet(verdict)).isEqualTo(new Fleet(4, 80, 9, Kind.SERVER, 47, 42, null));
        assertThat(only(verdict)).satisfies(finding -> {
            assertThat(finding.id()).isEqualTo("pool-saturation/fleet");
            assertThat(finding.summary())
                    .isEqualTo(
                            "4 instances of this service may open 80 connections, others use 9, the server admits 47:"
                                    + " 42 too many");
            assertThat(finding.cause()).endsWith("a hint, which can be forged");
            assertThat(finding.remedy().text())
                    .isEqualTo(
                            "In this order: lower the maximum pool size to 9 an instance (now 20); or run at most one"
                                    + " instance; or let instances share connections, by PgBouncer in transaction mode; or at last"
                                    + " raise max_connections to 92, which wants a restart.");
        });
    }

    @Test
    void advises_no_size_and_no_number_where_none_would_do() {
        assertThat(only(sweep(seen(new Siblings(50, 2000, 0, 100), server(60, 97))))
                        .remedy()
                        .text())
                .isEqualTo(
                        "In this order: let instances share connections, by PgBouncer in transaction mode; or at last"
                                + " raise max_connections to 2063, which wants a restart.");
    }

    @Test
    void does_what_it_advises() {
        assertThat(sweep(seen(new Siblings(4, 36, 20, 50), server(29, 47))).level())
                .as("9 an instance")
                .isEqualTo(Level.OK);
        assertThat(sweep(seen(new Siblings(1, 20, 20, 50), server(29, 47)), HOUR)
                        .level())
                .as("one instance")
                .isEqualTo(Level.OK);
        assertThat(sweep(seen(new Siblings(4, 80, 20, 92), server(29, 89)), HOUR)
                        .level())
                .as("max_connections")
                .isEqualTo(Level.OK);
    }

    @ParameterizedTest(name = "{0} instances of {1} with {2} others under {3}: {4}")
    @CsvSource({
        "1, 10, 3, 97, OK",
        "1, 94, 3, 97, OK",
        "1, 95, 3, 97, WARNING",
        "4, 10, 7, 47, OK",
        "4, 10, 8, 47, WARNING"
    })
    void rings_for_the_first_connection_too_many(int instances, int each, int others, int limit, Level expected) {
        assertThat(sweep(seen(new Siblings(instances, instances * each, 0, limit + 3), server(others, limit)))
                        .level())
                .isEqualTo(expected);
    }

    @Test
    void looks_at_the_next_deploy_once_the_number_of_instances_has_held_for_half_an_hour() {
        Sessions four = seen(new Siblings(4, 40, 12, 50), server(17, 47));

        assertThat(fleet(sweep(four)).lackingInDeploy()).isNull();
        assertThat(sweep(four, Duration.ofMinutes(29)).level()).isEqualTo(Level.OK);
        Verdict<PoolSaturation> verdict = sweep(four, Duration.ofMinutes(2));

        assertThat(fleet(verdict)).isEqualTo(new Fleet(4, 40, 5, Kind.SERVER, 47, 0, 8L));
        assertThat(only(verdict).summary())
                .isEqualTo(
                        "the next deploy, with 5 instances of this service at a time, may open 50 connections, others use"
                                + " 5, the server admits 47: 8 too many");
        assertThat(only(verdict).remedy().text())
                .contains("to 8 an instance (now 10)", "at most 3 instances (and 1 more in a deploy)", "to 58, which");
    }

    @Test
    void takes_no_deploy_under_way_for_more_instances() {
        Sessions four = seen(new Siblings(4, 32, 12, 50), server(17, 47));
        Sessions five = seen(new Siblings(5, 40, 15, 50), server(21, 47));
        sweep(four);
        assertThat(sweep(four, HOUR).level()).as("5 of 8 fit").isEqualTo(Level.OK);

        assertThat(sweep(five).level()).as("in the deploy").isEqualTo(Level.OK);
        assertThat(sweep(five, Duration.ofMinutes(20)).level()).isEqualTo(Level.OK);
        assertThat(sweep(four).level()).as("after it").isEqualTo(Level.OK);
    }

    @Test
    void a_single_instance_that_fits_never_rings_and_a_surge_of_none_looks_at_no_deploy() {
        Sessions one = seen(new Siblings(1, 60, 12, 100), server(15, 97));
        sweep(one);
        assertThat(fleet(sweep(one, HOUR)).lackingInDeploy()).isNull();

        Sessions two = seen(new Siblings(2, 80, 12, 100), server(15, 97));
        sweep(two);
        assertThat(sweep(two, HOUR).level()).isEqualTo(Level.WARNING);
        assertThat(Settings.replace(PoolSaturationProbe.withDefaults(), Map.of("surge", "0"))
                        .judge(snapshot(two))
                        .level())
                .isEqualTo(Level.OK);
        assertThat(fleet(Settings.replace(PoolSaturationProbe.withDefaults(), Map.of("surge", "3"))
                                .judge(snapshot(two)))
                        .lackingInDeploy())
                .isEqualTo(80 + 3 + 120 - 97);
    }

    @Test
    void the_limit_that_leaves_the_least_counts() {
        Verdict<PoolSaturation> verdict = sweep(seen(
                new Siblings(2, 20, 4, 100), server(30, 97), new Ceiling(Kind.ROLE, "narrow", 6, 15), database(6, 30)));

        assertThat(fleet(verdict)).isEqualTo(new Fleet(2, 20, 2, Kind.ROLE, 15, 7, null));
        assertThat(only(verdict).summary()).contains("role narrow admits 15: 7 too many");
        assertThat(only(verdict).remedy().text())
                .endsWith("at last raise the CONNECTION LIMIT of role narrow to 22, if the server has room.");
    }

    /** More than its own pools may have are others' under its role, or opened beside the pool. */
    @Test
    void what_goes_beyond_the_pools_is_others() {
        assertThat(fleet(sweep(seen(new Siblings(2, 20, 31, 100), server(33, 97))))
                        .others())
                .isEqualTo(13);
    }

    @Test
    void is_not_known_rather_than_one_where_siblings_cannot_be_counted() {
        assertThat(sweep(seen(null, server(5, 17))).seen().orElseThrow().fleet())
                .isNull();

        Sessions seen = seen(new Siblings(3, 60, 4, 20), server(5, 17));
        assertThat(sweep(seen).level()).isEqualTo(Level.WARNING);
        Verdict<PoolSaturation> shared =
                judge(snapshot(seen).with(ClientPools.SECTION, Facts.taken(new ClientPools(List.of(pool(3, 2))))));
        assertThat(shared.seen().orElseThrow().fleet())
                .as("5 connections here, 4 sessions there")
                .isNull();
        assertThat(shared.level()).isEqualTo(Level.OK);
        Poolers through = new Poolers("1.24.0", List.of(), 100, 12, 120.0, 0, true, false);
        assertThat(judge(snapshot(seen).with(Poolers.SECTION, Facts.taken(through)))
                        .seen()
                        .orElseThrow()
                        .fleet())
                .isNull();
    }

    @Test
    void under_pressure_the_numbers_from_before_it_count() {
        sweep(seen(new Siblings(3, 30, 4, 20), server(7, 17)));
        Verdict<PoolSaturation> tight = sweep(seen(new Siblings(1, 10, 14, 20), server(15, 17)));
        assertThat(fleet(tight)).extracting(Fleet::instances, Fleet::lacking).containsExactly(3, 14L);
        assertThat(fleet(sweep(seen(new Siblings(1, 10, 14, 20), server(15, 17)), Duration.ofMinutes(10)))
                        .instances())
                .isEqualTo(3);

        assertThat(fleet(sweep(seen(new Siblings(1, 10, 4, 20), server(5, 17)))).instances())
                .as("they come back one by one")
                .isEqualTo(1);
    }

    @Test
    void siblings_that_vanish_for_a_moment_are_not_forgotten_at_once() {
        sweep(seen(new Siblings(3, 30, 4, 50), server(7, 47)));
        Sessions one = seen(new Siblings(1, 10, 4, 50), server(5, 47));

        assertThat(fleet(sweep(one)).instances()).isEqualTo(3);
        assertThat(fleet(sweep(one, Duration.ofMinutes(2))).instances()).isEqualTo(1);
    }

    @Test
    void under_pressure_from_the_start_nothing_is_known() {
        assertThat(sweep(seen(new Siblings(1, 10, 14, 20), server(15, 17)))
                        .seen()
                        .orElseThrow()
                        .fleet())
                .isNull();
    }

    @Test
    void explains_a_limit_that_its_pools_have_nearly_reached() {
        Verdict<PoolSaturation> verdict = sweep(seen(new Siblings(4, 80, 35, 50), server(40, 47)));

        assertThat(verdict.findings())
                .extracting(Finding::id, Finding::explainedBy)
                .containsExactlyInAnyOrder(
                        tuple("pool-saturation/fleet", null), tuple("pool-saturation/server", "pool-saturation/fleet"));
    }

    @Test
    void is_not_told_beside_a_limit_that_others_have_nearly_reached() {
        Verdict<PoolSaturation> verdict = sweep(seen(new Siblings(2, 20, 5, 50), server(40, 47)));

        assertThat(fleet(verdict).lacking()).isEqualTo(8);
        assertThat(only(verdict).id()).isEqualTo("pool-saturation/server");
    }

    @Test
    void the_greatest_numbers_that_names_can_tell_overflow_nothing() {
        Sessions seen = seen(new Siblings(262_143, 262_143L * 99_999, 0, 262_143), server(0, 262_140));

        assertThat(fleet(sweep(seen)).lacking()).isEqualTo(262_143L * 99_999 - 262_140);
        assertThat(fleet(sweep(seen, HOUR)).lackingInDeploy()).isEqualTo(262_144L * 99_999 - 262_140);
    }

    private Verdict<PoolSaturation> sweep(Sessions seen) {
        return sweep(seen, SWEEP);
    }

    private Verdict<PoolSaturation> sweep(Sessions seen, Duration later) {
        now = now.plus(later);
        history = history.with(now, seen);
        return judge(snapshot(seen));
    }

    private Snapshot snapshot(Sessions seen) {
        return Snapshot.at(now)
                .with(history)
                .with(Sessions.SECTION, Facts.taken(seen))
                .with(ClientPools.SECTION, Facts.taken(new ClientPools(List.of())))
                .with(Login.SECTION, Facts.taken(Login.ADMITTED));
    }

    private static Verdict<PoolSaturation> judge(Snapshot snapshot) {
        return PoolSaturationProbe.withDefaults().judge(snapshot);
    }

    private static Fleet fleet(Verdict<PoolSaturation> verdict) {
        Fleet fleet = verdict.seen().orElseThrow().fleet();
        assertThat(fleet).isNotNull();
        return fleet;
    }

    private static Finding only(Verdict<PoolSaturation> verdict) {
        assertThat(verdict.findings()).hasSize(1);
        return verdict.findings().get(0);
    }

    private static Sessions seen(@Nullable Siblings siblings, Ceiling... ceilings) {
        return new Sessions(List.of(ceilings), 4, siblings, 0, 0, 0, null, null, List.of());
    }

    private static Ceiling server(int used, int limit) {
        return new Ceiling(Kind.SERVER, "max_connections", used, limit);
    }

    private static Ceiling database(int used, int limit) {
        return new Ceiling(Kind.DATABASE, "shop", used, limit);
    }

    private static ClientPool pool(int active, int idle) {
        return new ClientPool("main", "hikari", active, idle, 20, 0, 0, null, 0);
    }
}

package io.pgwatch.core.probes;

import static java.time.Duration.ZERO;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.tuple;

import io.pgwatch.evidence.Wraparound;
import io.pgwatch.probe.Measure;
import io.pgwatch.probe.Probe;
import io.pgwatch.probe.Verdict;
import io.pgwatch.snapshot.Cause;
import io.pgwatch.snapshot.History;
import io.pgwatch.snapshot.Reading;
import io.pgwatch.snapshot.Reading.Missing;
import io.pgwatch.snapshot.Reading.Taken;
import io.pgwatch.snapshot.Section;
import io.pgwatch.snapshot.Server;
import io.pgwatch.snapshot.Snapshot;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class BuiltInProbesTests {

    @ParameterizedTest
    @CsvSource({
        "pool-saturation, arrivals borrowers client-pools lock-waits login poolers server sessions, 6",
        "idle-in-transaction, borrowers holders lock-waits server sessions, 3",
        "horizon, databases holders server sessions tables, 1",
        "wraparound, databases holders multixact-members oldest-tables server sessions, 6",
        "vacuum, autovacuum holders server sessions tables, 2",
        "bloat, bloat holders server sessions tables, 4"
    })
    void each_asks_a_question_of_certain_facts_and_measures(String id, String needs, int measures) {
        Probe<?> probe = BuiltInProbes.named(id);

        assertThat(probe.id().value()).isEqualTo(id);
        assertThat(probe.question()).endsWith("?");
        assertThat(probe.needs().stream().map(Section::name).sorted()).containsExactly(needs.split(" "));
        assertThat(probe.measures()).hasSize(measures).doesNotContainNull();
    }

    @Test
    void of_an_unknown_one_is_told_which_there_are() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> BuiltInProbes.named("locks"))
                .withMessage("unknown probe 'locks'; there are pool-saturation, idle-in-transaction, horizon,"
                        + " wraparound, vacuum, bloat");
    }

    @Test
    void tell_of_the_grant_that_they_lack() {
        Missing<?> refused = new Missing<>(Cause.NOT_PERMITTED, "permission denied", "GRANT pg_monitor TO \"app\";");
        List<String> told = new ArrayList<>();
        for (Probe<?> probe : BuiltInProbes.withDefaults()) {
            Map<Section<?>, Reading<?>> seen = new HashMap<>();
            probe.needs().forEach(section -> seen.put(section, refused));
            seen.put(Server.SECTION, new Taken<>(Facts.server(false), Facts.NOW));

            if (probe.judge(Snapshot.of(Facts.NOW, seen, History.EMPTY)) instanceof Verdict.Unknown<?> unknown
                    && unknown.remedy() != null) {
                told.add(probe.id() + " " + unknown.remedy().sql());
            }
        }

        assertThat(told)
                .containsExactly(
                        "pool-saturation GRANT pg_monitor TO \"app\";",
                        "idle-in-transaction GRANT pg_monitor TO \"app\";",
                        "horizon GRANT pg_monitor TO \"app\";",
                        "wraparound GRANT pg_monitor TO \"app\";",
                        "vacuum GRANT pg_monitor TO \"app\";",
                        "bloat GRANT pg_monitor TO \"app\";");
    }

    static Stream<ThrowingCallable> at_the_limits() {
        return Stream.of(
                () -> new PoolSaturationProbe(1, 1, ZERO, ZERO, ZERO, ZERO, 0, ZERO),
                () -> new PoolSaturationProbe(
                        0.8, 0.8, ofSeconds(1), ofSeconds(1), ofSeconds(1), ofSeconds(1), 0, ZERO),
                () -> new IdleInTransactionProbe(ZERO, ZERO, ZERO, 0),
                () -> new IdleInTransactionProbe(ofSeconds(1), ofSeconds(1), ofSeconds(1), 1),
                () -> new HorizonProbe(1, 1, ZERO),
                () -> new WraparoundProbe(0.5, 1.1, 1.1, 1L << 30, ZERO, 0.5, 0.5),
                () -> new WraparoundProbe(0.5, 2, 4, (1L << 31) - 1, ZERO, 0.5, 0.9),
                () -> new VacuumProbe(1, 1, 0, 0, 0, ZERO),
                () -> new BloatProbe(0.1, 0, 1, 1, false));
    }

    @ParameterizedTest
    @MethodSource
    void at_the_limits(ThrowingCallable thresholds) {
        assertThatCode(thresholds).doesNotThrowAnyException();
    }

    static Stream<ThrowingCallable> beyond_the_limits() {
        return Stream.of(
                () -> new PoolSaturationProbe(0, 0.9, ZERO, ZERO, ZERO, ZERO, 0, ZERO),
                () -> new PoolSaturationProbe(0.8, 1.01, ZERO, ZERO, ZERO, ZERO, 0, ZERO),
                () -> new HorizonProbe(0, 1, ZERO),
                () -> new WraparoundProbe(0, 2, 4, 1L << 30, ZERO, 0.5, 0.9),
                () -> new WraparoundProbe(1, 2, 4, 1L << 31, ZERO, 0.5, 0.9),
                () -> new WraparoundProbe(0.5, 1, 4, 1L << 30, ZERO, 0.5, 0.9),
                () -> new WraparoundProbe(0.5, 2, 4, (1L << 30) - 1, ZERO, 0.5, 0.9),
                () -> new WraparoundProbe(0.5, 2, 4, 1L << 31, ZERO, 0.5, 0.9),
                () -> new WraparoundProbe(0.5, 2, 4, 1L << 30, ZERO, 0, 0.9),
                () -> new WraparoundProbe(0.5, 2, 4, 1L << 30, ZERO, 0.5, 1),
                () -> new BloatProbe(0, 0, 1, 1, false),
                () -> new BloatProbe(1, 0, 1, 1, false),
                () -> new BloatProbe(0.1, 0, 0, 1, false),
                () -> new BloatProbe(0.1, 0, 1.01, 1, false),
                () -> new BloatProbe(0.1, 0, 1, 0, false));
    }

    @ParameterizedTest
    @MethodSource
    void beyond_the_limits(ThrowingCallable thresholds) {
        assertThatIllegalArgumentException().isThrownBy(thresholds).withMessageStartingWith("want ");
    }

    @Test
    void the_oldest_database_is_measured_first() {
        Wraparound evidence = new Wraparound(
                List.of(
                        new Wraparound.Database("young", 1, 100, 20, 80),
                        new Wraparound.Database("old", 90, 10, 3, 97)),
                List.of(),
                null,
                7.5,
                200,
                400,
                new Wraparound.Members(5, 4));

        List<Object> measured = new ArrayList<>();
        for (Measure<Wraparound> measure : WraparoundProbe.withDefaults().measures()) {
            measure.source().read(evidence, (tags, value) -> measured.add(tuple(measure.name(), tags, value)));
        }

        assertThat(measured)
                .startsWith(
                        tuple("wraparound.xid.age", List.of("old"), 90.0),
                        tuple("wraparound.xid.age", List.of("young"), 1.0))
                .contains(
                        tuple("wraparound.xid.left", List.of("old"), 10.0),
                        tuple("wraparound.multixact.age", List.of("young"), 20.0),
                        tuple("wraparound.multixact.left", List.of("old"), 97.0),
                        tuple("wraparound.multixact.members.left", List.of(), 4.0),
                        tuple("wraparound.time.left", List.of(), 7.5));
    }
}

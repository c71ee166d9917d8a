package io.pgwatch.sample.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgwatch.ProbeReport;
import io.pgwatch.Report;
import io.pgwatch.Sweep;
import io.pgwatch.probe.Level;
import io.pgwatch.probe.ProbeId;
import io.pgwatch.probe.Verdict;
import io.pgwatch.snapshot.Cause;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class TopTests {

    private static final ProbeId<Trees> ID = new ProbeId<>("trees", Trees.class);

    public record Trees(int count, List<String> tallest) {}

    @Test
    void shortens_what_was_seen_whether_or_not_it_could_be_judged() {
        Trees trees = new Trees(3, List.of("oak", "ash", "elm"));

        assertThat(top(new Verdict.Judged<>(Level.OK, "trees stand", trees, List.of())))
                .isEqualTo(
                        new Verdict.Judged<>(Level.OK, "trees stand", new Trees(3, List.of("oak", "ash")), List.of()));
        assertThat(top(new Verdict.Unknown<>(Cause.FAILED, "fog", null, trees)))
                .isEqualTo(new Verdict.Unknown<>(Cause.FAILED, "fog", null, new Trees(3, List.of("oak", "ash"))));
        assertThat(top(new Verdict.Unknown<>(Cause.FAILED, "fog")))
                .isEqualTo(new Verdict.Unknown<>(Cause.FAILED, "fog"));
    }

    private static Verdict<Trees> top(Verdict<Trees> verdict) {
        Report report = new Report(
                "forest",
                verdict.level(),
                Instant.EPOCH,
                null,
                List.of(new ProbeReport<>(ID, verdict.level(), verdict, null)),
                new Sweep(0.25, 0));
        return new Top(2).of(report).verdict(ID);
    }
}

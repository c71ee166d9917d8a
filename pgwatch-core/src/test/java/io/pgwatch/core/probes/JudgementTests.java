package io.pgwatch.core.probes;

import static io.pgwatch.probe.Level.CRITICAL;
import static io.pgwatch.probe.Level.OK;
import static io.pgwatch.probe.Level.WARNING;
import static org.assertj.core.api.Assertions.assertThat;

import io.pgwatch.evidence.ProbeIds;
import io.pgwatch.probe.Finding;
import io.pgwatch.probe.Level;
import io.pgwatch.probe.Verdict;
import java.util.List;
import org.junit.jupiter.api.Test;

class JudgementTests {

    @Test
    void is_as_heavy_as_its_heaviest_finding_which_sums_it_up() {
        Finding mild = finding(WARNING, "mild");
        Finding also = finding(WARNING, "also mild");
        Finding grave = finding(CRITICAL, "grave");

        assertThat(Judgement.of("seen", List.of(mild, grave, also), () -> "calm", "; and more"))
                .isEqualTo(new Verdict.Judged<>(CRITICAL, "grave; and more", "seen", List.of(grave, mild, also)));
    }

    @Test
    void is_calm_where_nothing_was_found() {
        assertThat(Judgement.of("seen", List.of(), () -> "calm", "; and more"))
                .isEqualTo(new Verdict.Judged<>(OK, "calm", "seen", List.of()));
    }

    private static Finding finding(Level level, String summary) {
        return Finding.of(ProbeIds.HORIZON, level, summary, "it", summary, null, null);
    }
}

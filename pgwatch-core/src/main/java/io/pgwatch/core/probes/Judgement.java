package io.pgwatch.core.probes;

import io.pgwatch.probe.Finding;
import io.pgwatch.probe.Level;
import io.pgwatch.probe.Verdict;
import java.util.Comparator;
import java.util.List;
import java.util.function.Supplier;

/** A verdict on what was found: as heavy as its heaviest finding, which sums it up. */
final class Judgement {

    private Judgement() {}

    /**
     * From findings in any order; those of one level stay in theirs.
     *
     * @param calm the summary where nothing was found
     */
    static <E> Verdict<E> of(E evidence, List<Finding> findings, Supplier<String> calm) {
        return of(evidence, findings, calm, "");
    }

    /**
     * The same with a word more.
     *
     * @param more goes behind the summary where something was found
     */
    static <E> Verdict<E> of(E evidence, List<Finding> findings, Supplier<String> calm, String more) {
        if (findings.isEmpty()) {
            return new Verdict.Judged<>(Level.OK, calm.get(), evidence, findings);
        }
        List<Finding> heaviestFirst = findings.stream()
                .sorted(Comparator.comparing(Finding::level).reversed())
                .toList();
        Finding heaviest = heaviestFirst.get(0);
        return new Verdict.Judged<>(heaviest.level(), heaviest.summary() + more, evidence, heaviestFirst);
    }
}

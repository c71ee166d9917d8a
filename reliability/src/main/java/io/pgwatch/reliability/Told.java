package io.pgwatch.reliability;

import io.pgwatch.ProbeReport;
import io.pgwatch.Report;
import io.pgwatch.evidence.ProbeIds;
import io.pgwatch.probe.Level;
import io.pgwatch.probe.Verdict;
import io.pgwatch.snapshot.Cause;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** A report in a few words: which probes are not OK, and what they are. */
final class Told {

    static final String NOTHING = "nothing";
    static final String STALE = "every probe UNKNOWN (STALE)";

    private Told() {}

    /**
     * The raw levels of the newest sweep. What does not apply here, what another watch reads and bloat that is still to be
     * measured are left out.
     */
    static String by(Report report) {
        Map<String, List<String>> states = new LinkedHashMap<>();
        List<String> counted = new ArrayList<>();
        for (ProbeReport<?> probe : report.probes()) {
            if (probe.weighs() && !isBloatToCome(probe)) {
                counted.add(probe.id().value());
                String state = state(probe.verdict());
                if (!state.equals(Level.OK.name())) {
                    states.computeIfAbsent(state, any -> new ArrayList<>())
                            .add(probe.id().value());
                }
            }
        }
        return states.isEmpty()
                ? NOTHING
                : states.entrySet().stream()
                        .map(one -> (one.getValue().equals(counted)
                                        ? "every probe"
                                        : String.join(", ", one.getValue()))
                                + " " + one.getKey())
                        .collect(Collectors.joining("; "));
    }

    private static boolean isBloatToCome(ProbeReport<?> probe) {
        return probe.id().equals(ProbeIds.BLOAT)
                && probe.verdict().fold(judged -> false, unknown -> unknown.cause() == Cause.NOT_YET);
    }

    private static <E> String state(Verdict<E> verdict) {
        return verdict.fold(judged -> judged.level().name(), unknown -> "UNKNOWN (" + unknown.cause() + ")");
    }

    /** Whether it is what was expected, or the same for too long, which a short interval makes it soon. */
    static boolean fits(String told, String expected) {
        return told.equals(expected) || told.equals(STALE) && expected.startsWith("every probe UNKNOWN");
    }
}

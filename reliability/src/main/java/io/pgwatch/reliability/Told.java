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
     * The raw levels of the newest sweep. What does not apply here, what another watch reads, and bloat that is still to be
     * measured or was found to be OK are left out: only one of the two watches measures it.
     */
    static String by(Report report) {
        Map<String, List<String>> states = new LinkedHashMap<>();
        int counted = 0;
        for (ProbeReport<?> probe : report.probes()) {
            String state = state(probe.verdict());
            boolean isOk = state.equals(Level.OK.name());
            if (probe.weighs() && !(probe.id().equals(ProbeIds.BLOAT) && (isOk || isToCome(probe.verdict())))) {
                counted++;
                if (!isOk) {
                    states.computeIfAbsent(state, any -> new ArrayList<>())
                            .add(probe.id().value());
                }
            }
        }
        return states.isEmpty() ? NOTHING : inWords(states, counted);
    }

    private static String inWords(Map<String, List<String>> states, int counted) {
        int told = states.values().stream().mapToInt(List::size).sum();
        return states.entrySet().stream()
                .map(one -> {
                    List<String> probes = one.getValue();
                    boolean others = told == counted && states.size() == 2 && probes.size() > counted / 2;
                    String which = probes.size() == counted
                            ? "every probe"
                            : others ? "every other probe" : String.join(", ", probes);
                    return which + " " + one.getKey();
                })
                .collect(Collectors.joining("; "));
    }

    private static <E> boolean isToCome(Verdict<E> verdict) {
        return verdict.fold(judged -> false, unknown -> unknown.cause() == Cause.NOT_YET);
    }

    private static <E> String state(Verdict<E> verdict) {
        return verdict.fold(judged -> judged.level().name(), unknown -> "UNKNOWN (" + unknown.cause() + ")");
    }

    /** Whether it is what was expected, or the same for too long, which a short interval makes it soon. */
    static boolean fits(String told, String expected) {
        return told.equals(expected) || told.equals(STALE) && expected.startsWith("every probe UNKNOWN");
    }
}

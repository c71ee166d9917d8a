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
    static final String EVERY_PROBE_BUT_BLOAT = "every probe but bloat";
    static final String STALE = "every probe UNKNOWN (STALE)";

    private Told() {}

    /**
     * The raw levels of the newest sweep. What does not apply here, what another watch reads, and bloat that is still to be
     * measured are left out.
     */
    static String by(Report report) {
        Map<String, List<String>> states = new LinkedHashMap<>();
        List<ProbeReport<?>> counted =
                report.probes().stream().filter(Told::counts).toList();
        for (ProbeReport<?> probe : counted) {
            String state = state(probe.verdict());
            if (!state.equals(Level.OK.name())) {
                states.computeIfAbsent(state, any -> new ArrayList<>())
                        .add(probe.id().value());
            }
        }
        return states.isEmpty()
                ? NOTHING
                : inWords(states, counted.size(), ok(report).contains(ProbeIds.BLOAT.value()));
    }

    /** The probes that should be able to see and cannot. */
    static List<String> unknown(Report report) {
        return having(Level.UNKNOWN, report);
    }

    /** The probes that say that all is well. */
    static List<String> ok(Report report) {
        return having(Level.OK, report);
    }

    private static List<String> having(Level level, Report report) {
        return report.probes().stream()
                .filter(probe -> counts(probe) && probe.verdict().level() == level)
                .map(probe -> probe.id().value())
                .toList();
    }

    private static boolean counts(ProbeReport<?> probe) {
        return probe.weighs() && !(probe.id().equals(ProbeIds.BLOAT) && isToCome(probe.verdict()));
    }

    private static String inWords(Map<String, List<String>> states, int counted, boolean bloatIsOk) {
        int told = states.values().stream().mapToInt(List::size).sum();
        return states.entrySet().stream()
                .map(one -> {
                    List<String> probes = one.getValue();
                    boolean others = told == counted && states.size() == 2 && probes.size() > counted / 2;
                    boolean butBloat = probes.size() == counted - 1 && bloatIsOk;
                    String which = probes.size() == counted
                            ? "every probe"
                            : butBloat
                                    ? EVERY_PROBE_BUT_BLOAT
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

    /**
     * Whether it is what was expected, or the same for too long, which a short interval makes it soon. Where bloat may be OK it
     * need not be: only one of the two watches measures it.
     */
    static boolean fits(String told, String expected) {
        return told.equals(expected)
                || told.equals(expected.replace(EVERY_PROBE_BUT_BLOAT, "every probe"))
                || told.equals(STALE) && expected.startsWith("every probe");
    }
}

package io.pgwatch.core;

import io.pgwatch.ProbeReport;
import io.pgwatch.Report;
import io.pgwatch.Sweep;
import io.pgwatch.probe.Finding;
import io.pgwatch.probe.Level;
import io.pgwatch.probe.ProbeId;
import io.pgwatch.probe.Remedy;
import io.pgwatch.probe.Verdict;
import io.pgwatch.snapshot.Cause;
import io.pgwatch.snapshot.Server;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Makes the next report of the previous one, the verdicts and the moment; a pure function. Only here findings are linked, a
 * level that has just calmed down is held, and the overall level is taken.
 */
final class Assembly {

    private Assembly() {}

    /**
     * The report that follows.
     *
     * @param previous null for a watch's first
     * @param verdicts one for each probe, in their order
     * @param server null to go on with the previous report's
     */
    static Report next(
            String watch,
            @Nullable Report previous,
            Map<ProbeId<?>, Verdict<?>> verdicts,
            Instant at,
            @Nullable Server server,
            Sweep sweep) {
        Map<String, Finding> found = verdicts.values().stream()
                .flatMap(verdict -> verdict.findings().stream())
                .collect(Collectors.toMap(Finding::id, Function.identity(), (one, same) -> one));
        Server known = server == null && previous != null ? previous.server() : server;
        boolean standby = known != null && known.standby();
        List<ProbeReport<?>> probes = verdicts.entrySet().stream()
                .<ProbeReport<?>>map(entry -> {
                    Verdict<?> linked = linked(entry.getValue(), found);
                    return report(entry.getKey(), standby ? grantedOnPrimary(linked) : linked, previous);
                })
                .toList();
        return new Report(watch, overall(probes), at, known, probes, sweep);
    }

    /** The same report when nothing new came for too long, or comes any more: nothing it says is news. */
    static Report stale(Report report, String detail) {
        List<ProbeReport<?>> probes = report.probes().stream()
                .<ProbeReport<?>>map(probe -> stale(probe, detail))
                .toList();
        return new Report(report.watch(), overall(probes), report.sampledAt(), report.server(), probes, report.sweep());
    }

    private static <E> ProbeReport<E> stale(ProbeReport<E> probe, String detail) {
        Verdict<E> unknown = new Verdict.Unknown<>(
                Cause.STALE, detail + "; before that: " + probe.verdict().summary());
        return new ProbeReport<>(probe.id(), Level.UNKNOWN, unknown, probe.lastJudged());
    }

    @SuppressWarnings("unchecked") // a verdict stands under the id of the probe that gave it
    private static <E> ProbeReport<E> report(ProbeId<E> id, Verdict<?> given, @Nullable Report previous) {
        Verdict<E> verdict = (Verdict<E>) given;
        Level before = Optional.ofNullable(previous)
                .flatMap(report -> report.find(id))
                .map(ProbeReport::lastJudged)
                .orElse(null);
        return verdict.fold(
                judged -> new ProbeReport<>(
                        id, before == null ? judged.level() : judged.level().or(before), verdict, judged.level()),
                unknown -> new ProbeReport<>(id, Level.UNKNOWN, verdict, before));
    }

    /** A finding may name what explains it; then it gets the root of them all. */
    private static <E> Verdict<E> linked(Verdict<E> verdict, Map<String, Finding> found) {
        return verdict.fold(
                judged -> judged.findings().isEmpty()
                        ? judged
                        : new Verdict.Judged<>(
                                judged.level(),
                                judged.summary(),
                                judged.evidence(),
                                judged.findings().stream()
                                        .map(finding -> finding.explainedBy(root(finding, found)))
                                        .toList()),
                unknown -> unknown);
    }

    /** A standby takes no GRANT, nor what else would change the database so that a probe can see. */
    private static <E> Verdict<E> grantedOnPrimary(Verdict<E> verdict) {
        return verdict.fold(judged -> judged, unknown -> {
            Remedy remedy = unknown.remedy();
            return remedy == null || remedy.sql() == null || remedy.impact() != Remedy.Impact.ONLINE
                    ? unknown
                    : new Verdict.Unknown<>(
                            unknown.cause(), unknown.detail(), remedy.onThePrimary(), unknown.partial());
        });
    }

    /** Null for a finding that stands for itself: what it names was not found in this sweep, or is explained by it in turn. */
    private static @Nullable String root(Finding finding, Map<String, Finding> found) {
        Set<String> passed = new HashSet<>();
        Finding root = finding;
        for (Finding next = finding; next != null; next = explainer(next, found)) {
            if (!passed.add(next.id())) {
                return null;
            }
            root = next;
        }
        return root.id().equals(finding.id()) ? null : root.id();
    }

    private static @Nullable Finding explainer(Finding finding, Map<String, Finding> found) {
        return finding.explainers().stream()
                .map(found::get)
                .filter(Objects::nonNull)
                .findFirst()
                .orElse(null);
    }

    /** The heaviest of those that weigh; UNKNOWN when none does, since then nobody has looked at anything. */
    private static Level overall(List<ProbeReport<?>> probes) {
        return probes.stream()
                .filter(ProbeReport::weighs)
                .map(ProbeReport::level)
                .reduce(Level::or)
                .orElse(Level.UNKNOWN);
    }
}

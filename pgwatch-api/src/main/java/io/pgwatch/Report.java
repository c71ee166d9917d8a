package io.pgwatch;

import static java.util.Objects.requireNonNull;

import io.pgwatch.probe.Level;
import io.pgwatch.probe.ProbeId;
import io.pgwatch.probe.Verdict;
import io.pgwatch.snapshot.Cause;
import io.pgwatch.snapshot.Server;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * All verdicts of one moment. Immutable.
 *
 * @param watch the name of the watch
 * @param level the heaviest in the order OK, UNKNOWN, WARNING, CRITICAL of the probes that weigh; UNKNOWN where none does
 * @param sampledAt the moment of the sweep that it is made from, by the clock of this JVM
 * @param server which server answered; null while none ever did
 * @param probes one entry a probe, in the watch's order
 * @param sweep how long it took, and how many have failed so far
 */
public record Report(
        String watch,
        Level level,
        Instant sampledAt,
        @Nullable Server server,
        List<ProbeReport<?>> probes,
        Sweep sweep) {

    public Report {
        requireNonNull(watch, "watch");
        requireNonNull(level, "level");
        requireNonNull(sampledAt, "sampledAt");
        requireNonNull(sweep, "sweep");
        probes = List.copyOf(probes);
    }

    /** The verdict of a probe; Unknown with {@link Cause#NOT_APPLICABLE} for a probe that this watch does not run. */
    public <E> Verdict<E> verdict(ProbeId<E> id) {
        return find(id).map(ProbeReport::verdict)
                .orElseGet(() -> new Verdict.Unknown<>(Cause.NOT_APPLICABLE, "probe " + id + " is not enabled"));
    }

    /** What the report says of a probe; empty for a probe that this watch does not run. */
    @SuppressWarnings("unchecked") // equal ids have one type of evidence
    public <E> Optional<ProbeReport<E>> find(ProbeId<E> id) {
        for (ProbeReport<?> probe : probes) {
            if (probe.id().equals(id)) {
                return Optional.of((ProbeReport<E>) probe);
            }
        }
        return Optional.empty();
    }

    /** Whether nothing new came for too long, or comes any more: every probe is UNKNOWN then, because of STALE. */
    public boolean isStale() {
        return probes.stream().allMatch(probe -> isStale(probe.verdict()));
    }

    private static <E> boolean isStale(Verdict<E> verdict) {
        return verdict.fold(judged -> false, unknown -> unknown.cause() == Cause.STALE);
    }

    /** The ids of the probes that should be able to see and cannot. */
    public List<String> unknown() {
        return probes.stream()
                .filter(probe -> probe.verdict().level() == Level.UNKNOWN && probe.weighs())
                .map(probe -> probe.id().value())
                .toList();
    }

    /** How old what it says is, never negative. */
    public Duration age(Instant now) {
        Duration age = Duration.between(sampledAt, now);
        return age.isNegative() ? Duration.ZERO : age;
    }

    /** The report for a terminal of 100 columns. */
    public String text() {
        return text(Clock.systemUTC().instant());
    }

    /** The report for a terminal of 100 columns, its age counted to the given moment. */
    public String text(Instant now) {
        return new ReportText(this, now).toString();
    }

    /** The report as one JSON object. Evidence keeps the names of its record components; an unknown number is null. */
    public String json() {
        return json(Clock.systemUTC().instant());
    }

    /** The report as one JSON object, its age counted to the given moment. */
    public String json(Instant now) {
        return ReportJson.of(this, now);
    }
}

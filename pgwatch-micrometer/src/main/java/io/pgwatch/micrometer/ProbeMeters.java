package io.pgwatch.micrometer;

import io.pgwatch.ProbeReport;
import io.pgwatch.Report;
import io.pgwatch.probe.Level;
import io.pgwatch.probe.Probe;
import io.pgwatch.probe.ProbeId;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/** A probe's level, and its measures. */
final class ProbeMeters<E> {

    private final ProbeId<E> id;
    private final Series level;
    private final Series known;
    private final List<MeasureMeters<E>> measures;

    ProbeMeters(Probe<E> probe, Naming naming, int maxSeries) {
        this.id = probe.id();
        this.level = naming.series(
                "probe.level", "", "0 OK, 1 warning, 2 critical; no value while unknown", "probe", id.value());
        this.known = naming.series(
                "probe.known",
                "",
                "1 when judged, 0 when it should be and cannot; no value where it does not apply",
                "probe",
                id.value());
        this.measures = probe.measures().stream()
                .map(measure -> new MeasureMeters<>(measure, naming, maxSeries))
                .toList();
    }

    void update(Report report, long now, Failures failures) {
        Optional<ProbeReport<E>> found = report.find(id);
        level.set(found.map(probe -> valueOf(probe.level())).orElse(Double.NaN));
        known.set(found.map(ProbeMeters::known).orElse(Double.NaN));
        Optional<E> evidence = found.flatMap(probe -> probe.verdict().seen());
        for (MeasureMeters<E> measure : measures) {
            failures.attempt(() -> measure.update(evidence, now));
        }
    }

    private static double valueOf(Level level) {
        return switch (level) {
            case OK -> 0;
            case UNKNOWN -> Double.NaN;
            case WARNING -> 1;
            case CRITICAL -> 2;
        };
    }

    private static double known(ProbeReport<?> probe) {
        if (!probe.weighs()) {
            return Double.NaN;
        }
        return probe.verdict().fold(judged -> 1.0, unknown -> 0.0);
    }

    void addTo(Collection<Published> all) {
        all.add(level);
        all.add(known);
        measures.forEach(measure -> measure.addTo(all));
    }
}

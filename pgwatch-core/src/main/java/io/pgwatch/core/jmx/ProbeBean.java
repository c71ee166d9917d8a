package io.pgwatch.core.jmx;

import io.pgwatch.PgWatch;
import io.pgwatch.ProbeReport;
import io.pgwatch.Report;
import io.pgwatch.probe.Finding;
import io.pgwatch.probe.Level;
import io.pgwatch.probe.Measure;
import io.pgwatch.probe.Probe;
import io.pgwatch.probe.ProbeId;
import io.pgwatch.probe.Remedy;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import javax.management.openmbean.SimpleType;
import javax.management.openmbean.TabularType;
import org.jspecify.annotations.Nullable;

/**
 * The MBean of a probe. Nothing about any probe is written here: its measures become numbers, its evidence's lists become
 * tables, and what else is in its evidence becomes attributes too, but for numbers that a measure gives already.
 */
final class ProbeBean<E> {

    private static final OpenTable FINDINGS = OpenTable.of(FindingRow.class);

    private final Probe<E> probe;
    private final Map<String, ReportAttribute> attributes = new LinkedHashMap<>();

    ProbeBean(Probe<E> probe) {
        this.probe = probe;
    }

    private record FindingRow(
            String id,
            Level level,
            String subject,
            String summary,
            @Nullable String cause,
            @Nullable String explainedBy,
            @Nullable String remedy,
            @Nullable String remedySql,
            Remedy.@Nullable Impact impact) {

        static FindingRow of(Finding finding) {
            Remedy remedy = finding.remedy();
            return new FindingRow(
                    finding.id(),
                    finding.level(),
                    finding.subject(),
                    finding.summary(),
                    finding.cause(),
                    finding.explainedBy(),
                    remedy == null ? null : remedy.text(),
                    remedy == null ? null : remedy.sql(),
                    remedy == null ? null : remedy.impact());
        }
    }

    ReportBean of(PgWatch watch, LevelChanges changes) {
        addJudgement();
        probe.measures().forEach(this::addMeasure);
        Set<String> measured = Measured.components(probe.id().evidence(), probe.measures());
        OpenRecord.Part.of(probe.id().evidence(), 0).stream()
                .filter(part -> !measured.contains(part.name()))
                .forEach(this::addEvidence);
        ReportBean.Subject subject = new ReportBean.Subject(
                watch.name() + " " + probe.id(),
                probe.question(),
                report -> level(Optional.of(report)),
                report -> summary(Optional.of(report)));
        return new ReportBean(subject, List.copyOf(attributes.values()), List.of(), watch::latest, changes);
    }

    private void addJudgement() {
        Levels.attributes("OK, UNKNOWN, WARNING or CRITICAL", this::level).forEach(this::add);
        add(new ReportAttribute(
                "Summary", "What it found, or why it cannot say", "", SimpleType.STRING, report -> summary(report)));
        add(new ReportAttribute(
                "Findings",
                "The problems found and what to do about them, by id",
                "",
                FINDINGS.type(),
                report -> find(report)
                        .map(found -> FINDINGS.data(found.verdict().findings().stream()
                                .map(FindingRow::of)
                                .toList()))
                        .orElse(null)));
    }

    private void addMeasure(Measure<E> measure) {
        ProbeId<E> id = probe.id();
        String description = measure.tagKeys().isEmpty()
                ? measure.description()
                : measure.description() + "; of the worst " + String.join(", ", measure.tagKeys());
        Function<Optional<Report>, @Nullable Object> value =
                report -> evidence(report).map(seen -> worst(measure, seen)).orElse(Double.NaN);
        String name = Names.attribute(measure.name(), id.value());
        add(new ReportAttribute(
                attributes.containsKey(name) ? Names.camel(measure.name()) : name,
                description,
                measure.unit(),
                SimpleType.DOUBLE,
                value));
    }

    private static <E> double worst(Measure<E> measure, E evidence) {
        List<Double> values = new ArrayList<>();
        try {
            measure.source().read(evidence, (tagValues, value) -> values.add(value));
        } catch (RuntimeException e) {
            return Double.NaN;
        }
        return values.isEmpty() ? Double.NaN : values.get(0);
    }

    private void addEvidence(OpenRecord.Part part) {
        String name = Names.capitalized(part.name());
        boolean table = part.form().type() instanceof TabularType;
        Object unknown = part.form().type().equals(SimpleType.DOUBLE) ? Double.NaN : null;
        add(new ReportAttribute(
                table && attributes.containsKey(name) ? name + "Rows" : name,
                "Evidence: " + Names.ofCamel(part.name()),
                Names.unit(part.name()),
                part.form().type(),
                report -> evidence(report).map(part::of).orElse(unknown)));
    }

    /** What comes first keeps its name: what every probe has, then measures, then evidence. */
    private void add(ReportAttribute attribute) {
        attributes.putIfAbsent(attribute.name(), attribute);
    }

    private Optional<ProbeReport<E>> find(Optional<Report> report) {
        return report.flatMap(all -> all.find(probe.id()));
    }

    private Optional<E> evidence(Optional<Report> report) {
        return find(report).flatMap(found -> found.verdict().seen());
    }

    private Level level(Optional<Report> report) {
        return find(report).map(ProbeReport::level).orElse(Level.UNKNOWN);
    }

    private String summary(Optional<Report> report) {
        return find(report).map(found -> found.summary()).orElse(WatchBean.NO_REPORT);
    }
}

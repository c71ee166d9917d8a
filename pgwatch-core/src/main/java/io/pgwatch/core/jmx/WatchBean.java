package io.pgwatch.core.jmx;

import io.pgwatch.PgWatch;
import io.pgwatch.ProbeReport;
import io.pgwatch.Report;
import io.pgwatch.probe.Level;
import io.pgwatch.probe.Probe;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import javax.management.MBeanOperationInfo;
import javax.management.openmbean.SimpleType;
import org.jspecify.annotations.Nullable;

/** The MBean of a watch: the whole report. */
final class WatchBean {

    static final String NO_REPORT = "no report yet";

    private static final OpenTable PROBES = OpenTable.of(ProbeRow.class);

    private WatchBean() {}

    private record ProbeRow(String id, Level level, int levelValue, String summary, String question) {

        static ProbeRow of(Probe<?> probe, Optional<Report> report) {
            Optional<? extends ProbeReport<?>> found = report.flatMap(all -> all.find(probe.id()));
            Level level = found.map(ProbeReport::level).orElse(Level.UNKNOWN);
            return new ProbeRow(
                    probe.id().value(),
                    level,
                    Levels.valueOf(level),
                    found.map(one -> one.summary()).orElse(NO_REPORT),
                    probe.question());
        }
    }

    static ReportBean of(PgWatch watch, LevelChanges changes, Clock clock) {
        ReportBean.Subject subject = new ReportBean.Subject(
                watch.name(),
                "The health of PostgreSQL as watch " + watch.name() + " sees it",
                Report::level,
                report -> summary(report));
        return new ReportBean(subject, attributes(watch, clock), operations(watch, clock), watch::latest, changes);
    }

    private static List<ReportAttribute> attributes(PgWatch watch, Clock clock) {
        List<ReportAttribute> attributes = new ArrayList<>(Levels.attributes(
                "The heaviest of the probes' levels: OK, UNKNOWN, WARNING or CRITICAL",
                report -> report.map(Report::level).orElse(Level.UNKNOWN)));
        Collections.addAll(
                attributes,
                new ReportAttribute(
                        "SampledAt",
                        "When what the report says was read",
                        "",
                        SimpleType.DATE,
                        orNull(report -> Date.from(report.sampledAt()))),
                new ReportAttribute(
                        "SampleAgeSeconds",
                        "Time since what the report says was read",
                        "seconds",
                        SimpleType.DOUBLE,
                        report -> report.map(known -> known.age(clock.instant()).toMillis() / 1e3)
                                .orElse(Double.NaN)),
                new ReportAttribute(
                        "Summary",
                        "What the probes of the heaviest level say; what all say where none counts",
                        "",
                        SimpleType.STRING,
                        report -> report.map(WatchBean::summary).orElse(NO_REPORT)),
                new ReportAttribute(
                        "Probes",
                        "Level and summary of each probe, by its id",
                        "",
                        PROBES.type(),
                        report -> PROBES.data(watch.probes().stream()
                                .map(probe -> ProbeRow.of(probe, report))
                                .toList())));
        return attributes;
    }

    private static List<ReportOperation> operations(PgWatch watch, Clock clock) {
        return List.of(
                new ReportOperation(
                        "refresh",
                        "Asks for a sweep soon and returns at once; requests within a second are answered by one sweep",
                        SimpleType.VOID,
                        MBeanOperationInfo.ACTION,
                        () -> {
                            watch.refresh();
                            return null;
                        }),
                new ReportOperation(
                        "report",
                        "The newest report as text of 100 columns",
                        SimpleType.STRING,
                        MBeanOperationInfo.INFO,
                        () -> watch.latest()
                                .map(report -> report.text(clock.instant()))
                                .orElse(NO_REPORT)));
    }

    private static String summary(Report report) {
        if (report.level() == Level.OK) {
            return "all probes are OK";
        }
        List<ProbeReport<?>> heaviest = report.probes().stream()
                .filter(probe -> probe.level() == report.level() && probe.weighs())
                .toList();
        return (heaviest.isEmpty() ? report.probes() : heaviest)
                .stream().map(probe -> probe.id() + ": " + probe.summary()).collect(Collectors.joining("; "));
    }

    private static Function<Optional<Report>, @Nullable Object> orNull(Function<Report, Object> value) {
        return report -> report.map(value).orElse(null);
    }
}

package io.pgwatch;

import io.pgwatch.probe.Finding;
import io.pgwatch.probe.Level;
import io.pgwatch.probe.Remedy;
import io.pgwatch.snapshot.Cause;
import io.pgwatch.snapshot.Server;
import java.time.Clock;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The JSON shape of reports; whatever shows one as JSON shows this. Its records name and order what JSON shows. */
final class ReportJson {

    private ReportJson() {}

    private record ReportsView(Map<String, @Nullable ReportView> watches) {}

    private record ReportView(
            String watch,
            Level level,
            Instant sampledAt,
            double ageSeconds,
            List<String> unknown,
            @Nullable ServerView server,
            Map<String, Record> probes) {}

    private record ServerView(
            @Nullable String id,
            String host,
            int port,
            String version,
            String database,
            boolean standby,
            @Nullable String pooler) {}

    private record JudgedView(
            Level level, Level rawLevel, String summary, Object evidence, List<FindingView> findings) {}

    private record FindingView(
            String id,
            Level level,
            String subject,
            String summary,
            @Nullable String cause,
            @Nullable Remedy remedy,
            @Nullable String explainedBy) {}

    private record UnknownView(
            Level level, String summary, @Nullable Object evidence, MissingView missing) {}

    private record MissingView(
            Cause cause, String detail, @Nullable Remedy remedy) {}

    static String of(PgWatches watches) {
        Instant now = Clock.systemUTC().instant();
        Map<String, @Nullable ReportView> views = new LinkedHashMap<>();
        for (PgWatch watch : watches.all()) {
            views.put(
                    watch.name(),
                    watch.latest().map(report -> view(report, now)).orElse(null));
        }
        return Json.of(new ReportsView(views));
    }

    static String of(Report report, Instant now) {
        return Json.of(view(report, now));
    }

    private static ReportView view(Report report, Instant now) {
        Map<String, Record> probes = new LinkedHashMap<>();
        for (ProbeReport<?> probe : report.probes()) {
            probes.put(probe.id().value(), view(probe));
        }
        return new ReportView(
                report.watch(),
                report.level(),
                report.sampledAt(),
                report.age(now).toMillis() / 1e3,
                report.unknown(),
                view(report.server()),
                probes);
    }

    private static <E> Record view(ProbeReport<E> probe) {
        return probe.verdict()
                .fold(
                        judged -> new JudgedView(
                                probe.level(),
                                judged.level(),
                                probe.summary(),
                                judged.evidence(),
                                judged.findings().stream().map(ReportJson::view).toList()),
                        unknown -> new UnknownView(
                                probe.level(),
                                probe.summary(),
                                unknown.partial(),
                                new MissingView(unknown.cause(), unknown.detail(), unknown.remedy())));
    }

    private static FindingView view(Finding finding) {
        return new FindingView(
                finding.id(),
                finding.level(),
                finding.subject(),
                finding.summary(),
                finding.cause(),
                finding.remedy(),
                finding.explainedBy());
    }

    private static @Nullable ServerView view(@Nullable Server server) {
        return server == null
                ? null
                : new ServerView(
                        server.id(),
                        server.host(),
                        server.port(),
                        server.version(),
                        server.database(),
                        server.standby(),
                        server.pooler() == null ? null : server.pooler().toString());
    }
}

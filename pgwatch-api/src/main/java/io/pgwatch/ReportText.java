package io.pgwatch;

import io.pgwatch.probe.Finding;
import io.pgwatch.probe.Remedy;
import io.pgwatch.snapshot.Server;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;

/**
 * The report for people, in lines of at most 100 columns: one line a probe, then each problem with its cause and what to
 * do. SQL is never wrapped, so that it can be pasted.
 */
final class ReportText {

    private static final int WIDTH = 100;

    /** Between words, but not between a number and its unit. */
    private static final Pattern GAP = Pattern.compile("\\s+(?!(?:M|%|s|min|h|days)(?:[\\s,;.)]|$))");

    private final StringBuilder out = new StringBuilder(1024);
    private final int idWidth;

    ReportText(Report report, Instant now) {
        this.idWidth = report.probes().stream()
                .mapToInt(probe -> probe.id().value().length())
                .max()
                .orElse(0);
        line(report.watch() + ": " + report.level() + ", " + age(report.age(now)) + " ago"
                + (report.server() == null ? "" : ", " + server(report.server())));
        line("");
        report.probes().forEach(this::probe);
        roots(report).forEach(root -> problem(root, report));
        report.probes().forEach(this::blind);
    }

    private static List<Finding> roots(Report report) {
        return report.probes().stream()
                .flatMap(probe -> probe.verdict().findings().stream())
                .filter(finding -> finding.explainedBy() == null)
                .sorted((a, b) -> b.level().compareTo(a.level()))
                .toList();
    }

    private void probe(ProbeReport<?> probe) {
        String indent = " ".repeat(2 + 8 + 2 + idWidth + 2);
        String head = String.format("  %-8s  %-" + Math.max(1, idWidth) + "s  ", probe.level(), probe.id());
        wrap(head, indent, probe.summary());
    }

    private void problem(Finding finding, Report report) {
        line("");
        boolean said = report.probes().stream()
                .anyMatch(probe -> probe.verdict().summary().equals(finding.summary()));
        String head = said ? finding.subject() : finding.subject() + ": " + finding.summary();
        wrap(String.format("%-8s  ", finding.level()), " ".repeat(10), head);
        if (finding.cause() != null) {
            wrap("  because ", " ".repeat(10), finding.cause());
        }
        report.probes().stream()
                .flatMap(probe -> probe.verdict().findings().stream())
                .filter(other -> Objects.equals(other.explainedBy(), finding.id()))
                .forEach(other -> wrap("  so      ", " ".repeat(10), other.subject() + ": " + other.summary()));
        if (finding.remedy() != null) {
            remedy(finding.remedy());
        }
    }

    private void blind(ProbeReport<?> probe) {
        probe.verdict().fold(judged -> null, unknown -> {
            if (unknown.remedy() != null) {
                line("");
                wrap("UNKNOWN   ", " ".repeat(10), probe.id() + ": " + unknown.detail());
                remedy(unknown.remedy());
            }
            return null;
        });
    }

    private void remedy(Remedy remedy) {
        wrap(
                "  do      ",
                " ".repeat(10),
                remedy.text() + " (" + remedy.impact().inWords() + ")");
        if (remedy.sql() != null) {
            remedy.sql().lines().forEach(sql -> line(" ".repeat(12) + sql));
        }
    }

    private static String server(Server server) {
        return "PostgreSQL " + server.version() + (server.standby() ? " (standby)" : "") + ", " + server.database()
                + " at " + server.host() + ":" + server.port();
    }

    private static String age(Duration age) {
        long seconds = age.toSeconds();
        if (seconds < 120) {
            return seconds + " s";
        }
        return seconds < 7200 ? seconds / 60 + " min" : seconds / 3600 + " h";
    }

    private void wrap(String head, String indent, String text) {
        List<String> lines = new ArrayList<>();
        StringBuilder current = new StringBuilder(head);
        boolean fresh = true;
        for (String word : GAP.split(text.strip())) {
            if (!fresh && current.length() + 1 + word.length() > WIDTH) {
                lines.add(current.toString());
                current = new StringBuilder(indent);
                fresh = true;
            }
            current.append(fresh ? "" : " ").append(word);
            fresh = false;
        }
        lines.add(current.toString());
        lines.forEach(this::line);
    }

    /** Names come from users: what would steer a terminal is shown as a question mark. */
    private void line(String text) {
        out.append(text.stripTrailing().replaceAll("[\\p{Cc}\\u202a-\\u202e\\u2066-\\u2069]", "?"))
                .append('\n');
    }

    @Override
    public String toString() {
        return out.toString();
    }
}

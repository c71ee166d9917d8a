package io.pgwatch;

import io.pgwatch.probe.Finding;
import io.pgwatch.probe.Level;
import io.pgwatch.probe.Remedy;
import io.pgwatch.probe.Verdict;
import io.pgwatch.snapshot.Server;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The report for people, in lines of at most 100 columns: one line a probe, then each story: a problem that nothing else
 * explains, why it is there, what follows from it, what to do first and what then. SQL is never wrapped, so that it can be
 * pasted.
 */
final class ReportText {

    private static final int WIDTH = 100;

    private static final String INDENT = " ".repeat(10);

    /** Of what follows from a problem, so many are named. */
    private static final int MOST_NAMED = 5;

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
        Map<String, String> reasons = new HashMap<>();
        report.probes().forEach(probe -> probe(probe, reasons));
        stories(report).forEach(story -> tell(story, report));
        blind(report);
    }

    /** A problem that nothing else explains, and what it explains. */
    private record Story(Finding root, List<Finding> effects) {

        Level level() {
            return effects.stream().map(Finding::level).reduce(root.level(), Level::or);
        }
    }

    private static List<Story> stories(Report report) {
        List<Finding> findings = report.probes().stream()
                .flatMap(probe -> probe.verdict().findings().stream())
                .toList();
        return findings.stream()
                .filter(finding -> finding.explainedBy() == null)
                .map(root -> new Story(
                        root,
                        findings.stream()
                                .filter(other -> Objects.equals(other.explainedBy(), root.id()))
                                .sorted(Comparator.comparing(Finding::level).reversed())
                                .toList()))
                .sorted(Comparator.comparing(Story::level).reversed())
                .toList();
    }

    /** A reason that several have for knowing nothing, as when the server is gone, is told once. */
    private void probe(ProbeReport<?> probe, Map<String, String> reasons) {
        String indent = " ".repeat(2 + 8 + 2 + idWidth + 2);
        String head = String.format("  %-8s  %-" + Math.max(1, idWidth) + "s  ", probe.level(), probe.id());
        String first = unknown(probe) == null
                ? null
                : reasons.putIfAbsent(probe.summary(), probe.id().value());
        wrap(head, indent, first == null ? probe.summary() : "the same as " + first);
    }

    private void tell(Story story, Report report) {
        line("");
        Finding root = story.root();
        boolean said = report.probes().stream()
                .anyMatch(probe -> probe.verdict().summary().equals(root.summary()));
        String head = said ? root.subject() : inWords(root);
        wrap(String.format("%-8s  ", story.level()), INDENT, head);
        if (root.cause() != null) {
            wrap("  because ", INDENT, root.cause());
        }
        List<Finding> effects = story.effects();
        effects.stream().limit(MOST_NAMED).forEach(effect -> wrap("  so      ", INDENT, inWords(effect)));
        if (effects.size() > MOST_NAMED) {
            line("  so      " + (effects.size() - MOST_NAMED) + " more like these");
        }
        String when = "  do      ";
        Set<String> pasted = new HashSet<>();
        for (Finding finding : inOrder(story)) {
            Remedy remedy = finding.remedy();
            if (remedy != null
                    && (remedy.sql() == null
                            || pasted.addAll(remedy.sql().lines().toList()))) {
                remedy(when, remedy);
                when = "  then    ";
            }
        }
    }

    private static String inWords(Finding finding) {
        return finding.summary().startsWith(finding.subject())
                ? finding.summary()
                : finding.subject() + ": " + finding.summary();
    }

    private static List<Finding> inOrder(Story story) {
        return Stream.concat(Stream.of(story.root()), story.effects().stream().limit(MOST_NAMED))
                .toList();
    }

    /** What would let probes see, once for all that say the same. */
    private void blind(Report report) {
        Map<Verdict.Unknown<?>, List<String>> blind = new LinkedHashMap<>();
        for (ProbeReport<?> probe : report.probes()) {
            Verdict.Unknown<?> unknown = unknown(probe);
            if (unknown != null && unknown.remedy() != null) {
                blind.computeIfAbsent(unknown, any -> new ArrayList<>())
                        .add(probe.id().value());
            }
        }
        blind.forEach((unknown, ids) -> {
            line("");
            wrap("UNKNOWN   ", INDENT, String.join(", ", ids) + ": " + unknown.detail());
            remedy("  do      ", Objects.requireNonNull(unknown.remedy()));
        });
    }

    private static Verdict.@Nullable Unknown<?> unknown(ProbeReport<?> probe) {
        return probe.verdict() instanceof Verdict.Unknown<?> unknown ? unknown : null;
    }

    private void remedy(String when, Remedy remedy) {
        wrap(when, INDENT, remedy.text() + " (" + remedy.impact().inWords() + ")");
        if (remedy.sql() != null) {
            remedy.sql().lines().forEach(sql -> line(" ".repeat(12) + sql));
        }
    }

    private static String server(Server server) {
        return "PostgreSQL " + server.version() + (server.standby() ? " (standby)" : "") + behind(server) + ", "
                + server.database() + " at " + server.host() + ":" + server.port();
    }

    private static String behind(Server server) {
        if (server.pooler() == null) {
            return "";
        }
        return server.pooler() == Server.Pooler.TRANSACTION
                ? " behind a pooler in transaction mode"
                : " behind a pooler";
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

    /** Names come from users: what would steer a terminal, or hide, is shown as a question mark. */
    private void line(String text) {
        out.append(text.stripTrailing().replaceAll("[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}]", "?"))
                .append('\n');
    }

    @Override
    public String toString() {
        return out.toString();
    }
}

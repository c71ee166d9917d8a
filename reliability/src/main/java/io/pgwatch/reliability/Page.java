package io.pgwatch.reliability;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** The tables of docs/reliability.md: what is told, which every run checks, and the figures of the last run of all faults. */
final class Page {

    private static final Path FILE = Path.of("..", "docs", "reliability.md");

    private static final String WORDS =
            "| what breaks | what both watches tell | recovered within |\n| --- | --- | --- |\n";

    private static final String FIGURES =
            "| what breaks | told after | recovered after | health | scrape | JMX | threads more | connections"
                    + " | sessions | closed meanwhile | closed after it | left after close |\n"
                    + "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n";

    private Page() {}

    /** Compares, or with {@code -Dpgwatch.write-docs} writes, what every run knows. */
    static void assertDocumented(List<Fault> all) throws IOException {
        String table = WORDS + all.stream().map(Page::words).collect(Collectors.joining());
        if (isWanted()) {
            replace(WORDS, table);
        }
        assertThat(Files.readString(FILE))
                .as("-Dpgwatch.write-docs writes it anew")
                .contains(table + "\n");
    }

    /** Writes, if asked to, what was measured; rows of faults that were not tried stay as they are. */
    static void writeFigures(List<Outcome> outcomes) throws IOException {
        if (isWanted()) {
            List<String> rows =
                    new ArrayList<>(outcomes.stream().map(Page::figures).toList());
            String page = Files.readString(FILE);
            page.substring(page.indexOf(FIGURES)).lines().forEach(line -> rows.add(line + "\n"));
            replace(
                    FIGURES,
                    FIGURES
                            + Faults.all().stream()
                                    .map(fault -> rowOf(fault, rows))
                                    .collect(Collectors.joining()));
        }
    }

    private static String rowOf(Fault fault, List<String> rows) {
        return rows.stream()
                .filter(row -> row.startsWith("| " + fault.happening() + " |"))
                .findFirst()
                .orElse("");
    }

    /** Whether the page is to be written. */
    static boolean isWanted() {
        return System.getProperty("pgwatch.write-docs") != null;
    }

    private static String words(Fault fault) {
        return "| " + fault.happening() + " | " + fault.told()
                + (fault.momentary() ? ", once" : "") + (fault.untouched() ? "; the application's: nothing" : "")
                + " | "
                + fault.recovery().words() + " |\n";
    }

    static String figures(Outcome one) {
        return String.format(
                Locale.ROOT,
                "| %s | %.1f s | %s | %s | %s | %s | %d | %d | %s | %.1f s | %.1f s | %s |%n",
                one.fault().happening(),
                one.toldAfter(),
                one.recoveredAfter().isPresent()
                        ? inSeconds(one.recoveredAfter().getAsDouble())
                        : "not waited for",
                one.cost().health().inWords(),
                one.cost().scrape().inWords(),
                one.cost().jmx().inWords(),
                one.threads(),
                one.connections(),
                one.sessions().isPresent() ? one.sessions().getAsInt() : "–",
                one.closedMeanwhile(),
                one.closedAfter(),
                one.left().isEmpty() ? "nothing" : String.join(", ", one.left()));
    }

    private static String inSeconds(double seconds) {
        return String.format(Locale.ROOT, "%.1f s", seconds);
    }

    /** A table begins with its head and ends with an empty line, or the page. */
    private static void replace(String head, String table) throws IOException {
        String page = Files.readString(FILE);
        int begin = page.indexOf(head);
        int end = page.indexOf("\n\n", begin);
        assertThat(begin).as("where the table begins: " + head).isNotNegative();
        Files.writeString(FILE, page.substring(0, begin) + table + (end < 0 ? "\n" : page.substring(end + 1)));
    }
}

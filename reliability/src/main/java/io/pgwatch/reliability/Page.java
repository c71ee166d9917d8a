package io.pgwatch.reliability;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** The tables of docs/reliability.md: what is told, which every run checks, and the figures of the last run of all faults. */
final class Page {

    private static final Path FILE = Path.of("..", "docs", "reliability.md");

    private static final String WORDS =
            "| what breaks | what both watches tell | recovered within |\n| --- | --- | --- |\n";

    private static final String FIGURES =
            "| what breaks | told after | recovered after | health | scrape | JMX | threads more"
                    + " | connections | closed after |\n| --- | --- | --- | --- | --- | --- | --- | --- | --- |\n";

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

    /** Writes, if asked to, what was measured when all faults were tried. */
    static void writeFigures(List<Outcome> outcomes) throws IOException {
        if (isWanted()) {
            replace(FIGURES, FIGURES + outcomes.stream().map(Page::figures).collect(Collectors.joining()));
        }
    }

    private static boolean isWanted() {
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
                "| %s | %.1f s | %.1f s | %s | %s | %s | %d | %d | %.1f s |%n",
                one.fault().happening(),
                one.toldAfter(),
                one.recoveredAfter(),
                Cost.inWords(one.cost().health()),
                Cost.inWords(one.cost().scrape()),
                Cost.inWords(one.cost().jmx()),
                one.threads(),
                one.connections(),
                one.closedAfter());
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

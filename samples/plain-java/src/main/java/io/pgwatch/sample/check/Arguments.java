package io.pgwatch.sample.check;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the command line asks for.
 *
 * @param longestWait how long to wait for the first reading of every probe
 * @param top how many rows of each list in the evidence to show
 */
record Arguments(String url, boolean json, boolean watch, Duration longestWait, int top) {

    static final String USAGE = """
            Usage: check.sh [--json] [--watch] [--wait 30s] [--top N] JDBC_URL

            Reports on a PostgreSQL database, once or until stopped.

              --json      one JSON object a report instead of text
              --watch     go on with a report every 15 seconds; Ctrl-C ends it
              --wait 30s  how long to wait until every probe has had its first reading
              --top N     at most N rows in each list of the evidence (in JSON)

            JDBC_URL is such as jdbc:postgresql://localhost:5432/orders?user=me. The password comes
            from the URL, PGPASSWORD or .pgpass.

            Exit code: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN, or no report at all.""";

    private static final Pattern TIME = Pattern.compile("(\\d{1,7})(ms|s|m)");

    /**
     * Reads them.
     *
     * @throws IllegalArgumentException if they are wrong; the message says what is
     */
    static Arguments of(String... words) {
        Deque<String> rest = new ArrayDeque<>(List.of(words));
        String url = null;
        boolean json = false;
        boolean watch = false;
        Duration longestWait = Duration.ofSeconds(30);
        int top = Integer.MAX_VALUE;
        while (!rest.isEmpty()) {
            String word = rest.pop();
            switch (word) {
                case "--json" -> json = true;
                case "--watch" -> watch = true;
                case "--wait" -> longestWait = time(word, rest.poll());
                case "--top" -> top = count(word, rest.poll());
                default -> {
                    if (word.startsWith("-")) {
                        throw new IllegalArgumentException(
                                "unknown option '" + word + "'; there are --json, --watch, --wait, --top and --help");
                    }
                    if (url != null) {
                        throw new IllegalArgumentException("want one JDBC URL, got a second one");
                    }
                    url = word;
                }
            }
        }
        if (url == null) {
            throw new IllegalArgumentException(
                    "want a JDBC URL such as jdbc:postgresql://localhost:5432/orders?user=me");
        }
        return new Arguments(url, json, watch, longestWait, top);
    }

    private static Duration time(String option, String text) {
        Matcher time = TIME.matcher(text == null ? "" : text);
        if (!time.matches()) {
            throw wrong(option, "a time such as 500ms, 30s or 2m", text);
        }
        long amount = Long.parseLong(time.group(1));
        return switch (time.group(2)) {
            case "ms" -> Duration.ofMillis(amount);
            case "s" -> Duration.ofSeconds(amount);
            default -> Duration.ofMinutes(amount);
        };
    }

    private static int count(String option, String text) {
        if (text == null || !text.matches("[1-9]\\d{0,8}")) {
            throw wrong(option, "a whole number from 1 on", text);
        }
        return Integer.parseInt(text);
    }

    private static IllegalArgumentException wrong(String option, String wanted, String text) {
        return new IllegalArgumentException(
                "want " + wanted + " after " + option + ", got " + (text == null ? "nothing" : "'" + text + "'"));
    }
}

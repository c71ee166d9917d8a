package io.pgwatch.benchmarks;

import io.pgwatch.testsupport.PgServer;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** The logins of the watches' role since some moment, as the server's log tells them. */
final class Logins {

    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss.SSS");
    private static final Pattern LOGIN =
            Pattern.compile("^(\\S+ \\S+) .*connection authorized: user=app database=app.*");
    private static final int STEP = 5;

    private final PgServer server;
    private final int from;

    Logins(PgServer server) {
        this.server = server;
        this.from = server.log().length();
    }

    int count() {
        return moments().size();
    }

    private List<LocalDateTime> moments() {
        return server.log()
                .substring(from)
                .lines()
                .map(LOGIN::matcher)
                .filter(line -> line.matches())
                .map(line -> LocalDateTime.parse(line.group(1), TIME))
                .toList();
    }

    /** How many, by the time since the first. */
    String text() {
        List<LocalDateTime> moments = moments();
        Map<Long, Integer> bySecond = new TreeMap<>();
        Map<Long, Integer> bySpan = new TreeMap<>();
        for (LocalDateTime moment : moments) {
            long second = ChronoUnit.SECONDS.between(moments.get(0), moment);
            bySecond.merge(second, 1, Integer::sum);
            bySpan.merge(second / STEP * STEP, 1, Integer::sum);
        }
        TextTable table = new TextTable("seconds since the first login", "logins");
        bySpan.forEach((second, count) -> table.row(second + " to " + (second + STEP), Integer.toString(count)));
        int most = bySecond.values().stream().mapToInt(Integer::intValue).max().orElse(0);
        return table + "At most " + most + " logins in one second, " + moments.size() + " in all.\n";
    }
}

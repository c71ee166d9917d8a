package io.pgwatch.benchmarks;

import static io.pgwatch.benchmarks.TextTable.number;

import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What a server did for some watches, in one minute of several.
 *
 * @param cpuMillis of all its processes, its own among them
 * @param readerMillis the part of the session that reads tables for bloat, of which there is one however many watch; when
 *     another took its place meanwhile, the part of that one
 * @param sessionsMillis of one reading of the sessions; 0 where there was none
 */
record Minute(
        int watches,
        int connections,
        long sweeps,
        long statements,
        long transactions,
        double cpuMillis,
        double readerMillis,
        double sessionsMillis) {

    private static final double MILLIS_A_MINUTE = 60_000;

    static Minute average(Stand stand, int watches, AtomicLong sweeps, int minutes) throws Exception {
        long reader = stand.reader();
        Minute before = until(stand, watches, sweeps, reader);
        Thread.sleep((long) MILLIS_A_MINUTE * minutes);
        long readerNow = stand.reader();
        Minute after = until(stand, watches, sweeps, readerNow);
        return new Minute(
                watches,
                after.connections,
                (after.sweeps - before.sweeps) / minutes,
                (after.statements - before.statements) / minutes,
                (after.transactions - before.transactions) / minutes,
                (after.cpuMillis - before.cpuMillis) / minutes,
                (after.readerMillis - (readerNow == reader ? before.readerMillis : 0)) / minutes,
                stand.sections().stream()
                        .filter(share -> share.section().equals("sessions"))
                        .mapToDouble(Sections.Share::millisOfOne)
                        .sum());
    }

    private static Minute until(Stand stand, int watches, AtomicLong sweeps, long reader) throws SQLException {
        Stand.Counted counted = stand.counted();
        return new Minute(
                watches,
                stand.backends().size(),
                sweeps.get(),
                counted.statements(),
                counted.transactions(),
                Processes.cpuMillis(stand.server()),
                reader == 0 ? 0 : Processes.cpuMillis(reader),
                0);
    }

    private double cpuOfAllButReader() {
        return cpuMillis - readerMillis;
    }

    static String table(List<Minute> minutes) {
        TextTable table = new TextTable(
                "watches",
                "connections",
                "sweeps",
                "statements",
                "transactions",
                "server CPU ms",
                "of it who reads for bloat",
                "of each watch",
                "% of a core");
        Minute none = minutes.get(0);
        for (Minute one : minutes) {
            String each = one.watches < 2 ? "" : number(one.ofOne(none));
            table.row(
                    number(one.watches),
                    number(one.connections),
                    number(one.sweeps),
                    number(one.statements),
                    number(one.transactions),
                    number(one.cpuMillis),
                    number(one.readerMillis),
                    each,
                    number(100 * one.cpuMillis / MILLIS_A_MINUTE));
        }
        return table.toString();
    }

    /**
     * What many more would take. Up to a thousand watches read the sessions 200 times a minute, all of them together, and of
     * more each reads them every five minutes; everything else is as much for each. By the last two rows, if both are of so
     * many that this holds.
     */
    static String ofManyMore(List<Minute> minutes) {
        Minute few = minutes.get(minutes.size() - 2);
        Minute many = minutes.get(minutes.size() - 1);
        if (few.watches <= 50) {
            return "";
        }
        double each = (many.cpuOfAllButReader() - few.cpuOfAllButReader()) / (many.watches - few.watches);
        double together = many.cpuOfAllButReader() - each * many.watches + many.readerMillis;
        double perSession = (many.sessionsMillis - few.sessionsMillis) / (many.watches - few.watches);
        StringBuilder text = new StringBuilder("All of them together take " + number(together) + " ms a minute, and "
                + number(each) + " ms more for each. By that,");
        for (int watches : new int[] {1_000, 3_000}) {
            double readings = Math.max(0, watches / 5.0 - 200);
            double reading = many.sessionsMillis + perSession * (watches - many.watches);
            double millis = together + each * watches + readings * reading;
            text.append(' ')
                    .append(number(watches))
                    .append(" would take ")
                    .append(number(100 * millis / MILLIS_A_MINUTE))
                    .append(" % of one core;");
        }
        return text.append(" their other connections come on top.\n").toString();
    }

    private double ofOne(Minute none) {
        return (cpuOfAllButReader() - none.cpuOfAllButReader()) / watches;
    }
}

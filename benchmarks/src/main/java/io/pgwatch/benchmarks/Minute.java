package io.pgwatch.benchmarks;

import static io.pgwatch.benchmarks.TextTable.number;

import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What a server did in a minute for some watches.
 *
 * @param cpuMillis of all its processes, its own among them
 * @param readerMillis the part of the session that reads tables for bloat, of which there is one however many watch; when
 *     another took its place meanwhile, the part of that one
 */
record Minute(
        int watches,
        int connections,
        long sweeps,
        long statements,
        long transactions,
        double cpuMillis,
        double readerMillis) {

    private static final double MILLIS_A_MINUTE = 60_000;

    static Minute pass(Stand stand, int watches, AtomicLong sweeps, long millis) throws Exception {
        long reader = stand.reader();
        Minute before = until(stand, watches, sweeps, reader);
        Thread.sleep(millis);
        long readerNow = stand.reader();
        Minute after = until(stand, watches, sweeps, readerNow);
        return new Minute(
                watches,
                after.connections,
                after.sweeps - before.sweeps,
                after.statements - before.statements,
                after.transactions - before.transactions,
                after.cpuMillis - before.cpuMillis,
                after.readerMillis - (readerNow == reader ? before.readerMillis : 0));
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
                reader == 0 ? 0 : Processes.cpuMillis(reader));
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
     * What a watch costs for itself, and for each connection of another one whenever it reads the sessions; by the last two
     * rows above that of no watch.
     */
    static String ofManyMore(List<Minute> minutes) {
        Minute none = minutes.get(0);
        Minute few = minutes.get(minutes.size() - 2);
        Minute many = minutes.get(minutes.size() - 1);
        double ofFew = few.ofOne(none);
        double seenByFew = connectionsSeen(few.watches);
        double perConnection = Math.max(0, (many.ofOne(none) - ofFew) / (connectionsSeen(many.watches) - seenByFew));
        double alone = ofFew - perConnection * seenByFew;
        StringBuilder text =
                new StringBuilder("A watch takes " + number(alone) + " ms a minute, and " + number(1000 * perConnection)
                        + " us more for each watch that it sees in a reading of the sessions. By that,");
        for (int watches : new int[] {1_000, 3_000}) {
            double millis = watches * (alone + perConnection * connectionsSeen(watches));
            text.append(' ')
                    .append(number(watches))
                    .append(" would take ")
                    .append(number(100 * millis / MILLIS_A_MINUTE))
                    .append(" % of one core;");
        }
        return text.append(" their other connections come on top.\n").toString();
    }

    /** By one watch in a minute: four readings up to 50 watches, 200 by all of them up to 400, one in two minutes beyond. */
    private static double connectionsSeen(int watches) {
        return watches * Math.min(4, Math.max(200.0 / watches, 0.5));
    }

    private double ofOne(Minute none) {
        return (cpuOfAllButReader() - none.cpuOfAllButReader()) / watches;
    }
}

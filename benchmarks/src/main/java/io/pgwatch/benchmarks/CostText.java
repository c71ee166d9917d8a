package io.pgwatch.benchmarks;

import static io.pgwatch.benchmarks.TextTable.number;

import io.pgwatch.benchmarks.Subject.Result;
import io.pgwatch.benchmarks.Subject.Setting;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** What was measured, as tables and as a picture. */
final class CostText {

    private CostText() {}

    static String table(List<Result> results) {
        double binder = results.stream()
                .filter(result -> result.subject().equals(Subjects.BINDER))
                .mapToDouble(result -> result.one().cpuMillis())
                .sum();
        TextTable table = new TextTable(
                "",
                "statements",
                "round trips",
                "borrows",
                "transactions",
                "xids",
                "buffers",
                "result B",
                "server CPU ms",
                "of the binder",
                "backend MB",
                "JVM kB");
        for (Result result : results) {
            Bill.One one = result.one();
            table.row(
                    result.subject(),
                    number(one.statements()),
                    number(one.roundTrips()),
                    number(one.borrows()),
                    number(one.transactions()),
                    number(one.xids()),
                    number(one.buffers()),
                    number(Math.rint(one.resultBytes())),
                    number(one.cpuMillis()),
                    number(100 * one.cpuMillis() / binder) + " %",
                    number(result.backendMegabytes()),
                    number(one.allocatedBytes() / 1024));
        }
        return table.toString();
    }

    static String sections(List<Sections.Share> shares) {
        TextTable table = new TextTable("section of pgwatch", "calls", "ms of one call", "buffers of one call");
        for (Sections.Share share : shares) {
            table.row(
                    share.section(),
                    number(share.calls()),
                    number(share.millisOfOne()),
                    number((double) share.buffers() / share.calls()));
        }
        return table.toString();
    }

    /** By the number of tables, without idle connections. */
    static String plot(List<Result> results, int major) {
        Plot.Panel cpu = panel("Server CPU of one collection, ms", results, one -> one.cpuMillis())
                .goal(1.5, "goal from 1,000 tables on");
        Plot.Panel buffers = panel("Buffers touched by one collection", results, Bill.One::buffers)
                .goal(150, "goal");
        return Plot.svg(
                "What it costs PostgreSQL " + major + " to be asked once, by the number of tables",
                "No statement at all: pgwatch's scrape and health, HikariCP's gauges.",
                List.of(cpu, buffers));
    }

    private static Plot.Panel panel(String title, List<Result> results, ToDoubleFunction<Bill.One> value) {
        Plot.Panel panel = new Plot.Panel(title);
        for (String subject : List.of(Subjects.INDEX_HEALTH, Subjects.BINDER, Subjects.SWEEP, Subjects.SPRING)) {
            Plot.Line line = panel.line(subject);
            for (Result result : results) {
                double y = value.applyAsDouble(result.one());
                Setting setting = result.setting();
                if (result.subject().equals(subject) && setting.idle() == 0 && y > 0) {
                    line.point(setting.tables(), y);
                }
            }
        }
        return panel;
    }
}

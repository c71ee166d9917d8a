package io.pgwatch.benchmarks;

import static io.pgwatch.benchmarks.TextTable.number;

import io.pgwatch.benchmarks.Subject.Result;
import io.pgwatch.benchmarks.Subject.Setting;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.ToDoubleFunction;

/** What pgwatch promises to cost, and whether it does; what was not measured is left out. */
final class Goals {

    private static final double SWEEPS_A_DAY = 24 * 60 * 4;
    private static final double MILLIS_A_DAY = 24 * 60 * 60 * 1000;

    /** What the binder took at 10 tables on the machine on which the goals were set. */
    private static final double BINDER_MILLIS = 2.5;

    private static final String AS_FAST = "on a core where the binder takes " + BINDER_MILLIS + " ms";

    private static final List<String> SWEEPS = List.of(Subjects.AVERAGE, Subjects.SWEEP);

    private final List<Result> results;
    private final TextTable table = new TextTable("goal", "at most", "measured", "");

    private Goals(List<Result> results) {
        this.results = results;
    }

    /** Heap that a watch keeps, of a kind, in a database of this many tables. */
    record Retention(String what, int tables, long bytes) {}

    static String text(List<Result> results, List<Retention> retained, Retained.Read read) {
        Goals goals = new Goals(results);
        goals.reading(read);
        goals.counts();
        SWEEPS.forEach(goals::cpu);
        goals.day();
        goals.memory(retained);
        return goals.table.toString();
    }

    private void reading(Retained.Read read) {
        for (String subject : List.of(Subjects.SCRAPE, Subjects.HEALTH)) {
            most(
                    subject + ": statements, round trips, borrows",
                    0,
                    of(subject),
                    one -> one.statements() + one.roundTrips() + one.borrows());
        }
        line("reading a value, of " + read.values() + ": bytes", 0, Math.rint(read.bytes() * 1000) / 1000);
        line("reading a value, of " + read.values() + ": ns", 50, read.nanos());
    }

    private void counts() {
        List<Result> sweeps = of(Subjects.SWEEP);
        most("a sweep: round trips", 1, sweeps, Bill.One::roundTrips);
        most("a sweep: transactions", 1, sweeps, Bill.One::transactions);
        most("a sweep: borrows", 0, sweeps, Bill.One::borrows);
        most("a sweep: transaction ids", 0, sweeps, Bill.One::xids);
        most("a sweep: buffers", 150, sweeps, Bill.One::buffers);
        most("a sweep: bytes of the result", 10_240, sweeps, Bill.One::resultBytes);
        perConnection("a connection more: bytes of the result", 1, Bill.One::resultBytes);
        for (String sweep : SWEEPS) {
            most(sweep + ": kB allocated", 64, of(sweep), one -> one.allocatedBytes() / 1024);
        }
    }

    private void cpu(String subject) {
        for (Result sweep : of(subject)) {
            int tables = sweep.setting().tables();
            if (sweep.setting().idle() == 0) {
                String at = subject + " at " + number(tables) + " tables: server CPU, ";
                line(at + "ms, " + AS_FAST, tables < 1000 ? 0.4 : 1.5, cpu(sweep) / slowness());
                double parts = tables < 10_000 ? 6 : tables < 30_000 ? 40 : 120;
                find(Subjects.BINDER, tables)
                        .ifPresent(
                                binder -> line(at + "% of the binder's", 100 / parts, 100 * cpu(sweep) / cpu(binder)));
            }
        }
        find(subject, 30_000)
                .ifPresent(large -> find(subject, 1_000)
                        .ifPresent(small -> line(
                                subject + ": server CPU at 30,000 tables against 1,000",
                                1.3,
                                cpu(large) / cpu(small))));
    }

    private void day() {
        perConnection("a connection more: server CPU, us, " + AS_FAST, 2.8, one -> 1000 * one.cpuMillis() / slowness());
        most(
                "a day, without reading tables for bloat: % of one core",
                0.05, of(Subjects.AVERAGE), one -> 100 * SWEEPS_A_DAY * one.cpuMillis() / MILLIS_A_DAY);
    }

    private void memory(List<Retention> retained) {
        for (Retention one : retained) {
            line(one.what() + " at " + number(one.tables()) + " tables, MB", 2, one.bytes() / 1048576.0);
        }
        of(Subjects.AVERAGE).stream()
                .filter(result -> result.setting().idle() == 0)
                .forEach(result -> line(
                        "the backend at " + number(result.setting().tables()) + " tables: MB more than a new one",
                        5,
                        result.backendMegabytes()));
    }

    private void perConnection(String what, double goal, ToDoubleFunction<Bill.One> value) {
        of(Subjects.AVERAGE).stream()
                .max(Comparator.comparingInt(result -> result.setting().idle()))
                .filter(many -> many.setting().idle() > 0)
                .ifPresent(many -> find(Subjects.AVERAGE, many.setting().tables())
                        .ifPresent(none -> line(
                                what,
                                goal,
                                (value.applyAsDouble(many.one()) - value.applyAsDouble(none.one()))
                                        / many.setting().idle())));
    }

    private void most(String what, double goal, List<Result> some, ToDoubleFunction<Bill.One> value) {
        some.stream()
                .mapToDouble(result -> value.applyAsDouble(result.one()))
                .max()
                .ifPresent(most -> line(what, goal, most));
    }

    private void line(String what, double goal, double value) {
        table.row(what, number(goal), number(value), value <= goal ? "met" : "MISSED");
    }

    private List<Result> of(String subject) {
        List<Result> found = new ArrayList<>(results);
        found.removeIf(result -> !result.subject().equals(subject));
        return found;
    }

    private Optional<Result> find(String subject, int tables) {
        return of(subject).stream()
                .filter(result -> result.setting().equals(new Setting(tables, 0)))
                .findFirst();
    }

    /** How many times as long this machine takes; 1 where the binder was not asked. */
    private double slowness() {
        return find(Subjects.BINDER, 10)
                .map(binder -> cpu(binder) / BINDER_MILLIS)
                .orElse(1.0);
    }

    private static double cpu(Result result) {
        return result.one().cpuMillis();
    }
}

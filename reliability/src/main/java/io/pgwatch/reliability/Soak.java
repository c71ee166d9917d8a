package io.pgwatch.reliability;

import io.pgwatch.testsupport.Majors;
import io.pgwatch.testsupport.PgServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.Random;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.ToDoubleFunction;

/** Minutes of load with a fault now and then; ends with PASS or FAIL, a plot and a summary. */
public final class Soak {

    private static final Duration BETWEEN = Duration.ofSeconds(4);
    private static final Duration TO_TELL = Duration.ofSeconds(15);

    /** What a machine that is busy with the load as well may take for two intervals. */
    private static final Duration MORE = Duration.ofSeconds(5);

    private static final double SECONDS_TO_GO = 5;

    /** Of all backends of both watches, which sweep thirty times as often as usual, and log in again after each fault. */
    private static final double MOST_CPU_A_MINUTE = 3;

    /** Faults after which a watch waits for a minute would leave no time for others. */
    private static final int ONE_SLOW_IN = 6;

    private final Random random;
    private final double seconds;
    private final PgServer server;
    private final Rig rig;
    private final Load load;
    private final Samples samples;
    private final List<Plot.Band> bands = new ArrayList<>();
    private final List<String> lines = new ArrayList<>();
    private final List<String> wrong = new ArrayList<>();

    private Soak(double minutes, long seed) {
        random = new Random(seed);
        seconds = minutes * 60;
        server = PgServer.major(Majors.newest()).with("max_connections", "30").start();
        server.database("app").executeAs("app", Load.tables());
        rig = new Rig(server, Rig.Options.USUAL);
        load = new Load(rig.application().pool(), 2);
        samples = new Samples(server);
        Sockets.count();
    }

    /** Arguments: minutes, and a seed that chooses the faults. Whatever happens, it ends: the load would not. */
    public static void main(String... arguments) {
        boolean passed = false;
        try {
            double minutes = arguments.length > 0 ? Double.parseDouble(arguments[0]) : 30;
            long seed = arguments.length > 1 ? Long.parseLong(arguments[1]) : System.nanoTime() % 1_000_000;
            System.out.println("seed " + seed);
            passed = new Soak(minutes, seed).run("pgwatch soak, " + minutes + " minutes, seed " + seed);
        } catch (Throwable unexpected) {
            unexpected.printStackTrace();
            System.out.println("FAIL: " + unexpected);
        } finally {
            System.exit(passed ? 0 : 1);
        }
    }

    /** What had happened before something unexpected is told all the same. */
    private boolean run(String title) throws IOException {
        try {
            breakThings();
        } catch (Throwable unexpected) {
            unexpected.printStackTrace();
            wrong.add("unexpected: " + unexpected);
        }
        return conclude(title);
    }

    private void breakThings() throws Exception {
        List<Fault> all = Faults.all().stream().filter(Fault::isRepeatable).toList();
        List<Fault> slow = all.stream()
                .filter(fault -> fault.recovery() == Recovery.AFTER_UNANSWERED_LOGIN)
                .toList();
        List<Fault> fast = all.stream().filter(fault -> !slow.contains(fault)).toList();
        try (Witness witness = new Witness(rig)) {
            if (!witness.isCalm(TO_TELL)) {
                wrong.add("not calm at the beginning:\n" + witness.newest());
            }
        }
        while (samples.seconds() < seconds) {
            calm();
            List<Fault> kind = random.nextInt(ONE_SLOW_IN) == 0 ? slow : fast;
            happen(kind.get(random.nextInt(kind.size())));
        }
        calm();
        samples.close();
        judge();
        load.close();
        rig.close();
        require("nothing left", () -> Holdings.all().isEmpty());
        require("no session left", () -> Holdings.sessions(server) == 0);
        server.close();
    }

    private static void calm() throws InterruptedException {
        Thread.sleep(BETWEEN.toMillis());
    }

    /** Only what was sampled since it happened counts as told, and only what was sampled since it was mended as over. */
    private void happen(Fault fault) throws Exception {
        double from = samples.seconds();
        try (Witness witness = new Witness(rig)) {
            Witness.Moment began = witness.now();
            AutoCloseable mend = fault.begin().in(rig);
            Witness.Moment tookHold = witness.now();
            OptionalDouble told;
            Witness.Moment mending;
            try {
                told = witness.toldAfter(fault, began, tookHold, TO_TELL);
                for (int i = 0; i < 2; i++) {
                    Numbers.assertHonest(rig.watches().get(i), rig.registries().get(i));
                }
                Served.assertHonest(rig.application());
                if (told.isEmpty()) {
                    wrong.add("not told: " + fault.happening() + "\n" + witness.newest());
                }
            } finally {
                mending = witness.now();
                mend.close();
            }
            Witness.Moment mended = witness.now();
            double lasted = tookHold.until(mended);
            OptionalDouble recovered = witness.recoveredAfter(
                    mended, MORE.plusMillis((long) (1e3 * fault.recovery().secondsMore(lasted))));
            if (recovered.isEmpty()) {
                wrong.add("not recovered from: " + fault.happening() + "\n" + witness.newest());
            }
            witness.wrong(fault, tookHold, mending).forEach(one -> wrong.add(fault.happening() + ": " + one));
            bands.add(new Plot.Band(fault.happening(), from, from + began.until(mended), fault.momentary()));
            say(String.format(
                    Locale.ROOT,
                    "%6.1f s  %-90s told %s, recovered %s",
                    from,
                    fault.happening(),
                    inWords(told),
                    inWords(recovered)));
        }
    }

    private static String inWords(OptionalDouble seconds) {
        return seconds.isPresent() ? String.format(Locale.ROOT, "after %.1f s", seconds.getAsDouble()) : "NOT IN TIME";
    }

    private void say(String line) {
        lines.add(line);
        System.out.println(line);
    }

    private void require(String what, BooleanSupplier wanted) throws InterruptedException {
        double until = samples.seconds() + SECONDS_TO_GO;
        while (!wanted.getAsBoolean()) {
            if (samples.seconds() > until) {
                wrong.add("not so: " + what + ": " + Holdings.all());
                return;
            }
            Thread.sleep(20);
        }
    }

    /** Nothing may grow: the last quarter is compared with the second, since the first one warms up. */
    private void judge() {
        List<Samples.Sample> all = samples.all();
        int quarter = all.size() / 4;
        List<Samples.Sample> second = all.subList(quarter, 2 * quarter);
        List<Samples.Sample> last = all.subList(3 * quarter, all.size());
        judgeGrowth("MB of heap", median(second, Samples.Sample::heap), median(last, Samples.Sample::heap), 1.25, 5);
        judgeGrowth("threads", median(second, Samples.Sample::threads), median(last, Samples.Sample::threads), 1, 3);
        judgeGrowth("s of server CPU a minute", cpuAMinute(second), cpuAMinute(last), 1.5, 0.5);
        double cpu = cpuAMinute(all);
        if (cpu > MOST_CPU_A_MINUTE) {
            wrong.add(String.format(Locale.ROOT, "the backends used %.2f s of CPU a minute", cpu));
        }
        judgeConnections(all);
        say(String.format(
                Locale.ROOT,
                "%.2f s of server CPU a minute; %d transactions, %d failed; %d samples",
                cpu,
                load.done(),
                load.failed(),
                all.size()));
    }

    private void judgeGrowth(String what, double before, double after, double times, double more) {
        String figures = String.format(Locale.ROOT, "%s: %.2f, then %.2f", what, before, after);
        say(figures);
        if (after > before * times + more) {
            wrong.add("it grew, " + figures);
        }
    }

    /** A backend that is frozen, or that has not yet seen that its client is gone, is the server's second one of a watch. */
    private void judgeConnections(List<Samples.Sample> all) {
        int connections = Sockets.most(Set.of(rig.watches().get(0).name(), "library"));
        if (connections != 1) {
            wrong.add("connections of one watch at once: " + connections);
        }
        for (int i = 1; i < all.size(); i++) {
            Samples.Sample one = all.get(i);
            double most = one.sessions() > 1 ? all.get(i - 1).sessions() : 0;
            if (most > 1 && bands.stream().noneMatch(band -> band.leavesOneMore(one.second()))) {
                wrong.add(String.format(
                        Locale.ROOT, "sessions of one watch at %.1f s: %.0f", one.second(), one.sessions()));
            }
        }
    }

    private static double median(List<Samples.Sample> samples, ToDoubleFunction<Samples.Sample> figure) {
        double[] sorted = samples.stream().mapToDouble(figure).sorted().toArray();
        return sorted[sorted.length / 2];
    }

    private static double cpuAMinute(List<Samples.Sample> samples) {
        List<Samples.Sample> known =
                samples.stream().filter(one -> !Double.isNaN(one.cpu())).toList();
        Samples.Sample first = known.get(0);
        Samples.Sample last = known.get(known.size() - 1);
        return (last.cpu() - first.cpu()) / (last.second() - first.second()) * 60;
    }

    private boolean conclude(String title) throws IOException {
        Path target = Files.createDirectories(Path.of("reliability", "target", "soak"));
        String verdict = wrong.isEmpty()
                ? "PASS: " + bands.size()
                        + " faults told and over in time by newer reports, no wrong OK, one connection a watch,"
                        + " nothing grew, nothing left"
                : "FAIL: " + String.join("\n      ", wrong);
        say(verdict);
        Files.writeString(target.resolve("soak.svg"), Plot.of(samples.all(), bands, samples.seconds(), title));
        Files.writeString(target.resolve("summary.txt"), title + "\n" + String.join("\n", lines) + "\n");
        return wrong.isEmpty();
    }
}

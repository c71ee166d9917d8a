package io.pgwatch.reliability;

import io.pgwatch.testsupport.Majors;
import io.pgwatch.testsupport.PgServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.function.BooleanSupplier;

/** Minutes of load with a fault now and then; ends with PASS or FAIL, a plot and a summary. */
public final class Soak {

    private static final double SECONDS_BETWEEN = 4;
    private static final double SECONDS_TO_TELL = 15;
    private static final double SECONDS_MORE = 10;

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
        samples = new Samples(rig);
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
        require("nothing told at the beginning", SECONDS_TO_TELL, () -> bothTell(null));
        while (samples.seconds() < seconds) {
            calm();
            List<Fault> kind = random.nextInt(ONE_SLOW_IN) == 0 ? slow : fast;
            happen(kind.get(random.nextInt(kind.size())));
        }
        calm();
        judge();
        load.close();
        rig.close();
        require(
                "no thread left: " + Holdings.threads(),
                5,
                () -> Holdings.threads().isEmpty());
        require("no MBean left", 5, () -> Holdings.beans().isEmpty());
        require("no session left", 5, () -> Holdings.sessions(server) == 0);
        server.close();
    }

    private void calm() throws InterruptedException {
        double until = samples.seconds() + SECONDS_BETWEEN;
        while (samples.seconds() < until) {
            samples.take();
            Thread.sleep(1000);
        }
    }

    private void happen(Fault fault) throws Exception {
        double from = samples.seconds();
        AutoCloseable mend = fault.begin().in(rig);
        boolean told;
        try {
            told = within(SECONDS_TO_TELL, () -> bothTell(fault));
            samples.take();
        } finally {
            mend.close();
        }
        double to = samples.seconds();
        bands.add(new Plot.Band(fault.happening(), from, to));
        boolean over = within(fault.recovery().secondsMore(to - from) + SECONDS_MORE, () -> bothTell(null));
        String line = String.format(
                Locale.ROOT,
                "%6.1f s  %-90s %s, recovered after %.1f s",
                from,
                fault.happening(),
                told ? "told" : "NOT TOLD",
                samples.seconds() - to);
        say(line);
        if (!told || !over) {
            wrong.add((told ? "not recovered from: " : "not told: ") + fault.happening() + "\n" + reports());
        }
    }

    private void say(String line) {
        lines.add(line);
        System.out.println(line);
    }

    /** Null for nothing. Where nothing is expected, a fault between may be seen for a sweep. */
    private boolean bothTell(Fault fault) {
        for (int i = 0; i < 2; i++) {
            String told = rig.watches().get(i).latest().map(Told::by).orElse("");
            if (!Told.fits(told, fault == null ? Told.NOTHING : fault.told(i))) {
                return false;
            }
            Numbers.assertHonest(rig.watches().get(i), rig.registries().get(i));
        }
        return true;
    }

    private String reports() {
        StringBuilder all = new StringBuilder();
        rig.watches().forEach(watch -> watch.latest().ifPresent(report -> all.append(report.text())));
        return all.toString();
    }

    private boolean within(double time, BooleanSupplier wanted) throws InterruptedException {
        double until = samples.seconds() + time;
        while (!wanted.getAsBoolean()) {
            if (samples.seconds() > until) {
                return false;
            }
            Thread.sleep(20);
        }
        return true;
    }

    private void require(String what, double time, BooleanSupplier wanted) throws InterruptedException {
        if (!within(time, wanted)) {
            wrong.add("not so: " + what);
        }
    }

    /** Nothing may grow: the last quarter is compared with the second, since the first one warms up. */
    private void judge() {
        List<Samples.Sample> all = samples.all();
        int quarter = all.size() / 4;
        double heapBefore = median(all.subList(quarter, 2 * quarter).stream()
                .mapToDouble(Samples.Sample::heap)
                .toArray());
        double heapAfter = median(all.subList(3 * quarter, all.size()).stream()
                .mapToDouble(Samples.Sample::heap)
                .toArray());
        if (heapAfter > heapBefore * 1.25 + 5) {
            wrong.add(String.format(Locale.ROOT, "the heap grew from %.1f to %.1f MB", heapBefore, heapAfter));
        }
        double threadsBefore = median(all.subList(quarter, 2 * quarter).stream()
                .mapToDouble(Samples.Sample::threads)
                .toArray());
        double threadsAfter = median(all.subList(3 * quarter, all.size()).stream()
                .mapToDouble(Samples.Sample::threads)
                .toArray());
        if (threadsAfter > threadsBefore + 3) {
            wrong.add("threads grew from " + threadsBefore + " to " + threadsAfter);
        }
        say(String.format(
                Locale.ROOT,
                "heap %.1f MB, then %.1f MB; threads %.0f, then %.0f; %d transactions, %d failed; %d samples",
                heapBefore,
                heapAfter,
                threadsBefore,
                threadsAfter,
                load.done(),
                load.failed(),
                all.size()));
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    private boolean conclude(String title) throws IOException {
        Path target = Files.createDirectories(Path.of("reliability", "target", "soak"));
        String verdict = wrong.isEmpty()
                ? "PASS: " + bands.size() + " faults told and over in time, nothing grew, nothing left"
                : "FAIL: " + String.join("\n      ", wrong);
        say(verdict);
        Files.writeString(target.resolve("soak.svg"), Plot.of(samples.all(), bands, samples.seconds(), title));
        Files.writeString(target.resolve("summary.txt"), title + "\n" + String.join("\n", lines) + "\n");
        return wrong.isEmpty();
    }
}

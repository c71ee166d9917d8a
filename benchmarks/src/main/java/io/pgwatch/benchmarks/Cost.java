package io.pgwatch.benchmarks;

import static io.pgwatch.benchmarks.TextTable.number;

import io.pgwatch.benchmarks.Goals.Retention;
import io.pgwatch.benchmarks.Subject.Result;
import io.pgwatch.benchmarks.Subject.Setting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.sql.DataSource;

/**
 * What pgwatch costs the server and the application, beside what else a Java application asks of its database, all in one
 * run: exact counts, CPU time of the server, and memory, on databases that grow and beside connections that idle.
 * Run it with {@code benchmarks/run.sh cost}.
 */
public final class Cost {

    private static final int MAX_CONNECTIONS = 600;

    private final Arguments arguments;
    private final StringBuilder text = new StringBuilder();
    private final List<Result> results = new ArrayList<>();
    private final List<Retention> retained = new ArrayList<>();

    private Cost(Arguments arguments) {
        this.arguments = arguments;
    }

    /** Runs it; what is to be told is in {@code run.sh}. */
    public static void main(String[] arguments) throws Exception {
        new Cost(Arguments.of(arguments)).run();
    }

    private void run() throws Exception {
        say("PostgreSQL " + arguments.major() + ", for one collection each:");
        try (Stand stand = new Stand(arguments.major(), MAX_CONNECTIONS)) {
            DataSource app = stand.server().dataSource("app", "app");
            for (int tables : arguments.tables()) {
                stand.growTo(tables);
                measure(stand, new Setting(tables, 0));
                retained.add(
                        new Retention("heap of a watch with two days of history", tables, Retained.heapOfWatch(app)));
                for (int idle : arguments.idle()) {
                    if (idle > 0 && tables == arguments.tables().get(0)) {
                        measure(stand, new Setting(tables, idle));
                    }
                }
            }
            if (arguments.pages()) {
                int most = arguments.tables().get(arguments.tables().size() - 1);
                retained.add(new Retention("the same of the one that reads tables", most, Retained.heapOfReader(app)));
            }
            say(Goals.text(results, retained, Retained.read(app)));
        }
        write();
    }

    private void measure(Stand stand, Setting setting) throws Exception {
        stand.idle(setting.idle());
        say(number(setting.tables()) + " tables, " + (setting.idle() == 0 ? "no" : number(setting.idle()))
                + " idle connections");
        List<Result> here = new ArrayList<>();
        List<Sections.Share> sections = List.of();
        for (Subject.Plan plan : Subjects.ALL) {
            try (Subject subject = new Subject(plan, stand, arguments.pauseMillis())) {
                Sections.reset(stand.control());
                here.add(subject.measure(setting));
                if (plan.name().equals(Subjects.AVERAGE)) {
                    sections = stand.sections();
                }
            }
        }
        results.addAll(here);
        say(CostText.table(here));
        say(CostText.sections(sections));
    }

    private void say(String paragraph) {
        System.out.println(paragraph);
        text.append(paragraph).append('\n');
    }

    private void write() throws IOException {
        Path folder = Files.createDirectories(arguments.folder());
        Files.writeString(folder.resolve("cost-" + arguments.major() + ".txt"), text);
        Files.writeString(
                folder.resolve("cost-" + arguments.major() + ".svg"), CostText.plot(results, arguments.major()));
        System.out.println("Written to " + folder);
    }

    /**
     * What is to be measured.
     *
     * @param tables how many, in rising order
     * @param idle connections of the application beside, with the smallest database
     * @param pages whether the heap of the watch that reads tables is measured, which takes some minutes
     * @param pauseMillis between two collections
     */
    private record Arguments(
            int major, List<Integer> tables, List<Integer> idle, boolean pages, int pauseMillis, Path folder) {

        static Arguments of(String[] arguments) {
            int major = 18;
            List<Integer> tables = List.of(10, 1_000, 10_000, 30_000);
            List<Integer> idle = List.of(100, 400);
            boolean pages = true;
            int pauseMillis = 100;
            Path folder = Path.of("benchmarks", "target", "cost");
            for (int i = 0; i < arguments.length; i++) {
                switch (arguments[i]) {
                    case "--tables" -> tables = numbers(arguments[++i]);
                    case "--idle" -> idle = numbers(arguments[++i]);
                    case "--pause" -> pauseMillis = Integer.parseInt(arguments[++i]);
                    case "--to" -> folder = Path.of(arguments[++i]);
                    case "--no-pages" -> pages = false;
                    default -> major = Integer.parseInt(arguments[i]);
                }
            }
            return new Arguments(major, tables, idle, pages, pauseMillis, folder);
        }

        private static List<Integer> numbers(String list) {
            return Stream.of(list.split(",")).map(Integer::valueOf).sorted().toList();
        }
    }
}

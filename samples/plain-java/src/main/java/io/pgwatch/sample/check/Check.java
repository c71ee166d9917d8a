package io.pgwatch.sample.check;

import static io.pgwatch.snapshot.Cause.FAILED;
import static io.pgwatch.snapshot.Cause.NOT_SUPPORTED;
import static io.pgwatch.snapshot.Cause.NOT_YET;

import io.pgwatch.PgWatch;
import io.pgwatch.ProbeReport;
import io.pgwatch.Report;
import io.pgwatch.core.JdbcPgWatch;
import io.pgwatch.probe.Level;
import io.pgwatch.snapshot.Cause;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.logging.Logger;
import org.postgresql.Driver;
import org.postgresql.PGProperty;

/** Reports on any PostgreSQL database from the command line: reports to standard output, complaints to standard error. */
public final class Check {

    private static final int NO_REPORT = 3;

    private static final Duration QUICK = Duration.ofSeconds(1);

    /** Held here, since a logger that nobody holds forgets its level. */
    private static final Logger DRIVER = Logger.getLogger("org.postgresql");

    private final Arguments arguments;
    private final PrintStream out;

    private Check(Arguments arguments, PrintStream out) {
        this.arguments = arguments;
        this.out = out;
    }

    public static void main(String[] words) {
        DRIVER.setLevel(java.util.logging.Level.OFF); // what it has to say stands in the report, or in our one line
        PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
        if (List.of(words).contains("--help")) {
            out.println(Arguments.USAGE);
            return;
        }
        System.exit(run(words, out));
    }

    private static int run(String[] words, PrintStream out) {
        try {
            return new Check(Arguments.of(words), out).run();
        } catch (IllegalArgumentException wrong) {
            return complain(wrong.getMessage());
        } catch (RuntimeException unexpected) {
            return complain(
                    "this should not have happened: " + unexpected.toString().replaceAll("\\s*\\R\\s*", " "));
        } catch (InterruptedException stopped) {
            return NO_REPORT;
        }
    }

    private static int complain(String line) {
        System.err.println("check.sh: " + line);
        return NO_REPORT;
    }

    private int run() throws InterruptedException {
        BlockingQueue<Report> reports = new LinkedBlockingQueue<>();
        PgWatch watch = start();
        Thread stop = new Thread(watch::close);
        Runtime.getRuntime().addShutdownHook(stop); // Ctrl-C leaves no session behind at the server
        try (watch) {
            watch.listen(reports::add);
            Report first = firstWhole(reports);
            if (first == null) {
                return complain("no report within " + arguments.longestWait().toSeconds() + " s");
            }
            if (first.server() == null && first.level() == Level.UNKNOWN) {
                return complain(first.probes().get(0).verdict().summary());
            }
            print(first);
            while (arguments.watch() && !out.checkError()) {
                Report next = reports.take();
                out.print(arguments.json() ? "" : "\n");
                print(next);
            }
            return exitCode(first.level());
        }
    }

    private PgWatch start() {
        JdbcPgWatch.Builder builder = JdbcPgWatch.builder(arguments.url());
        String password = System.getenv("PGPASSWORD");
        if (password != null && !hasPassword(arguments.url())) {
            builder.password(password);
        }
        if (!arguments.watch()) {
            builder.interval(QUICK); // should the first sweep not see everything, the next one comes soon
        }
        return builder.start();
    }

    private static boolean hasPassword(String url) {
        Properties parsed = Driver.parseURL(url, new Properties());
        return parsed != null && PGProperty.PASSWORD.isPresent(parsed);
    }

    /** The first report in which nothing is still to come, or the newest one when the time is up; null if there is none. */
    private Report firstWhole(BlockingQueue<Report> reports) throws InterruptedException {
        long end = System.nanoTime() + arguments.longestWait().toNanos();
        Report newest = null;
        while (true) {
            Report next = reports.poll(end - System.nanoTime(), TimeUnit.NANOSECONDS);
            if (next == null || isWhole(next)) {
                return next == null ? newest : next;
            }
            newest = next;
        }
    }

    private static boolean isWhole(Report report) {
        if (report.server() == null && report.level() == Level.UNKNOWN) {
            // refused: it will not get better while we wait; nobody answered in time: it may
            return report.probes().stream().allMatch(probe -> isFor(probe, FAILED) || isFor(probe, NOT_SUPPORTED));
        }
        return report.probes().stream().noneMatch(probe -> isFor(probe, NOT_YET));
    }

    private static <E> boolean isFor(ProbeReport<E> probe, Cause cause) {
        return probe.verdict().fold(judged -> false, unknown -> unknown.cause() == cause);
    }

    private void print(Report report) {
        Report shown = new Top(arguments.top()).of(report);
        out.print(arguments.json() ? shown.json() + "\n" : shown.text());
        out.flush();
    }

    private static int exitCode(Level level) {
        return switch (level) {
            case OK -> 0;
            case WARNING -> 1;
            case CRITICAL -> 2;
            case UNKNOWN -> 3;
        };
    }
}

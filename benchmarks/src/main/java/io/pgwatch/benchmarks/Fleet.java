package io.pgwatch.benchmarks;

import static io.pgwatch.benchmarks.TextTable.number;

import com.zaxxer.hikari.HikariDataSource;
import io.pgwatch.PgWatch;
import io.pgwatch.core.JdbcPgWatch;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;

/**
 * What many instances of a service cost one server, each with a watch of all probes and defaults: in a quiet minute, after
 * the server was restarted under them, and when it has hardly a connection left for them.
 * Run it with {@code benchmarks/run.sh fleet}.
 */
public final class Fleet {

    private static final int TABLES = 1_000;
    private static final int DOWN_MILLIS = 20_000;

    /** Minutes until many, each of which reads most things so rarely, have all read everything once. */
    private static final int LONGEST_REST = 5;

    /** The watch that reads tables for bloat has done with its first round by then, or is the only one. */
    private static final int UNTIL_QUIET = 45_000;

    /** Of very many some are let in late, and each asks for its lock once. */
    private static final int UNTIL_MANY_ARE_QUIET = 150_000;

    private final Stand stand;
    private final int major;
    private final AtomicLong sweeps = new AtomicLong();

    private Fleet(Stand stand, int major) {
        this.stand = stand;
        this.major = major;
    }

    /** Runs it; the arguments are the number of watches, 200 by default, and the server's major version, 18 by default. */
    public static void main(String[] arguments) throws Exception {
        int most = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 200;
        int major = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 18;
        try (Stand stand = new Stand(major, most + 50)) {
            stand.growTo(TABLES);
            new Fleet(stand, major).run(most);
        }
    }

    private void run(int most) throws Exception {
        System.out.println("PostgreSQL " + major + ", " + number(TABLES) + " tables; in one minute:");
        List<Minute> minutes = new ArrayList<>();
        for (int watches : IntStream.of(0, 1, Math.min(50, most), most / 2, most)
                .sorted()
                .distinct()
                .toArray()) {
            List<PgWatch> fleet =
                    IntStream.rangeClosed(1, watches).mapToObj(this::start).toList();
            try {
                awaitReports(fleet);
                awaitHeld(watches, 180);
                Thread.sleep(watches > 50 ? UNTIL_MANY_ARE_QUIET : UNTIL_QUIET);
                Sections.reset(stand.control());
                minutes.add(Minute.average(stand, watches, sweeps, watches > 50 ? LONGEST_REST : 1));
                if (watches == most) {
                    System.out.println(Minute.table(minutes));
                    System.out.println(Minute.ofManyMore(minutes));
                    System.out.println("Where the time of " + most + " watches goes:");
                    System.out.println(CostText.sections(stand.sections()));
                    restart(watches);
                    tighten(watches);
                }
            } finally {
                fleet.parallelStream().forEach(PgWatch::close);
            }
        }
    }

    /** One of the instances of a service, with a pool that opens nothing. */
    private PgWatch start(int instance) {
        HikariDataSource pool = new HikariDataSource();
        pool.setJdbcUrl(stand.server().jdbcUrl("app") + "?user=app");
        PgWatch watch =
                JdbcPgWatch.builder(pool).instance("host-" + instance + ":1").start();
        watch.listen(report -> sweeps.incrementAndGet());
        return watch;
    }

    private static void awaitReports(List<PgWatch> fleet) throws InterruptedException {
        for (PgWatch watch : fleet) {
            while (watch.latest().isEmpty()) {
                Thread.sleep(50);
            }
        }
    }

    private void restart(int watches) throws Exception {
        Logins logins = new Logins(stand.server());
        stand.server().stop();
        Thread.sleep(DOWN_MILLIS);
        stand.server().start();
        stand.reconnect();
        int seconds = awaitHeld(watches, 180);
        System.out.println("The server was down for " + DOWN_MILLIS / 1000 + " s under " + watches + " watches. "
                + stand.backends().size() + " of them were back after " + seconds + " s.");
        System.out.println(logins.text());
    }

    /** Seconds until all hold a connection again. */
    private int awaitHeld(int watches, int atMost) throws Exception {
        for (int second = 0; second < atMost; second++) {
            if (stand.backends().size() == watches) {
                return second;
            }
            Thread.sleep(1000);
        }
        return atMost;
    }

    /** With one connection left to the application when every watch holds one. */
    private void tighten(int watches) throws Exception {
        stand.server().restartWith(Map.of("max_connections", Integer.toString(watches + 5)));
        stand.reconnect();
        awaitHeld(watches, 90);
        Logins logins = new Logins(stand.server());
        long held = 0;
        long free = 0;
        int looks = 30;
        sweeps.set(0);
        for (int i = 0; i < looks; i++) {
            Thread.sleep(2000);
            int now = stand.backends().size();
            held += now;
            free += watches + 5 - 3 - 1 - now;
        }
        System.out.println(
                "With max_connections of " + (watches + 5) + " (3 reserved, 1 of this benchmark), for a minute: "
                        + number((double) held / looks) + " connections held on the average and "
                        + number((double) free / looks)
                        + " left to the application; " + sweeps.get() + " sweeps, " + logins.count() + " logins.");
    }
}

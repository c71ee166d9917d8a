package io.pgwatch.benchmarks;

import com.zaxxer.hikari.HikariDataSource;
import io.micrometer.core.instrument.binder.db.PostgreSQLDatabaseMetrics;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pgwatch.PgWatch;
import io.pgwatch.core.JdbcPgWatch;
import io.pgwatch.micrometer.PgWatchMetrics;
import io.pgwatch.testsupport.Database;
import io.pgwatch.testsupport.FaultProxy;
import io.pgwatch.testsupport.PgServer;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What pgwatch costs the server, in exact counts, beside micrometer-core's PostgreSQLDatabaseMetrics in the same run: for
 * each collection the round trips, transactions, transaction ids and CPU time of the backend. Transactions are as of the
 * server's statistics, which run up to a second behind.
 * Run it with {@code benchmarks/run.sh counts [major]}.
 */
public final class SweepCounts {

    private static final int TABLES = 10;
    private static final int WARM_UP = 20;
    private static final int COLLECTIONS = 100;

    private SweepCounts() {}

    /** What happened at the server between two moments. */
    private record Cost(long collections, long roundTrips, long transactions, long xids, double cpuMillis) {

        Cost minus(Cost before) {
            return new Cost(
                    collections - before.collections,
                    roundTrips - before.roundTrips,
                    transactions - before.transactions,
                    xids - before.xids,
                    cpuMillis - before.cpuMillis);
        }

        double cpuOfOne() {
            return cpuMillis / collections;
        }
    }

    /** Runs it; the argument is the major version of the server, 18 by default. */
    public static void main(String[] arguments) throws Exception {
        int major = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 18;
        try (PgServer server = PgServer.major(major).start()) {
            for (int i = 0; i < TABLES; i++) {
                server.database("app").execute("create table t" + i + " (id bigint primary key, v text unique)");
            }
            print("PostgreSQL " + major + ", " + TABLES + " tables, " + COLLECTIONS
                    + " collections each, per collection:");
            print("%-40s %12s %13s %6s %10s", "", "round trips", "transactions", "xids", "CPU ms");
            Cost sweeps = sweeps(server);
            row("pgwatch, one sweep", sweeps);
            Cost peer = peer(server);
            row("PostgreSQLDatabaseMetrics, one scrape", peer);
            row("pgwatch, one scrape of all its gauges", scrapes(server));
            print("A sweep costs 1/%.0f of the peer's scrape in server CPU.", peer.cpuOfOne() / sweeps.cpuOfOne());
        }
    }

    private static Cost sweeps(PgServer server) throws Exception {
        AtomicLong reports = new AtomicLong();
        try (FaultProxy proxy = FaultProxy.inFrontOf(server);
                PgWatch watch = JdbcPgWatch.builder(proxy.jdbcUrl("app") + "?user=app")
                        .interval(Duration.ofMillis(200))
                        .start()) {
            watch.listen(report -> reports.incrementAndGet());
            await(reports, WARM_UP);
            Cost before = cost(server, proxy, "pgwatch %", reports.get());
            await(reports, reports.get() + COLLECTIONS);
            return cost(server, proxy, "pgwatch %", reports.get()).minus(before);
        }
    }

    private static Cost peer(PgServer server) throws Exception {
        try (FaultProxy proxy = FaultProxy.inFrontOf(server);
                HikariDataSource pool = pool(proxy)) {
            SimpleMeterRegistry registry = new SimpleMeterRegistry();
            new PostgreSQLDatabaseMetrics(pool, "app").bindTo(registry);
            scrape(registry, WARM_UP);
            Cost before = cost(server, proxy, "peer", 0);
            scrape(registry, COLLECTIONS);
            return cost(server, proxy, "peer", COLLECTIONS).minus(before);
        }
    }

    private static Cost scrapes(PgServer server) throws Exception {
        AtomicLong reports = new AtomicLong();
        try (FaultProxy proxy = FaultProxy.inFrontOf(server);
                HikariDataSource pool = pool(proxy);
                PgWatch watch =
                        JdbcPgWatch.builder(pool).interval(Duration.ofHours(1)).start()) {
            watch.listen(report -> reports.incrementAndGet());
            await(reports, 1);
            SimpleMeterRegistry registry = new SimpleMeterRegistry();
            new PgWatchMetrics(watch).bindTo(registry);
            Cost before = cost(server, proxy, "pgwatch %", 0);
            scrape(registry, COLLECTIONS);
            Cost after = cost(server, proxy, "pgwatch %", COLLECTIONS);
            print(
                    "The application's pool, through all of this, was %s.",
                    pool.getHikariPoolMXBean() == null ? "never started" : "STARTED, which is a defect");
            return after.minus(before);
        }
    }

    /** A pool that starts when somebody borrows from it. */
    private static HikariDataSource pool(FaultProxy proxy) {
        HikariDataSource pool = new HikariDataSource();
        pool.setJdbcUrl(proxy.jdbcUrl("app") + "?user=app&ApplicationName=peer");
        pool.setMaximumPoolSize(1);
        return pool;
    }

    private static void scrape(SimpleMeterRegistry registry, int times) {
        for (int i = 0; i < times; i++) {
            registry.getMeters().forEach(meter -> meter.measure().forEach(measurement -> measurement.getValue()));
        }
    }

    private static void await(AtomicLong reports, long wanted) throws InterruptedException {
        while (reports.get() < wanted) {
            Thread.sleep(10);
        }
    }

    /** Read in another database, so that asking does not count; the backend's own counters reach it after a second. */
    private static Cost cost(PgServer server, FaultProxy proxy, String application, long collections) throws Exception {
        long roundTrips = proxy.roundTrips();
        Database elsewhere = server.database("postgres");
        String pids = elsewhere.ask("select string_agg(pid::text, ',') from pg_stat_activity where datname = 'app' and"
                + " application_name like '" + application + "'");
        double cpu = 0;
        for (String pid : pids.split(",")) {
            cpu += BackendCpu.seconds(pid) * 1000;
        }
        long xids = Long.parseLong(elsewhere.ask("select pg_snapshot_xmax(pg_current_snapshot())"));
        long transactions =
                Long.parseLong(elsewhere.ask("select xact_commit from pg_stat_database where datname = 'app'"));
        return new Cost(collections, roundTrips, transactions, xids, cpu);
    }

    private static void row(String what, Cost total) {
        print(
                "%-40s %12.2f %13.2f %6.2f %10.3f",
                what,
                (double) total.roundTrips / total.collections,
                (double) total.transactions / total.collections,
                (double) total.xids / total.collections,
                total.cpuOfOne());
    }

    private static void print(String format, Object... values) {
        System.out.println(String.format(Locale.ROOT, format, values));
    }
}

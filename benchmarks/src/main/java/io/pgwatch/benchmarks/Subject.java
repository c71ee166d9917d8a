package io.pgwatch.benchmarks;

import com.sun.management.ThreadMXBean;
import io.pgwatch.testsupport.FaultProxy;
import java.lang.management.ManagementFactory;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Somebody who collects from the database through the application's pool or beside it, and what that costs. Collections can
 * be a moment apart, as they are in life: a backend that was asked just now answers from caches that are still warm.
 */
final class Subject implements AutoCloseable {

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    /** The server's statistics hear of a transaction when a backend is done and has said nothing for a second. */
    static final int STATISTICS_MILLIS = 1_100;

    /** A round ends early after this, for somebody who takes seconds. */
    private static final long ROUND_NANOS = 20_000_000_000L;

    private final Plan plan;
    private final Stand stand;
    private final FaultProxy network;
    private final CountingPool pool;
    private final Work work;
    private final int pauseMillis;
    private final Map<Long, Double> cpu = new HashMap<>();
    private long collections;
    private long allocated;

    /** What is done to collect. */
    interface Work extends AutoCloseable {

        /** One collection. */
        void collect();

        /** Whatever comes before a round of collections and is not counted. */
        default void prepare() throws InterruptedException {
            collect();
        }

        @Override
        default void close() {}
    }

    /** Who is to be measured, in how many rounds of how many collections. */
    record Plan(String name, int rounds, int collections, Function<CountingPool, Work> work) {}

    Subject(Plan plan, Stand stand, int pauseMillis) {
        this.plan = plan;
        this.stand = stand;
        this.network = FaultProxy.inFrontOf(stand.server());
        this.pool = new CountingPool(network);
        this.work = plan.work().apply(pool);
        this.pauseMillis = pauseMillis;
    }

    Result measure(Setting setting) throws Exception {
        List<Bill.One> rounds = new ArrayList<>();
        for (int i = 0; i < plan.rounds(); i++) {
            rounds.add(round(plan.collections()));
        }
        if (plan.collections() == 1) { // which may be the one in an hour that opens a new connection
            double fewest =
                    rounds.stream().mapToDouble(Bill.One::roundTrips).min().orElseThrow();
            rounds.removeIf(one -> one.roundTrips() > fewest);
        }
        double megabytes = 0;
        for (long pid : stand.backends()) {
            megabytes += Math.max(0, Processes.privateMegabytes(pid) - stand.megabytesOfNewBackend());
        }
        return new Result(plan.name(), setting, Bill.One.of(rounds), megabytes);
    }

    private Bill.One round(int wanted) throws Exception {
        work.prepare();
        collectForStatistics();
        Bill before = bill();
        long started = System.nanoTime();
        for (int i = 1; i < wanted && System.nanoTime() - started < ROUND_NANOS; i++) {
            Thread.sleep(pauseMillis);
            collect();
        }
        collectForStatistics();
        return bill().minus(before).one();
    }

    /** One more, after which everything before it is in the server's statistics. */
    private void collectForStatistics() throws InterruptedException, SQLException {
        Thread.sleep(STATISTICS_MILLIS);
        collect();
    }

    private void collect() throws SQLException {
        long before = THREADS.getCurrentThreadAllocatedBytes();
        work.collect();
        allocated += THREADS.getCurrentThreadAllocatedBytes() - before;
        collections++;
        lookAtBackends();
    }

    private Bill bill() throws SQLException {
        Stand.Counted counted = stand.counted();
        return new Bill(
                collections,
                counted.statements(),
                network.roundTrips(),
                pool.borrows(),
                counted.transactions(),
                counted.xids(),
                counted.buffers(),
                network.bytesToClient(),
                cpu.values().stream().mapToDouble(Double::doubleValue).sum(),
                allocated);
    }

    /** A backend that has given way to another one counts as far as it had come after the last collection. */
    private void lookAtBackends() throws SQLException {
        for (long pid : stand.backends()) {
            cpu.put(pid, Processes.cpuMillis(pid));
        }
    }

    @Override
    public void close() {
        work.close();
        pool.close();
        network.close();
    }

    /** What somebody's collection cost in a setting, and by how much its backends have grown. */
    record Result(String subject, Setting setting, Bill.One one, double backendMegabytes) {}

    /** How large the database was. */
    record Setting(int tables, int idle) {}
}

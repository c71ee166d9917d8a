package io.pgwatch.benchmarks;

import com.sun.management.ThreadMXBean;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pgwatch.core.SteppedWatch;
import io.pgwatch.micrometer.PgWatchMetrics;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleSupplier;
import javax.sql.DataSource;

/** What a watch costs the application's process: the heap that it keeps, and the time to read a value of it. */
final class Retained {

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private static final int WATCHES = 5;
    private static final int READS = 200_000;

    private Retained() {}

    /** Bytes that one of several watches with two days of history keeps alive, its connection included. */
    static long heapOfWatch(DataSource database) {
        List<SteppedWatch> watches = new ArrayList<>();
        try {
            watches.add(old(database)); // brings along what all of them share
            long before = usedHeap();
            for (int i = 0; i < WATCHES; i++) {
                watches.add(old(database));
            }
            return (usedHeap() - before) / WATCHES;
        } finally {
            watches.forEach(SteppedWatch::close);
        }
    }

    /** The same of the one that reads the tables, when it has measured all that it measures. */
    static long heapOfReader(DataSource database) throws InterruptedException {
        try (SteppedWatch another = old(database)) {
            another.latest();
        }
        long before = usedHeap();
        try (SteppedWatch reader = SteppedWatch.hasty(database)) {
            reader.sweep();
            reader.readTables();
            reader.liveTwoDays();
            return usedHeap() - before;
        }
    }

    private static SteppedWatch old(DataSource database) {
        SteppedWatch watch = new SteppedWatch(database);
        watch.liveTwoDays();
        return watch;
    }

    private static long usedHeap() {
        long used = Long.MAX_VALUE;
        for (int i = 0; i < 5; i++) {
            System.gc();
            Runtime runtime = Runtime.getRuntime();
            used = Math.min(used, runtime.totalMemory() - runtime.freeMemory());
        }
        return used;
    }

    /** Nanoseconds and bytes to read one value, on the average of all of a watch. */
    record Read(int values, double nanos, double bytes) {}

    static Read read(DataSource database) {
        try (SteppedWatch watch = new SteppedWatch(database)) {
            watch.sweep();
            SimpleMeterRegistry registry = new SimpleMeterRegistry();
            new PgWatchMetrics(watch).bindTo(registry);
            DoubleSupplier[] values =
                    registry.getMeters().stream().map(Retained::value).toArray(DoubleSupplier[]::new);
            Read fastest = read(values);
            for (int i = 0; i < 4; i++) {
                Read again = read(values);
                fastest = again.nanos() < fastest.nanos() ? again : fastest;
            }
            return fastest;
        }
    }

    private static DoubleSupplier value(Meter meter) {
        return meter instanceof Gauge gauge ? gauge::value : ((FunctionCounter) meter)::count;
    }

    private static Read read(DoubleSupplier[] values) {
        long bytes = THREADS.getCurrentThreadAllocatedBytes();
        long nanos = System.nanoTime();
        double sum = 0;
        for (int i = 0; i < READS; i++) {
            for (DoubleSupplier value : values) {
                sum += value.getAsDouble();
            }
        }
        double reads = (double) READS * values.length;
        nanos = System.nanoTime() - nanos;
        bytes = THREADS.getCurrentThreadAllocatedBytes() - bytes;
        if (sum == 0) {
            throw new IllegalStateException("nothing was read"); // and nothing is optimised away
        }
        return new Read(values.length, nanos / reads, bytes / reads);
    }
}

package io.pgwatch.benchmarks;

import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * What a number of collections cost; or, of one moment, all that was counted until then.
 *
 * @param statements that the server executed, as pg_stat_statements counts them: each part of a joined one
 * @param roundTrips that the client waited for, as the proxy between the two counts them
 * @param borrows of the application's pool
 * @param transactions committed or rolled back, as the server counts them
 * @param xids that the server gave away
 * @param buffers hit or read, in planning and in execution, as pg_stat_statements counts them
 * @param resultBytes from the server to the client
 * @param cpuMillis that the backend was on a core, as the kernel's scheduler counts them
 * @param allocatedBytes by the thread that collects
 */
record Bill(
        long collections,
        long statements,
        long roundTrips,
        long borrows,
        long transactions,
        long xids,
        long buffers,
        long resultBytes,
        double cpuMillis,
        long allocatedBytes) {

    Bill minus(Bill before) {
        return new Bill(
                collections - before.collections,
                statements - before.statements,
                roundTrips - before.roundTrips,
                borrows - before.borrows,
                transactions - before.transactions,
                xids - before.xids,
                buffers - before.buffers,
                resultBytes - before.resultBytes,
                cpuMillis - before.cpuMillis,
                allocatedBytes - before.allocatedBytes);
    }

    /** What one collection cost on the average. */
    One one() {
        double n = collections;
        return new One(
                statements / n,
                roundTrips / n,
                borrows / n,
                transactions / n,
                xids / n,
                buffers / n,
                resultBytes / n,
                cpuMillis / n,
                allocatedBytes / n);
    }

    /** One collection. */
    record One(
            double statements,
            double roundTrips,
            double borrows,
            double transactions,
            double xids,
            double buffers,
            double resultBytes,
            double cpuMillis,
            double allocatedBytes) {

        /** Of several rounds the largest counts, and the median of what the machine disturbs. */
        static One of(List<One> rounds) {
            return new One(
                    most(rounds, One::statements),
                    most(rounds, One::roundTrips),
                    most(rounds, One::borrows),
                    most(rounds, One::transactions),
                    most(rounds, One::xids),
                    most(rounds, One::buffers),
                    most(rounds, One::resultBytes),
                    median(rounds, One::cpuMillis),
                    median(rounds, One::allocatedBytes));
        }

        private static double most(List<One> rounds, ToDoubleFunction<One> count) {
            return rounds.stream().mapToDouble(count).max().orElseThrow();
        }

        private static double median(List<One> rounds, ToDoubleFunction<One> value) {
            double[] sorted = rounds.stream().mapToDouble(value).sorted().toArray();
            return sorted[(sorted.length - 1) / 2];
        }
    }
}

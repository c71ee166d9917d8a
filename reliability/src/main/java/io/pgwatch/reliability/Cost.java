package io.pgwatch.reliability;

import io.pgwatch.PgWatch;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;
import java.util.Locale;
import java.util.Set;
import javax.management.JMException;
import javax.management.MBeanAttributeInfo;
import javax.management.MBeanServer;
import javax.management.ObjectName;

/**
 * What it cost those who asked, on the thread that asked.
 *
 * @param health of each call of the health component
 * @param scrape of each scrape of the meters of both watches
 * @param jmx of each reading of all attributes of all their MBeans
 * @param waits how often the asking thread waited or was blocked meanwhile
 */
record Cost(Times health, Times scrape, Times jmx, long waits) {

    private static final MBeanServer PLATFORM = ManagementFactory.getPlatformMBeanServer();
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    /** Calls before those that are measured, since the JVM has to learn them. */
    private static final int WARM_UP = 50;

    /**
     * Milliseconds in ascending order.
     *
     * @param cpu all of it if the thread never waited, and other processes of a busy machine do not add to it
     * @param wall with what other processes and the garbage collector took meanwhile
     */
    record Times(double[] cpu, double[] wall) {

        private Times(int count) {
            this(new double[count], new double[count]);
        }

        private void measure(int i, Call call) throws JMException {
            long began = System.nanoTime();
            long cpuBegan = THREADS.getCurrentThreadCpuTime();
            call.make();
            cpu[i] = (THREADS.getCurrentThreadCpuTime() - cpuBegan) / 1e6;
            wall[i] = (System.nanoTime() - began) / 1e6;
        }

        private Times sorted() {
            Arrays.sort(cpu);
            Arrays.sort(wall);
            return this;
        }

        double medianCpu() {
            return cpu[cpu.length / 2];
        }

        /** The 99th of a hundred. */
        double highCpu() {
            return cpu[Math.max(0, cpu.length * 99 / 100 - 1)];
        }

        double medianWall() {
            return wall[wall.length / 2];
        }

        /** CPU: median, the 99th of a hundred, and the worst; the median by the clock on the wall. */
        String inWords() {
            return String.format(
                    Locale.ROOT, "%.2f / %.2f / %.1f; %.2f", medianCpu(), highCpu(), cpu[cpu.length - 1], medianWall());
        }
    }

    @FunctionalInterface
    private interface Call {
        void make() throws JMException;
    }

    /** Asks so many times, after a few for nothing. */
    static Cost of(Rig rig, int times) throws JMException {
        ask(rig, WARM_UP);
        return ask(rig, times);
    }

    private static Cost ask(Rig rig, int times) throws JMException {
        Times health = new Times(times);
        Times scrape = new Times(times);
        Times jmx = new Times(times);
        Set<ObjectName> beans = PLATFORM.queryNames(new ObjectName("io.pgwatch:*"), null);
        long waits = waitsOfThisThread();
        for (int i = 0; i < times; i++) {
            health.measure(i, () -> {
                rig.application().health();
                rig.watches().forEach(PgWatch::latest);
            });
            scrape.measure(i, rig::scrape);
            jmx.measure(i, () -> {
                for (ObjectName bean : beans) {
                    readAll(bean);
                }
            });
        }
        return new Cost(health.sorted(), scrape.sorted(), jmx.sorted(), waitsOfThisThread() - waits);
    }

    /** Reads every attribute. */
    static void readAll(ObjectName bean) throws JMException {
        String[] names = Arrays.stream(PLATFORM.getMBeanInfo(bean).getAttributes())
                .map(MBeanAttributeInfo::getName)
                .toArray(String[]::new);
        PLATFORM.getAttributes(bean, names);
    }

    /** Both counts are exact, however busy the machine is. */
    private static long waitsOfThisThread() {
        ThreadInfo info = THREADS.getThreadInfo(Thread.currentThread().getId());
        return info.getWaitedCount() + info.getBlockedCount();
    }
}

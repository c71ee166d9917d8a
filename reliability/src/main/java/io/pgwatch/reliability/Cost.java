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
 * What it cost those who asked, on the thread that asked: CPU time, which is all of it if that thread never waited, and which
 * other processes of a busy machine do not add to.
 *
 * @param health milliseconds of each call of the health component, in ascending order
 * @param scrape milliseconds of each scrape of the meters of both watches, in ascending order
 * @param jmx milliseconds of each reading of all attributes of all their MBeans, in ascending order
 * @param waits how often the asking thread waited or was blocked meanwhile
 */
record Cost(double[] health, double[] scrape, double[] jmx, long waits) {

    private static final MBeanServer PLATFORM = ManagementFactory.getPlatformMBeanServer();
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    /** Asks so many times. */
    static Cost of(Rig rig, int times) throws JMException {
        double[] health = new double[times];
        double[] scrape = new double[times];
        double[] jmx = new double[times];
        Set<ObjectName> beans = PLATFORM.queryNames(new ObjectName("io.pgwatch:*"), null);
        long waits = waitsOfThisThread();
        for (int i = 0; i < times; i++) {
            long started = THREADS.getCurrentThreadCpuTime();
            rig.application().health();
            rig.watches().forEach(PgWatch::latest);
            health[i] = millisSince(started);
            started = THREADS.getCurrentThreadCpuTime();
            rig.scrape();
            scrape[i] = millisSince(started);
            started = THREADS.getCurrentThreadCpuTime();
            for (ObjectName bean : beans) {
                readAll(bean);
            }
            jmx[i] = millisSince(started);
        }
        waits = waitsOfThisThread() - waits;
        Arrays.sort(health);
        Arrays.sort(scrape);
        Arrays.sort(jmx);
        return new Cost(health, scrape, jmx, waits);
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

    private static double millisSince(long started) {
        return (THREADS.getCurrentThreadCpuTime() - started) / 1e6;
    }

    static double median(double[] millis) {
        return millis[millis.length / 2];
    }

    /** Median, the 99th of a hundred, and the worst, in milliseconds. */
    static String inWords(double[] millis) {
        return String.format(
                Locale.ROOT,
                "%.2f / %.2f / %.1f",
                median(millis),
                millis[Math.max(0, millis.length * 99 / 100 - 1)],
                millis[millis.length - 1]);
    }
}

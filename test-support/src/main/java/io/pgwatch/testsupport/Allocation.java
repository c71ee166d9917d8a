package io.pgwatch.testsupport;

import java.lang.management.ManagementFactory;
import javax.management.JMException;
import javax.management.ObjectName;

/** What the thread that asks has allocated so far. */
public final class Allocation {

    private Allocation() {}

    /** In bytes, since the thread began. The bean's own type is of a module that tests do not read. */
    public static long ofThisThread() {
        try {
            return (long) ManagementFactory.getPlatformMBeanServer()
                    .invoke(
                            new ObjectName(ManagementFactory.THREAD_MXBEAN_NAME),
                            "getThreadAllocatedBytes",
                            new Object[] {Thread.currentThread().getId()},
                            new String[] {"long"});
        } catch (JMException e) {
            throw new AssertionError(e);
        }
    }
}

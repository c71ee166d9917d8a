package io.pgwatch.reliability;

import io.pgwatch.testsupport.Database.SqlFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What is measured in a soak every few seconds. */
final class Samples {

    /** Clock ticks a second, as Linux tells CPU time of processes. */
    private static final double TICKS = 100;

    /**
     * One of them.
     *
     * @param second since the beginning
     * @param heap megabytes in use after a garbage collection
     * @param threads of the whole JVM
     * @param sessions of one watch at the server, the most; NaN where it could not be asked
     * @param cpu seconds of CPU that the backend of the application's watch has used so far; NaN where it could not be asked
     */
    record Sample(double second, double heap, double threads, double sessions, double cpu) {}

    private final Rig rig;
    private final long started = System.nanoTime();
    private final List<Sample> all = new ArrayList<>();

    Samples(Rig rig) {
        this.rig = rig;
    }

    List<Sample> all() {
        return all;
    }

    double seconds() {
        return (System.nanoTime() - started) / 1e9;
    }

    void take() {
        System.gc();
        Runtime jvm = Runtime.getRuntime();
        double sessions = Double.NaN;
        double cpu = Double.NaN;
        try {
            if (rig.server().answers()) {
                sessions = Holdings.sessions(rig.server());
                cpu = cpuOf(rig.server()
                        .ask("select coalesce(max(pid), 0) from pg_stat_activity"
                                + " where application_name like 'pgwatch app %'"));
            }
        } catch (SqlFailure nobodyGetsIn) {
            sessions = Double.NaN;
        }
        all.add(new Sample(
                seconds(), (jvm.totalMemory() - jvm.freeMemory()) / 1048576.0, Thread.activeCount(), sessions, cpu));
    }

    private static double cpuOf(String pid) {
        try {
            String stat = Files.readString(Path.of("/proc", pid, "stat"));
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
            return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / TICKS;
        } catch (IOException gone) {
            return Double.NaN;
        }
    }
}

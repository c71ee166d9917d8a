package io.pgwatch.reliability;

import io.pgwatch.testsupport.PgServer;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** What is measured in a soak every second, on a thread of its own, whatever is broken just then. */
final class Samples implements AutoCloseable {

    /** Clock ticks a second, as Linux tells CPU time of processes. */
    private static final double TICKS = 100;

    private static final String BACKENDS =
            "select pid from pg_stat_get_activity(null) where application_name like 'pgwatch %'";

    /**
     * One of them.
     *
     * @param second since the beginning
     * @param heap megabytes in use after a garbage collection
     * @param threads of the whole JVM
     * @param sessions of one watch at the server, the most; NaN where it could not be asked
     * @param cpu seconds of CPU that all backends of both watches have used so far, also those that have ended; NaN where the
     *     server could not be asked
     */
    record Sample(double second, double heap, double threads, double sessions, double cpu) {}

    private final PgServer server;
    private final long started = System.nanoTime();
    private final List<Sample> all = new ArrayList<>();
    private final Map<String, Double> cpuOfBackends = new HashMap<>();
    private final CountDownLatch over = new CountDownLatch(1);
    private final Thread thread = new Thread(this::takeAll, "samples");
    private @Nullable Connection session;

    Samples(PgServer server) {
        this.server = server;
        thread.setDaemon(true); // it may hang in a server that nobody thaws
        thread.start();
    }

    List<Sample> all() {
        synchronized (all) {
            return List.copyOf(all);
        }
    }

    double seconds() {
        return (System.nanoTime() - started) / 1e9;
    }

    private void takeAll() {
        try {
            do {
                take();
            } while (!over.await(1, TimeUnit.SECONDS));
        } catch (InterruptedException nobodyDoes) {
            throw new IllegalStateException(nobodyDoes);
        }
    }

    private void take() {
        System.gc();
        Runtime jvm = Runtime.getRuntime();
        double heap = (jvm.totalMemory() - jvm.freeMemory()) / 1048576.0;
        int threads = ManagementFactory.getThreadMXBean().getThreadCount();
        double second = seconds();
        double sessions = Double.NaN;
        double cpu = Double.NaN;
        if (server.answers()) {
            try {
                Connection asked = session();
                sessions = Holdings.sessions(asked);
                cpu = cpu(asked);
            } catch (SQLException nobodyGetsIn) {
                session = null;
                sessions = Double.NaN;
            }
        }
        synchronized (all) {
            all.add(new Sample(second, heap, threads, sessions, cpu));
        }
    }

    /** The one that is there, since perhaps nobody can log in just now. */
    private Connection session() throws SQLException {
        Connection held = session;
        if (held == null) {
            held = server.connect("postgres", "postgres");
            session = held;
        }
        return held;
    }

    /** A backend adds up to what those before it have used; so a new connection does not begin at 0. */
    private double cpu(Connection asked) throws SQLException {
        try (Statement statement = asked.createStatement();
                ResultSet pids = statement.executeQuery(BACKENDS)) {
            while (pids.next()) {
                addCpuOf(pids.getString(1));
            }
        }
        return cpuOfBackends.values().stream().mapToDouble(Double::doubleValue).sum();
    }

    private void addCpuOf(String pid) {
        try {
            String stat = Files.readString(Path.of("/proc", pid, "stat"));
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
            String backend = pid + " since " + fields[19];
            cpuOfBackends.put(backend, (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / TICKS);
        } catch (IOException gone) {
            return; // what it had used when it was last seen stays
        }
    }

    /** The last one is over; the session ends, too. */
    @Override
    public void close() throws InterruptedException, SQLException {
        over.countDown();
        thread.join(10_000);
        Connection held = session;
        if (held != null) {
            held.close();
        }
    }
}

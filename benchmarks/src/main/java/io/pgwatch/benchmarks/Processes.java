package io.pgwatch.benchmarks;

import io.pgwatch.testsupport.PgServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** What the kernel knows of the server's processes. Linux only. */
final class Processes {

    private static final double MILLIS_PER_TICK = 10;

    private Processes() {}

    /** CPU time of one process so far. */
    static double cpuMillis(long pid) {
        return Long.parseLong(read(pid, "schedstat").split(" ")[0]) / 1e6;
    }

    /** Memory that is the process's alone, so not the shared buffers. */
    static double privateMegabytes(long pid) {
        return read(pid, "status")
                        .lines()
                        .filter(line -> line.startsWith("RssAnon:"))
                        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                        .sum()
                / 1024.0;
    }

    /** CPU time of all processes of a server so far, of those that have ended too; these are counted by 10 ms. */
    static double cpuMillis(PgServer server) {
        long postmaster = postmaster(server);
        String[] times = read(postmaster, "stat").replaceFirst(".*\\) ", "").split(" ");
        double ended = (Long.parseLong(times[13]) + Long.parseLong(times[14])) * MILLIS_PER_TICK;
        return ended
                + cpuMillis(postmaster)
                + children(postmaster).mapToDouble(Processes::ofChild).sum();
    }

    private static double ofChild(ProcessHandle child) {
        try {
            return cpuMillis(child.pid());
        } catch (UncheckedIOException endedMeanwhile) {
            return 0;
        }
    }

    private static Stream<ProcessHandle> children(long postmaster) {
        return ProcessHandle.of(postmaster).stream().flatMap(ProcessHandle::children);
    }

    private static long postmaster(PgServer server) {
        try {
            return Long.parseLong(Files.readAllLines(server.dataDirectory().resolve("postmaster.pid"))
                    .get(0));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String read(long pid, String file) {
        try {
            return Files.readString(Path.of("/proc", Long.toString(pid), file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

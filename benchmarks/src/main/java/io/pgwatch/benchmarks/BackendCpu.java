package io.pgwatch.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** CPU time of a server's process, from the kernel's scheduler. */
final class BackendCpu {

    private BackendCpu() {}

    static double seconds(String pid) {
        try {
            return Long.parseLong(
                            Files.readString(Path.of("/proc", pid, "schedstat")).split(" ")[0])
                    / 1e9;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

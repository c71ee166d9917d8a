package io.pgwatch.testsupport;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/** The process that a server began with, and through it all the server's processes. */
record Postmaster(ProcessHandle process) {

    private static final int STATUS_LINE = 7;

    /** Those that were told to work on something in this directory. */
    static List<Postmaster> workingIn(Path directory) {
        return ProcessHandle.allProcesses()
                .filter(process -> process.info().command().orElse("").endsWith("/postgres"))
                .filter(process -> process.info().commandLine().orElse("").contains(" -D " + directory))
                .map(Postmaster::new)
                .toList();
    }

    /** Whether the server accepts connections. */
    boolean isReady(Path dataDirectory) {
        List<String> lines = pidFile(dataDirectory);
        return lines.size() > STATUS_LINE
                && lines.get(0).equals(Long.toString(process.pid()))
                && lines.get(STATUS_LINE).strip().equals("ready");
    }

    private static List<String> pidFile(Path dataDirectory) {
        try {
            return Files.readAllLines(dataDirectory.resolve("postmaster.pid"));
        } catch (NoSuchFileException notStarted) {
            return List.of();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Stops every process of the server, the postmaster first so that no new ones appear. */
    void freeze() {
        Commands.signal("STOP", List.of(process.pid()));
        Commands.signal("STOP", family());
    }

    void thaw() {
        Commands.signal("CONT", family());
    }

    /** Asks for a "fast" shutdown, and waits for its end. */
    void stop() {
        end("INT");
    }

    /** Ends the server at once, frozen or not. */
    void kill() {
        thaw();
        end("QUIT");
    }

    private void end(String signal) {
        Commands.signal(signal, List.of(process.pid()));
        try {
            process.onExit().get(1, TimeUnit.MINUTES);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while a server shuts down", e);
        } catch (ExecutionException | TimeoutException e) {
            throw new IllegalStateException("the server with process id " + process.pid() + " does not end", e);
        }
    }

    private List<Long> family() {
        return Stream.concat(process.descendants(), Stream.of(process))
                .map(ProcessHandle::pid)
                .toList();
    }
}

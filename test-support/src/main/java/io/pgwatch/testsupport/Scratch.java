package io.pgwatch.testsupport;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.DirectoryStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Where this JVM's servers keep their data: in memory, where the run asks for that by {@code pgwatch.data-in-memory} and the system
 * has room, else beside the programs. Short-lived servers spend more on making and deleting files than on all else.
 *
 * <p>Each JVM has a directory of its own and holds a lock in it. One whose lock is free belongs to a JVM that was killed, so the next
 * to come ends the servers that were left in it and removes it.
 */
final class Scratch {

    private static final String PREFIX = "jvm-";
    private static final String LOCK = "lock";
    private static final Path MEMORY = Path.of("/dev/shm");

    /** Twice what the tests of one module were seen to take, in three processes. */
    static final long ROOM = 6L << 30;

    private static @Nullable Path ofThisJvm;

    /** Held here because a lock that nobody refers to ends with the next garbage collection. */
    @SuppressWarnings({"unused", "UnusedVariable"})
    private static @Nullable FileLock lockOfThisJvm;

    private Scratch() {}

    /** What test runs of the same user share: the unpacked programs. */
    static Path root() throws IOException {
        return Files.createDirectories(below(Path.of(System.getProperty("java.io.tmpdir"))));
    }

    private static Path below(Path parent) {
        return parent.resolve("pgwatch-" + System.getProperty("user.name"));
    }

    /** A new empty directory; the caller deletes it. */
    static synchronized Path newDirectory(String name) throws IOException {
        if (ofThisJvm == null) {
            removeWhatKilledJvmsLeft(root());
            removeWhatKilledJvmsLeft(below(MEMORY));
            ofThisJvm = Files.createTempDirectory(forData(), PREFIX);
            lockOfThisJvm = FileChannel.open(
                            ofThisJvm.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE)
                    .lock();
        }
        return Files.createTempDirectory(ofThisJvm, name + "-");
    }

    private static Path forData() throws IOException {
        boolean inMemory = Boolean.getBoolean("pgwatch.data-in-memory")
                && Files.isWritable(MEMORY)
                && MEMORY.toFile().getUsableSpace() >= ROOM;
        return inMemory ? Files.createDirectories(below(MEMORY)) : root();
    }

    /** Deletes a directory and all below it, also while somebody else is deleting there. */
    static void delete(Path directory) {
        try {
            Files.walkFileTree(directory, new Deletion());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static final class Deletion extends SimpleFileVisitor<Path> {

        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
            return gone(file);
        }

        /** Reached by what somebody else has deleted since its directory was listed, too. */
        @Override
        public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
            return gone(file);
        }

        @Override
        public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException e) throws IOException {
            return gone(directory);
        }

        private static FileVisitResult gone(Path path) throws IOException {
            Files.deleteIfExists(path);
            return FileVisitResult.CONTINUE;
        }
    }

    private static void removeWhatKilledJvmsLeft(Path home) throws IOException {
        if (!Files.isDirectory(home)) {
            return;
        }
        Instant fairlyNew = Instant.now().minus(Duration.ofMinutes(1)); // perhaps just made, and not locked yet
        try (DirectoryStream<Path> directories = Files.newDirectoryStream(home, PREFIX + "*")) {
            for (Path directory : directories) {
                if (isOlder(directory, fairlyNew)) {
                    removeIfLeft(directory);
                }
            }
        }
    }

    /** One that its own JVM has just removed is not. */
    private static boolean isOlder(Path directory, Instant moment) throws IOException {
        try {
            return Files.getLastModifiedTime(directory).toInstant().isBefore(moment);
        } catch (NoSuchFileException goneMeanwhile) {
            return false;
        }
    }

    /** Removes the directory of a JVM that is gone, and ends its servers. */
    static void removeIfLeft(Path directory) throws IOException {
        if (isUnlocked(directory.resolve(LOCK))) {
            Postmaster.workingIn(directory).forEach(Postmaster::kill);
            delete(directory);
        }
    }

    private static boolean isUnlocked(Path lock) throws IOException {
        try (FileChannel channel = FileChannel.open(lock, StandardOpenOption.WRITE);
                FileLock taken = channel.tryLock()) {
            return taken != null;
        } catch (NoSuchFileException neverLocked) {
            return true;
        }
    }
}

package io.pgwatch.testsupport;

import static java.nio.file.FileVisitResult.CONTINUE;
import static java.nio.file.FileVisitResult.SKIP_SUBTREE;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/** A physical standby: it streams from a primary through a slot of its own and answers queries. */
public final class Standby implements AutoCloseable {

    private static final AtomicInteger SLOTS = new AtomicInteger();

    private final PgServer primary;
    private final LocalServer server;
    private final String slot;

    private Standby(PgServer primary, LocalServer server, String slot) {
        this.primary = primary;
        this.server = server;
        this.slot = slot;
    }

    /** Copies a running primary, which may be a shared one, and starts the copy. */
    public static Standby of(PgServer primary) {
        String slot = "standby_" + SLOTS.incrementAndGet();
        Standby standby = new Standby(primary, LocalServer.unfilledLike(primary), slot);
        try {
            primary.execute("select pg_create_physical_replication_slot('" + slot + "', true)");
            standby.copyPrimary();
            standby.server.restartWith(Map.of(
                    "primary_conninfo",
                    "host=%s port=%d user=postgres application_name=%s".formatted(primary.host(), primary.port(), slot),
                    "primary_slot_name",
                    slot));
            return standby;
        } catch (RuntimeException | Error e) {
            standby.close();
            throw e;
        }
    }

    /** The standby as a server. */
    public PgServer server() {
        return server;
    }

    /** The name of its slot on the primary, which is also its application_name there. */
    public String slot() {
        return slot;
    }

    /** Waits until all that the primary has written by now is visible here. */
    public void catchUp() {
        String written = primary.ask("select pg_current_wal_lsn()");
        await().pollDelay(Duration.ZERO)
                .atMost(Duration.ofSeconds(30))
                .until(() -> server.ask("select pg_last_wal_replay_lsn() >= '" + written + "'")
                        .equals("t"));
    }

    /** Makes it a primary, and waits until it is one. The former primary goes on, unaware. */
    public void promote() {
        server.execute("select pg_promote()");
    }

    /** Ends the standby and, while the primary runs, drops its slot there. */
    @Override
    public void close() {
        server.close();
        if (LocalServer.answering().contains(primary)) {
            await().pollDelay(Duration.ZERO).atMost(Duration.ofSeconds(30)).until(this::slotIsDropped);
        }
    }

    /** False as long as the primary has not noticed that the standby is gone. */
    private boolean slotIsDropped() {
        primary.execute(
                "select pg_drop_replication_slot(slot_name) from pg_replication_slots where not active and slot_name = '"
                        + slot + "'");
        return primary.ask("select count(*) from pg_replication_slots where slot_name = '" + slot + "'")
                .equals("0");
    }

    private void copyPrimary() {
        boolean renamed = primary.major() >= 15;
        try (Connection connection = primary.connect("postgres", "postgres");
                Statement backup = connection.createStatement()) {
            backup.execute(
                    renamed
                            ? "select pg_backup_start('standby', true)"
                            : "select pg_start_backup('standby', true, false)");
            copy(primary.dataDirectory(), server.dataDirectory());
            try (ResultSet stopped = backup.executeQuery(
                    "select labelfile from " + (renamed ? "pg_backup_stop(false)" : "pg_stop_backup(false, false)"))) {
                stopped.next();
                Files.writeString(server.dataDirectory().resolve("backup_label"), stopped.getString(1));
            }
            Files.createFile(server.dataDirectory().resolve("standby.signal"));
        } catch (SQLException e) {
            throw new Database.SqlFailure(e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Copies the files of a running server; what vanishes meanwhile was temporary. */
    private static void copy(Path from, Path to) throws IOException {
        Files.walkFileTree(from, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes)
                    throws IOException {
                Path copy = Files.createDirectory(to.resolve(from.relativize(directory)));
                Files.setPosixFilePermissions(copy, PosixFilePermissions.fromString("rwx------"));
                return directory.equals(from.resolve("pg_replslot")) ? SKIP_SUBTREE : CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                if (!file.startsWith(from.resolve("pg_wal")) && !file.equals(from.resolve("postmaster.pid"))) {
                    try {
                        Files.copy(file, to.resolve(from.relativize(file)));
                    } catch (NoSuchFileException vanished) {
                        return CONTINUE;
                    }
                }
                return CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
                return e instanceof NoSuchFileException ? CONTINUE : super.visitFileFailed(file, e);
            }
        });
    }
}

package io.pgwatch.testsupport;

import static org.awaitility.Awaitility.await;

import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.opentest4j.TestAbortedException;

/**
 * The machine's own PgBouncer, run in front of a server. A test that starts one where none is installed is aborted.
 *
 * <p>The role {@code postgres} administers it.
 */
public final class PgBouncer implements AutoCloseable {

    /** When a server connection goes back to the pool. */
    public enum PoolMode {
        SESSION,
        TRANSACTION
    }

    private static final Pattern VERSION = Pattern.compile("PgBouncer (\\d+)\\.(\\d+)");

    private static final Set<Process> RUNNING = ConcurrentHashMap.newKeySet();

    static {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> RUNNING.forEach(Process::destroyForcibly)));
    }

    private final Path directory;
    private final int port;
    private final Process process;

    private PgBouncer(Path directory, int port, Process process) {
        this.directory = directory;
        this.port = port;
        this.process = process;
    }

    public static boolean isInstalled() {
        return program().isPresent();
    }

    public static PgBouncer inFrontOf(PgServer server, PoolMode mode) {
        return inFrontOf(server, mode, Map.of());
    }

    /**
     * Starts one.
     *
     * @param settings beside the usual ones, as they stand in the section {@code [pgbouncer]}
     */
    public static PgBouncer inFrontOf(PgServer server, PoolMode mode, Map<String, String> settings) {
        return inFrontOf(server, mode, settings, Map.of());
    }

    /**
     * Starts one.
     *
     * @param settings beside the usual ones, as they stand in the section {@code [pgbouncer]}
     * @param files by name, in the directory where it runs; {@code users.txt} in place of the one with the server's roles
     */
    public static PgBouncer inFrontOf(
            PgServer server, PoolMode mode, Map<String, String> settings, Map<String, String> files) {
        Path program = program()
                .orElseThrow(() ->
                        new TestAbortedException("PgBouncer is not installed here; Debian's package is pgbouncer"));
        String wanted = settings.get("listen_port");
        int port = wanted == null ? Ports.free() : Integer.parseInt(wanted);
        SortedMap<String, String> all = new TreeMap<>(Map.of(
                "listen_addr", "127.0.0.1",
                "listen_port", Integer.toString(port),
                "unix_socket_dir", "",
                "auth_type", "trust",
                "auth_file", "users.txt",
                "admin_users", "postgres",
                "pool_mode", mode.name().toLowerCase(Locale.ROOT)));
        try {
            if (followsPreparedStatements(program)) {
                all.put("max_prepared_statements", "0"); // as all versions before
            }
            all.putAll(settings);
            Path directory = Scratch.newDirectory("pgbouncer");
            Files.writeString(
                    directory.resolve("users.txt"),
                    PgServer.ROLES.stream().map("\"%s\" \"\"\n"::formatted).collect(Collectors.joining()));
            for (Map.Entry<String, String> file : files.entrySet()) {
                Files.writeString(directory.resolve(file.getKey()), file.getValue());
            }
            Files.writeString(
                    directory.resolve("pgbouncer.ini"),
                    "[databases]\n* = host=" + server.host() + " port=" + server.port() + "\n[pgbouncer]\n"
                            + all.entrySet().stream()
                                    .map(setting -> setting.getKey() + " = " + setting.getValue() + "\n")
                                    .collect(Collectors.joining()));
            Process process = Commands.unprivileged(program, directory.resolve("pgbouncer.ini"))
                    .directory(directory.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(directory.resolve("log").toFile())
                    .start();
            RUNNING.add(process);
            PgBouncer bouncer = new PgBouncer(directory, port, process);
            bouncer.awaitStart();
            return bouncer;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public int port() {
        return port;
    }

    public String jdbcUrl(String database) {
        return "jdbc:postgresql://127.0.0.1:" + port + "/" + database;
    }

    /** Has its administrator say something on the console, such as {@code PAUSE orders}; returns when it is done. */
    public void tell(String command) {
        try (Socket socket = new Socket("127.0.0.1", port)) {
            DataOutputStream out = new DataOutputStream(new BufferedOutputStream(socket.getOutputStream()));
            byte[] login = "user\0postgres\0database\0pgbouncer\0\0".getBytes(StandardCharsets.UTF_8);
            out.writeInt(8 + login.length);
            out.writeInt(3 << 16); // version of the protocol
            out.write(login);
            out.flush(); // at once: it takes no login in parts
            DataInputStream in = new DataInputStream(socket.getInputStream());
            awaitReady(in);
            byte[] text = (command + "\0").getBytes(StandardCharsets.UTF_8);
            out.writeByte('Q');
            out.writeInt(4 + text.length);
            out.write(text);
            out.flush();
            awaitReady(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void awaitReady(DataInputStream in) throws IOException {
        byte type;
        do {
            type = in.readByte();
            byte[] content = in.readNBytes(in.readInt() - 4);
            if (type == 'E') {
                throw new IOException(new String(content, StandardCharsets.UTF_8));
            }
        } while (type != 'Z');
    }

    @Override
    public void close() {
        process.destroyForcibly().onExit().join();
        RUNNING.remove(process);
        Scratch.delete(directory);
    }

    private void awaitStart() throws IOException {
        await().pollInterval(Duration.ofMillis(10))
                .atMost(Duration.ofSeconds(30))
                .until(() -> !process.isAlive() || isListening());
        if (!process.isAlive()) {
            throw new IllegalStateException("PgBouncer does not start: " + Files.readString(directory.resolve("log")));
        }
    }

    private boolean isListening() {
        try {
            new Socket("127.0.0.1", port).close();
            return true;
        } catch (IOException notYet) {
            return false;
        }
    }

    /** From 1.21 on it can, and from 1.24 on it does unless told otherwise. */
    private static boolean followsPreparedStatements(Path program) throws IOException {
        Process asked = new ProcessBuilder(program.toString(), "--version").start();
        Matcher version = VERSION.matcher(new String(asked.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
        return version.find() && (!"1".equals(version.group(1)) || Integer.parseInt(version.group(2)) >= 21);
    }

    private static Optional<Path> program() {
        return Stream.concat(Stream.of(System.getenv("PATH").split(":")), Stream.of("/usr/sbin"))
                .map(directory -> Path.of(directory, "pgbouncer"))
                .filter(Files::isExecutable)
                .findFirst();
    }
}

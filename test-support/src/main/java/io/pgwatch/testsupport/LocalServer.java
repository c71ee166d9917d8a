package io.pgwatch.testsupport;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A server whose processes are children of this JVM. Those of one major have one system identifier. */
final class LocalServer extends PgServer {

    private static final Set<LocalServer> RUNNING = ConcurrentHashMap.newKeySet();

    private static final Map<Integer, Path> PRISTINE = new ConcurrentHashMap<>();

    static {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            RUNNING.forEach(LocalServer::discard);
            PRISTINE.values().forEach(Scratch::delete);
        }));
    }

    private static final Map<String, String> USUAL_SETTINGS = Map.of(
            "listen_addresses", "127.0.0.1",
            "unix_socket_directories", "",
            "fsync", "off",
            "timezone", "UTC",
            "log_timezone", "UTC");

    private final Binaries binaries;
    private final Path directory;
    private final int port = Ports.free();
    private final SortedMap<String, String> settings = new TreeMap<>(USUAL_SETTINGS);
    private @Nullable Postmaster postmaster;
    private volatile boolean frozen;

    private LocalServer(int major, Map<String, String> settings, boolean shared, Path directory) {
        super(major, shared);
        this.binaries = Binaries.of(major);
        this.directory = directory;
        this.settings.putAll(settings);
        this.settings.put("port", Integer.toString(port));
    }

    /** A running server on a new cluster. */
    static LocalServer create(int major, Map<String, String> settings, boolean shared) {
        LocalServer server = new LocalServer(major, settings, shared, newDirectory(major));
        Path pristine = PRISTINE.computeIfAbsent(major, LocalServer::initialise);
        Commands.run(new ProcessBuilder(
                "cp", "-a", pristine.toString(), server.dataDirectory().toString()));
        server.write("postgresql.conf", "\ninclude 'test.conf'\n", StandardOpenOption.APPEND);
        server.launch();
        return server;
    }

    /** The cluster of a major that all its servers begin with: initdb takes ten times as long as a copy. */
    private static Path initialise(int major) {
        Path cluster = newDirectory(major);
        Commands.run(Commands.unprivileged(
                Binaries.of(major).program("initdb"),
                "--pgdata=" + cluster,
                "--username=postgres",
                "--auth=trust",
                "--encoding=UTF8",
                "--no-locale",
                "--no-sync",
                "--no-instructions"));
        return cluster;
    }

    /** A server with the major and settings of another, not started, whose data directory somebody else fills. */
    static LocalServer unfilledLike(PgServer other) {
        if (other instanceof LocalServer local) {
            return new LocalServer(local.major(), local.settings, false, newDirectory(local.major()));
        }
        throw other.outOfReach("copy it");
    }

    /** The servers of this JVM that run now and answer. */
    static Set<LocalServer> answering() {
        return RUNNING.stream().filter(LocalServer::answers).collect(Collectors.toSet());
    }

    @Override
    public String host() {
        return "127.0.0.1";
    }

    @Override
    public int port() {
        return port;
    }

    @Override
    public Path dataDirectory() {
        return directory.resolve("data");
    }

    @Override
    public String log() {
        try {
            return Files.readString(logFile());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public synchronized void stop() {
        refuseIfShared("stop it");
        running().stop();
        ended();
    }

    @Override
    public synchronized void crash() {
        refuseIfShared("crash it");
        running().kill();
        ended();
    }

    @Override
    public synchronized void start() {
        if (postmaster != null) {
            throw new IllegalStateException(this + " runs already");
        }
        launch();
    }

    @Override
    public synchronized void restartWith(Map<String, String> more) {
        refuseIfShared("restart it");
        if (postmaster != null) {
            stop();
        }
        settings.putAll(more);
        launch();
    }

    @Override
    public synchronized void freeze() {
        refuseIfShared("freeze it");
        frozen = true;
        running().freeze();
    }

    @Override
    public synchronized void thaw() {
        if (frozen) {
            running().thaw();
            frozen = false;
        }
    }

    @Override
    public boolean answers() {
        return RUNNING.contains(this) && !frozen;
    }

    @Override
    synchronized void discard() {
        if (postmaster != null) {
            postmaster.kill();
            ended();
        }
        Scratch.delete(directory);
    }

    private void launch() {
        String lines = settings.entrySet().stream()
                .map(setting -> setting.getKey() + " = '" + setting.getValue().replace("'", "''") + "'\n")
                .collect(Collectors.joining());
        write("test.conf", lines, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING);
        try {
            Process process = Commands.unprivileged(binaries.program("postgres"), "-D", dataDirectory())
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(logFile().toFile()))
                    .start();
            Postmaster started = new Postmaster(process.toHandle());
            postmaster = started;
            RUNNING.add(this);
            await().pollInterval(Duration.ofMillis(10))
                    .atMost(Duration.ofMinutes(1))
                    .until(() -> !process.isAlive() || started.isReady(dataDirectory()));
            if (!process.isAlive()) {
                ended();
                throw new IllegalStateException(this + " does not start: " + log());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Postmaster running() {
        if (postmaster == null) {
            throw new IllegalStateException(this + " does not run");
        }
        return postmaster;
    }

    private void ended() {
        postmaster = null;
        frozen = false;
        RUNNING.remove(this);
    }

    private void write(String file, String text, OpenOption... options) {
        try {
            Files.writeString(dataDirectory().resolve(file), text, options);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path newDirectory(int major) {
        try {
            return Scratch.newDirectory("pg" + major);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path logFile() {
        return directory.resolve("log");
    }
}

package io.pgwatch.testsupport;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.opentest4j.TestAbortedException;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * One running PostgreSQL server, trusting everyone who connects.
 *
 * <p>It knows four roles: {@code postgres} (superuser), {@code monitor} (granted pg_monitor), {@code plain} (granted nothing)
 * and {@code app}, who owns the database {@code app}.
 *
 * <p>A shared server (see {@link Postgres}) refuses to be stopped, and closing it does nothing: the end of the test run does that.
 * A test that wants to stop, change or harm a server starts its own: {@code PgServer.major(18).with("max_connections", "30").start()}.
 */
public abstract sealed class PgServer implements AutoCloseable permits LocalServer, ContainerServer {

    static final List<String> ROLES = List.of("postgres", "monitor", "plain", "app");

    private static final String[] ROLES_AND_DATABASE = {
        "create role monitor login in role pg_monitor",
        "create role plain login",
        "create role app login",
        "create database app owner app"
    };

    private static final AtomicInteger FRESH_DATABASES = new AtomicInteger();

    private final int major;
    private final boolean shared;

    PgServer(int major, boolean shared) {
        this.major = major;
        this.shared = shared;
    }

    /** A server of the given major version that is still to be configured and started. */
    public static Builder major(int major) {
        return new Builder(major, new TreeMap<>());
    }

    public int major() {
        return major;
    }

    public abstract String host();

    /** The TCP port, the same over all restarts. */
    public abstract int port();

    /** Where the server keeps its files. Aborts the test where it runs in a container. */
    public Path dataDirectory() {
        throw outOfReach("read its data directory");
    }

    /** What the server has logged since its first start. */
    public abstract String log();

    /** Shuts the server down in good order ("fast"), keeping data and port. Its sessions end with 57P01. */
    public void stop() {
        throw outOfReach("stop it");
    }

    /** Ends the server without a checkpoint ("immediate"), so that the next start recovers and forgets all statistics. */
    public void crash() {
        throw outOfReach("crash it");
    }

    /** Starts the stopped server on its data directory and port, and waits until it accepts connections. */
    public void start() {
        throw outOfReach("start it");
    }

    /** Restarts the server with these settings in addition to those it has. */
    public void restartWith(Map<String, String> settings) {
        throw outOfReach("restart it");
    }

    /** Suspends the postmaster and all its children: connections are accepted by the kernel and then nothing answers. */
    public void freeze() {
        throw outOfReach("freeze it");
    }

    /** Ends {@link #freeze()}; does nothing to a server that is not frozen. */
    public void thaw() {
        throw outOfReach("thaw it");
    }

    /** Whether it was started and not stopped or frozen since; one in a container always answers. */
    public boolean answers() {
        return true;
    }

    /** Ends the server and removes its data; does nothing if it is shared. */
    @Override
    public final void close() {
        if (!shared) {
            discard();
        }
    }

    /** Ends the server, shared or not, and removes its data. */
    abstract void discard();

    /** The database of this name, which need not exist yet. */
    public Database database(String name) {
        return new Database(this, name);
    }

    /** A new empty database, owned by {@code app}. */
    public FreshDatabase freshDatabase() {
        String name = "fresh_" + FRESH_DATABASES.incrementAndGet();
        execute("create database " + name + " owner app");
        return new FreshDatabase(this, name);
    }

    public String jdbcUrl(String database) {
        return "jdbc:postgresql://" + host() + ":" + port() + "/" + database;
    }

    /** Opens connections for the given user, one for each request. */
    public DataSource dataSource(String user, String database) {
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setUrl(jdbcUrl(database));
        source.setUser(user);
        return source;
    }

    public Connection connect(String user, String database) throws SQLException {
        return dataSource(user, database).getConnection();
    }

    /** Runs statements as superuser in the database {@code postgres}; see {@link Database#execute}. */
    public void execute(String... statements) {
        database("postgres").execute(statements);
    }

    /** Asks as superuser in the database {@code postgres}; see {@link Database#ask}. */
    public String ask(String query) {
        return database("postgres").ask(query);
    }

    @Override
    public String toString() {
        return "PostgreSQL " + major;
    }

    void prepare() {
        execute(ROLES_AND_DATABASE);
    }

    void refuseIfShared(String what) {
        if (shared) {
            throw new IllegalStateException(
                    "other tests use this " + this + ": to " + what + ", start one of your own");
        }
    }

    final TestAbortedException outOfReach(String what) {
        return new TestAbortedException(
                this + " runs in a container: to " + what + ", its processes and files must be ours");
    }

    /** A server before its start. Settings are written to a configuration file, so that ALTER SYSTEM can still change them. */
    public record Builder(int major, SortedMap<String, String> settings) {

        public Builder {
            settings = new TreeMap<>(settings);
        }

        /** This, and one more setting, as it would stand in postgresql.conf without quotes. */
        public Builder with(String setting, String value) {
            TreeMap<String, String> more = new TreeMap<>(settings);
            more.put(setting, value);
            return new Builder(major, more);
        }

        /** Starts a server for the caller, who closes it. */
        public PgServer start() {
            return start(false);
        }

        PgServer start(boolean shared) {
            PgServer server = ContainerServer.isWanted()
                    ? ContainerServer.start(major, settings, shared)
                    : LocalServer.create(major, settings, shared);
            try {
                server.prepare();
                return server;
            } catch (RuntimeException | Error e) {
                server.discard();
                throw e;
            }
        }
    }
}

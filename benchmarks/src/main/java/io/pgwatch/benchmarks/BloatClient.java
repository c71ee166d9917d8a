package io.pgwatch.benchmarks;

import io.pgwatch.core.bloat.BloatReading;
import io.pgwatch.core.bloat.Lent;
import io.pgwatch.core.bloat.Limits;
import io.pgwatch.core.bloat.Texts;
import io.pgwatch.snapshot.BloatSample;
import io.pgwatch.snapshot.Cause;
import io.pgwatch.snapshot.Reading.Missing;
import io.pgwatch.testsupport.Database;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.postgresql.PGConnection;

/** Runs pgwatch's reader of tables on one connection, without a watch around it. */
final class BloatClient {

    private static final Duration SLICE = Duration.ofSeconds(10);
    private static final int WARM_UP = 3;

    private BloatClient() {}

    /** What it found in the first round, and what that took, and what one took when everything was warm. */
    record Result(BloatSample sample, Cost first, Cost warm) {}

    /** Seconds of the slices without the pauses between them, and the CPU time of the backend and of our thread in them. */
    record Cost(double seconds, double serverCpu, double clientCpu) {

        Cost minus(Cost before) {
            return new Cost(seconds - before.seconds, serverCpu - before.serverCpu, clientCpu - before.clientCpu);
        }

        Cost plus(Cost more) {
            return new Cost(seconds + more.seconds, serverCpu + more.serverCpu, clientCpu + more.clientCpu);
        }

        @Override
        public String toString() {
            return String.format(
                    Locale.ROOT, "%.2f s, server %.2f s of CPU, client %.2f s", seconds, serverCpu, clientCpu);
        }
    }

    static Result measure(Database database, String user) throws SQLException {
        try (Connection connection = database.connect(user)) {
            Lent session = Direct.on(connection, database.server().major());
            Result first = round(session);
            Cost warm = first.first();
            for (int i = 0; i < WARM_UP; i++) {
                warm = round(session).first();
            }
            return new Result(first.sample(), first.first(), warm);
        }
    }

    /** What reading takes in that time with those limits, and how many tables it has looked at then. */
    static String measureFor(Duration time, Database database, String user, Limits limits) throws SQLException {
        try (Connection connection = database.connect(user)) {
            Lent session = Direct.on(connection, database.server().major());
            BloatReading reading = new BloatReading(new Files(), Clock.systemUTC(), limits);
            Cost before = now(session);
            long end = System.nanoTime() + time.toNanos();
            long longest = 0;
            while (System.nanoTime() < end) {
                long started = System.nanoTime();
                long wait = reading.slice(session, Duration.ofSeconds(1), Duration.ZERO);
                longest = Math.max(longest, System.nanoTime() - started);
                pause(Math.min(wait, Math.max(0, end - System.nanoTime())));
            }
            long tables = reading.reading().taken().orElseThrow().relations().stream()
                    .map(BloatSample.Relation::table)
                    .distinct()
                    .count();
            return String.format(
                    Locale.ROOT,
                    "%s; %d tables; longest slice %.2f s",
                    now(session).minus(before),
                    tables,
                    longest / 1e9);
        }
    }

    private static Result round(Lent session) throws SQLException {
        BloatReading reading = new BloatReading(new Files(), Clock.systemUTC(), new Limits(1, 1_000_000, false));
        Cost cost = new Cost(0, 0, 0);
        for (long wait = 0; wait < TimeUnit.MINUTES.toNanos(1); ) {
            pause(wait);
            Cost before = now(session);
            wait = reading.slice(session, SLICE, Duration.ZERO);
            cost = cost.plus(now(session).minus(before));
        }
        BloatSample sample = reading.reading()
                .taken()
                .orElseThrow(() -> new SQLException(reading.reading().toString()));
        return new Result(sample, cost, cost);
    }

    private static void pause(long nanos) {
        try {
            TimeUnit.NANOSECONDS.sleep(nanos);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static Cost now(Lent session) throws SQLException {
        int backend = ((Direct) session).connection().unwrap(PGConnection.class).getBackendPID();
        return new Cost(
                System.nanoTime() / 1e9,
                Processes.cpuMillis(backend) / 1000,
                ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() / 1e9);
    }

    /** Like a watch's own session, which keeps its settings, so that the server keeps what it prepared. */
    private record Direct(Connection connection, int major) implements Lent {

        static Direct on(Connection connection, int major) throws SQLException {
            try (Statement statement = connection.createStatement()) {
                statement.execute("set search_path = pg_catalog");
                statement.execute("set jit = off");
                statement.execute("set max_parallel_workers_per_gather = 0");
                statement.execute("set plan_cache_mode = force_generic_plan");
            }
            connection.unwrap(PGConnection.class).setPrepareThreshold(0);
            return new Direct(connection, major);
        }

        @Override
        public boolean direct() {
            return true;
        }

        @Override
        public <T> T inTransaction(Map<String, String> settings, Work<T> work) throws SQLException {
            connection.setAutoCommit(false);
            connection.setReadOnly(true);
            String set = settings.entrySet().stream()
                    .map(one -> "pg_catalog.set_config('" + one.getKey() + "', '" + one.getValue() + "', true)")
                    .collect(Collectors.joining(", ", "select ", ""));
            try (PreparedStatement statement = connection.prepareStatement(set)) {
                statement.execute();
                T result = work.in(connection);
                connection.commit();
                return result;
            } catch (SQLException e) {
                connection.rollback();
                throw e;
            }
        }
    }

    private static final class Files implements Texts {

        @Override
        public String sql(String name, int major) {
            String file = "/io/pgwatch/core/sql/" + name + "/14.sql";
            try (InputStream in = Objects.requireNonNull(BloatReading.class.getResourceAsStream(file), file)) {
                return new String(in.readAllBytes(), StandardCharsets.UTF_8);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public Missing<?> missing(SQLException error) {
            return new Missing<>(Cause.FAILED, error.toString());
        }

        @Override
        public boolean endsConnection(SQLException error) {
            return false;
        }
    }
}

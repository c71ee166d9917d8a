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
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** Runs pgwatch's reader of tables on one connection, without a watch around it. */
final class BloatClient {

    private static final int WARM_UP = 3;

    private BloatClient() {}

    /** What it found, and what that took in the first round and in one when everything was warm. */
    record Result(BloatSample sample, double firstSeconds, double warmSeconds) {}

    static Result measure(Database database, String user) throws SQLException {
        try (Connection connection = database.connect(user)) {
            Lent session = new Direct(connection, database.server().major());
            Result first = round(session);
            Result warm = first;
            for (int i = 0; i < WARM_UP; i++) {
                warm = round(session);
            }
            return new Result(first.sample(), first.firstSeconds(), warm.firstSeconds());
        }
    }

    /** Counts the time of the slices alone, not the pauses between them. */
    private static Result round(Lent session) throws SQLException {
        BloatReading reading = new BloatReading(new Files(), Clock.systemUTC(), new Limits(1, 1_000_000, false));
        long worked = 0;
        long wait;
        do {
            long started = System.nanoTime();
            wait = reading.slice(session, Duration.ofSeconds(10));
            worked += System.nanoTime() - started;
        } while (wait < TimeUnit.MINUTES.toNanos(1));
        BloatSample sample = reading.reading()
                .taken()
                .orElseThrow(() -> new SQLException(reading.reading().toString()));
        BloatSample ofCorpus = new BloatSample(
                sample.relations().stream()
                        .filter(one -> one.table().startsWith("corpus."))
                        .toList(),
                sample.unmeasured(),
                sample.pending(),
                sample.rebuilders());
        return new Result(ofCorpus, worked / 1e9, worked / 1e9);
    }

    private record Direct(Connection connection, int major) implements Lent {

        @Override
        public boolean direct() {
            return true;
        }

        @Override
        public <T> T inTransaction(Map<String, String> settings, Work<T> work) throws SQLException {
            Map<String, String> all = new TreeMap<>(settings);
            all.put("search_path", "pg_catalog");
            all.put("jit", "off");
            all.put("max_parallel_workers_per_gather", "0");
            connection.setAutoCommit(false);
            connection.setReadOnly(true);
            String set = all.entrySet().stream()
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

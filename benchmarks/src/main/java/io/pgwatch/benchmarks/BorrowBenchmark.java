package io.pgwatch.benchmarks;

import com.zaxxer.hikari.HikariDataSource;
import io.pgwatch.PgWatch;
import io.pgwatch.core.AttributedDataSource;
import io.pgwatch.core.Attribution;
import io.pgwatch.core.JdbcPgWatch;
import io.pgwatch.testsupport.PgServer;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * What attribution adds to borrowing a connection and giving it back: at most 100 ns with the thread, at most 15 us with the
 * stack, here one of 60 frames and more; and to preparing a statement, which is nothing. Compare with the pool alone.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class BorrowBenchmark {

    private static final int DEPTH = 60;

    @Param({"none", "OFF", "THREAD", "STACK"})
    public String attribution;

    private PgServer server;
    private HikariDataSource pool;
    private PgWatch watch;
    private DataSource source;
    private Connection held;

    @Setup
    public void start() throws SQLException {
        server = PgServer.major(18).start();
        pool = new HikariDataSource();
        pool.setJdbcUrl(server.jdbcUrl("app"));
        pool.setUsername("app");
        pool.setMaximumPoolSize(4);
        if (attribution.equals("none")) {
            source = pool;
        } else {
            AttributedDataSource attributed = AttributedDataSource.around(pool);
            watch = JdbcPgWatch.builder(attributed)
                    .attribution(Attribution.valueOf(attribution))
                    .interval(Duration.ofHours(1))
                    .start();
            source = attributed;
        }
        held = source.getConnection();
    }

    @TearDown
    public void stop() throws SQLException {
        held.close();
        if (watch != null) {
            watch.close();
        }
        pool.close();
        server.close();
    }

    @Benchmark
    public Object borrow() throws SQLException {
        return borrow(DEPTH);
    }

    private Object borrow(int depth) throws SQLException {
        if (depth > 0) {
            return borrow(depth - 1);
        }
        try (Connection borrowed = source.getConnection()) {
            return borrowed;
        }
    }

    @Benchmark
    public Object statement() throws SQLException {
        try (PreparedStatement statement = held.prepareStatement("select 1")) {
            return statement;
        }
    }
}

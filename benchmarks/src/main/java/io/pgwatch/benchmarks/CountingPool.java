package io.pgwatch.benchmarks;

import com.zaxxer.hikari.HikariDataSource;
import io.pgwatch.testsupport.FaultProxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.atomic.AtomicLong;

/** The application's pool, of one connection, which starts when somebody borrows from it; it counts how often. */
final class CountingPool extends HikariDataSource {

    private final AtomicLong borrows = new AtomicLong();

    CountingPool(FaultProxy network) {
        setPoolName("app");
        setJdbcUrl(network.jdbcUrl("app") + "?user=app&ApplicationName=" + Stand.PEER);
        setMaximumPoolSize(1);
    }

    @Override
    public Connection getConnection() throws SQLException {
        borrows.incrementAndGet();
        return super.getConnection();
    }

    long borrows() {
        return borrows.get();
    }
}

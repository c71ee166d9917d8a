package io.pgwatch.core.pool;

import io.pgwatch.snapshot.ClientPools.ClientPool;
import java.lang.reflect.Method;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Oracle's Universal Connection Pool. There are no statistics before it has started. */
record UcpPool(Asked dataSource) implements Pool {

    static final String TYPE = "oracle.ucp.jdbc.PoolDataSource";

    private static final String KIND = "ucp";

    @Override
    public String name() {
        return Objects.requireNonNullElse(dataSource.text("getConnectionPoolName"), KIND);
    }

    @Override
    public ClientPool look() {
        Integer max = dataSource.integer("getMaxPoolSize");
        Integer min = dataSource.integer("getMinPoolSize");
        return dataSource
                .inner("getStatistics")
                .map(running -> new ClientPool(
                        name(),
                        KIND,
                        running.integer("getBorrowedConnectionsCount"),
                        running.integer("getAvailableConnectionsCount"),
                        max,
                        min,
                        running.integer("getPendingRequestsCount"),
                        running.count("getCumulativeFailedConnectionWaitCount"),
                        0))
                .orElseGet(() -> ClientPool.silent(name(), KIND, max, min));
    }

    @Override
    public Origin origin() {
        return new Origin(
                dataSource.text("getURL"),
                dataSource.text("getUser"),
                password(),
                dataSource.properties("getConnectionProperties"),
                null);
    }

    /** The getter throws in newer versions; what is left is the method that the pool itself uses. */
    private @Nullable String password() {
        try {
            Method real = dataSource.object().getClass().getDeclaredMethod("getPasswordReal");
            real.setAccessible(true);
            return (String) real.invoke(dataSource.object());
        } catch (ReflectiveOperationException | RuntimeException otherVersion) {
            return null;
        }
    }
}

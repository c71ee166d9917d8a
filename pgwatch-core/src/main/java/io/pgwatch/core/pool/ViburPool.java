package io.pgwatch.core.pool;

import io.pgwatch.snapshot.ClientPools.ClientPool;
import java.util.Objects;
import java.util.Properties;
import org.vibur.dbcp.ViburDBCPDataSource;
import org.vibur.objectpool.PoolService;

/** Vibur. It does not tell how many threads wait. */
record ViburPool(ViburDBCPDataSource dataSource) implements Pool {

    private static final String KIND = "vibur";

    @Override
    public String name() {
        return Objects.requireNonNullElse(dataSource.getName(), KIND);
    }

    @Override
    public ClientPool look() {
        PoolService<?> running = dataSource.getPool();
        int max = dataSource.getPoolMaxSize();
        int min = dataSource.getPoolInitialSize();
        if (running == null || running.isTerminated()) {
            return ClientPool.silent(name(), KIND, max, min);
        }
        return new ClientPool(name(), KIND, running.taken(), running.remainingCreated(), max, min, null, null, 0);
    }

    @Override
    public Origin origin() {
        return new Origin(
                dataSource.getJdbcUrl(),
                dataSource.getUsername(),
                dataSource.getPassword(),
                Objects.requireNonNullElseGet(dataSource.getDriverProperties(), Properties::new),
                dataSource.getExternalDataSource());
    }
}

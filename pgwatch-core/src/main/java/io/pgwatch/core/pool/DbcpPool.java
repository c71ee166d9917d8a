package io.pgwatch.core.pool;

import io.pgwatch.snapshot.ClientPools.ClientPool;
import java.util.Objects;
import java.util.Properties;
import org.apache.commons.dbcp2.BasicDataSource;
import org.apache.commons.dbcp2.DriverConnectionFactory;
import org.apache.commons.dbcp2.PoolableConnection;
import org.apache.commons.dbcp2.PoolableConnectionFactory;
import org.apache.commons.pool2.impl.GenericObjectPool;

/**
 * Apache DBCP 2. While it starts, its data source answers nobody: so before that nothing is asked, and afterwards the pool
 * inside it. What it hands to the driver is known once it has started.
 */
record DbcpPool(BasicDataSource dataSource) implements Pool {

    private static final String KIND = "dbcp2";

    @Override
    public String name() {
        return Objects.requireNonNullElse(dataSource.getJmxName(), KIND);
    }

    @Override
    public ClientPool look() {
        GenericObjectPool<PoolableConnection> running = dataSource.getConnectionPool();
        if (running == null || running.isClosed()) {
            return ClientPool.silent(name(), KIND, null, null);
        }
        int max = running.getMaxTotal();
        return new ClientPool(
                name(),
                KIND,
                running.getNumActive(),
                running.getNumIdle(),
                max < 0 ? null : max,
                running.getMinIdle(),
                running.getNumWaiters(),
                null,
                0);
    }

    @Override
    @SuppressWarnings("deprecation") // the getters are, and there are no others
    public Origin origin() {
        return new Origin(
                dataSource.getUrl(), dataSource.getUsername(), dataSource.getPassword(), driverProperties(), null);
    }

    private Properties driverProperties() {
        GenericObjectPool<PoolableConnection> running = dataSource.getConnectionPool();
        return running != null
                        && running.getFactory() instanceof PoolableConnectionFactory factory
                        && factory.getConnectionFactory() instanceof DriverConnectionFactory driver
                ? driver.getProperties()
                : new Properties();
    }
}

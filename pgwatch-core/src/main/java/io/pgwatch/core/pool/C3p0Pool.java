package io.pgwatch.core.pool;

import com.mchange.v2.c3p0.DriverManagerDataSource;
import com.mchange.v2.c3p0.WrapperConnectionPoolDataSource;
import com.mchange.v2.c3p0.impl.AbstractPoolBackedDataSource;
import io.pgwatch.snapshot.ClientPools.ClientPool;
import java.sql.SQLException;
import java.util.Optional;
import java.util.Properties;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * c3p0, of the role that it borrows for by default. It starts when it is asked for any number, and tells nobody whether it has
 * started; so that is read from its field. Its count of failed checkouts leaves out those that timed out.
 */
record C3p0Pool(AbstractPoolBackedDataSource dataSource) implements Pool {

    private static final String KIND = "c3p0";

    @Override
    public String name() {
        String name = dataSource.getDataSourceName();
        return name == null || name.equals(dataSource.getIdentityToken()) ? KIND : name;
    }

    @Override
    public ClientPool look() {
        Integer max = configured()
                .map(WrapperConnectionPoolDataSource::getMaxPoolSize)
                .orElse(null);
        Integer min = configured()
                .map(WrapperConnectionPoolDataSource::getMinPoolSize)
                .orElse(null);
        return isStarted() ? running(max, min) : ClientPool.silent(name(), KIND, max, min);
    }

    private ClientPool running(@Nullable Integer max, @Nullable Integer min) {
        try {
            return new ClientPool(
                    name(),
                    KIND,
                    dataSource.getNumBusyConnectionsDefaultUser(),
                    dataSource.getNumIdleConnectionsDefaultUser(),
                    max,
                    min,
                    dataSource.getNumThreadsAwaitingCheckoutDefaultUser(),
                    null,
                    0);
        } catch (SQLException closedMeanwhile) {
            return ClientPool.silent(name(), KIND, max, min);
        }
    }

    private boolean isStarted() {
        return new Asked(dataSource, AbstractPoolBackedDataSource.class)
                .field("poolManager")
                .isPresent();
    }

    @Override
    public Origin origin() {
        DataSource inside = configured()
                .map(WrapperConnectionPoolDataSource::getNestedDataSource)
                .orElse(null);
        return inside instanceof DriverManagerDataSource driver
                ? new Origin(driver.getJdbcUrl(), driver.getUser(), driver.getPassword(), driver.getProperties(), null)
                : new Origin(null, null, null, new Properties(), inside);
    }

    private Optional<WrapperConnectionPoolDataSource> configured() {
        return dataSource.getConnectionPoolDataSource() instanceof WrapperConnectionPoolDataSource usual
                ? Optional.of(usual)
                : Optional.empty();
    }
}

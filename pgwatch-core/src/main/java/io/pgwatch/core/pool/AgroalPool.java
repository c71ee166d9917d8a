package io.pgwatch.core.pool;

import io.agroal.api.AgroalDataSource;
import io.agroal.api.AgroalDataSourceMetrics;
import io.agroal.api.configuration.AgroalConnectionFactoryConfiguration;
import io.agroal.api.configuration.AgroalConnectionPoolConfiguration;
import io.pgwatch.snapshot.ClientPools.ClientPool;
import java.util.Objects;
import java.util.Properties;
import java.util.stream.Stream;

/** Agroal. It counts only while its metrics are enabled; else it answers 0 to everything, which is then not believed. */
record AgroalPool(AgroalDataSource dataSource) implements Pool {

    private static final String KIND = "agroal";

    @Override
    public String name() {
        return KIND;
    }

    @Override
    public ClientPool look() {
        AgroalConnectionPoolConfiguration pool = dataSource.getConfiguration().connectionPoolConfiguration();
        if (!dataSource.getConfiguration().metricsEnabled()) {
            return ClientPool.silent(name(), KIND, pool.maxSize(), pool.minSize());
        }
        AgroalDataSourceMetrics metrics = dataSource.getMetrics();
        return new ClientPool(
                name(),
                KIND,
                Math.toIntExact(metrics.activeCount()),
                Math.toIntExact(metrics.availableCount()),
                pool.maxSize(),
                pool.minSize(),
                Math.toIntExact(metrics.awaitingCount()),
                null,
                0);
    }

    @Override
    public Origin origin() {
        AgroalConnectionFactoryConfiguration factory =
                dataSource.getConfiguration().connectionPoolConfiguration().connectionFactoryConfiguration();
        Properties properties = new Properties();
        properties.putAll(factory.jdbcProperties());
        Stream.concat(Stream.ofNullable(factory.principal()), factory.credentials().stream())
                .forEach(secret -> factory.securityProviders().stream()
                        .map(provider -> provider.getSecurityProperties(secret))
                        .filter(Objects::nonNull)
                        .findFirst()
                        .ifPresent(properties::putAll));
        return new Origin(
                factory.jdbcUrl(),
                properties.getProperty("user"),
                properties.getProperty("password"),
                properties,
                null);
    }
}

package io.pgwatch.core.pool;

import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.HikariPoolMXBean;
import io.pgwatch.snapshot.ClientPools.ClientPool;
import java.util.Objects;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/** HikariCP. Its pool has no MXBean before the first connection is borrowed; then only its maximum is known. */
record HikariPool(HikariDataSource dataSource) implements Pool {

    private static final String KIND = "hikari";

    @Override
    public String name() {
        return Objects.requireNonNullElse(dataSource.getPoolName(), "HikariPool");
    }

    @Override
    public ClientPool look() {
        HikariPoolMXBean running = dataSource.getHikariPoolMXBean();
        int max = dataSource.getMaximumPoolSize();
        if (running == null || dataSource.isClosed()) {
            return ClientPool.silent(name(), KIND, max < 1 ? null : max, null);
        }
        return new ClientPool(
                name(),
                KIND,
                running.getActiveConnections(),
                running.getIdleConnections(),
                max,
                dataSource.getMinimumIdle(),
                running.getThreadsAwaitingConnection(),
                null,
                0);
    }

    @Override
    public Origin origin() {
        return new Origin(
                url(), dataSource.getUsername(), dataSource.getPassword(), properties(), dataSource.getDataSource());
    }

    /** The URL, or what the properties of PostgreSQL's own data source class say in its place. */
    private @Nullable String url() {
        String type = dataSource.getDataSourceClassName();
        if (dataSource.getJdbcUrl() != null || type == null || !type.startsWith("org.postgresql.")) {
            return dataSource.getJdbcUrl();
        }
        Properties properties = properties();
        return properties.getProperty(
                "url",
                "jdbc:postgresql://" + properties.getProperty("serverName", "localhost") + ":"
                        + properties.getProperty("portNumber", "5432") + "/"
                        + properties.getProperty("databaseName", ""));
    }

    /** As text, whatever they were given as: so HikariCP hands them on, and {@code getProperty} sees nothing else. */
    private Properties properties() {
        Properties texts = new Properties();
        dataSource
                .getDataSourceProperties()
                .forEach((name, value) -> texts.setProperty(name.toString(), value.toString()));
        return texts;
    }
}

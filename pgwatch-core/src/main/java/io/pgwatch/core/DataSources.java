package io.pgwatch.core;

import io.pgwatch.core.pool.Pools;
import java.util.Optional;
import javax.sql.DataSource;

/** What can be told of a data source without connecting and without starting a pool. */
public final class DataSources {

    private DataSources() {}

    /** The JDBC URL that it leads to; empty where that cannot be told. May hold credentials. */
    public static Optional<String> urlOf(DataSource dataSource) {
        return Pools.originOf(dataSource).flatMap(origin -> Optional.ofNullable(origin.url()));
    }

    /** The database that a JDBC URL of PostgreSQL names; empty for one that the driver cannot read. */
    public static Optional<String> databaseOf(String url) {
        return isPostgres(url) ? DriverConnector.databaseOf(Targets.requirePostgres(url)) : Optional.empty();
    }

    /** Whether a JDBC URL is one of PostgreSQL's own driver. */
    public static boolean isPostgres(String url) {
        return url.startsWith("jdbc:postgresql:");
    }
}

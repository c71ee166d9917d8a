package io.pgwatch.core.pool;

import java.util.Properties;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Where a data source gets its connections, as it is configured now.
 *
 * @param url null when it is configured by other means
 * @param properties what the pool hands to the driver
 * @param source the data source inside a pool; null when the pool asks the driver
 */
public record Origin(
        @Nullable String url,
        @Nullable String username,
        @Nullable String password,
        Properties properties,
        @Nullable DataSource source) {}

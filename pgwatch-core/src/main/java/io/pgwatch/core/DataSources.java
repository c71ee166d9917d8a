package io.pgwatch.core;

import io.pgwatch.core.pool.Pools;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.sql.DataSource;

/** What can be told of a data source without connecting and without starting a pool. */
public final class DataSources {

    private static final Pattern DATABASE = Pattern.compile("jdbc:postgresql:(?://[^/?]*)?/?([^?]*)(?:\\?.*)?");

    private DataSources() {}

    /** The JDBC URL that it leads to; empty where that cannot be told. May hold credentials. */
    public static Optional<String> urlOf(DataSource dataSource) {
        return Pools.originOf(dataSource).flatMap(origin -> Optional.ofNullable(origin.url()));
    }

    /** Whether it is a pool of a kind that pgwatch knows, or is put around one, without a memory of its borrowers. */
    public static boolean isBarePool(DataSource dataSource) {
        return !isAttributed(dataSource) && Pools.find(dataSource).isPresent();
    }

    /**
     * Whether a watch of one leaves nothing to watch of the other: both lead to one pool, and the other is not nearer to it; or
     * the other is the data source that a pool gets its connections from.
     */
    public static boolean covers(DataSource one, DataSource other) {
        return Pools.covers(one, other);
    }

    /** Whether there is an {@link AttributedDataSource} in it. */
    public static boolean isAttributed(DataSource dataSource) {
        return Pools.unwrap(dataSource, AttributedDataSource.class).isPresent();
    }

    /**
     * The database that a JDBC URL of PostgreSQL names; empty where it names none. The driver is not asked: loading it is a
     * good part of what starting a watch could cost.
     */
    public static Optional<String> databaseOf(String url) {
        Matcher named = DATABASE.matcher(url);
        try {
            return named.matches()
                    ? Optional.of(URLDecoder.decode(named.group(1), StandardCharsets.UTF_8))
                            .filter(name -> !name.isBlank())
                    : Optional.empty();
        } catch (IllegalArgumentException malformed) {
            return Optional.empty();
        }
    }

    /** Whether a JDBC URL says as whom to log in; false for one that no watch takes. */
    public static boolean namesRole(String url) {
        return isPostgres(url)
                && !Targets.hasCredentialsBeforeHost(url)
                && DriverConnector.withCredentialsOfUrl(new ConnectionTarget(url, null, null))
                                .username()
                        != null;
    }

    /** Whether a JDBC URL is one of PostgreSQL's own driver. */
    public static boolean isPostgres(String url) {
        return url.startsWith("jdbc:postgresql:");
    }
}

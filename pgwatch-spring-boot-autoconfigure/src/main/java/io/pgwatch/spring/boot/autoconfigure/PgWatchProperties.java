package io.pgwatch.spring.boot.autoconfigure;

import io.pgwatch.core.Attribution;
import io.pgwatch.core.ConnectionMode;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Settings of all watches, and those that one of them has for itself.
 *
 * @param enabled Whether PostgreSQL data sources are watched.
 * @param interval Time from one sweep to the next, give or take a tenth.
 * @param budget Time that one sweep may take at the server, at most the interval.
 * @param connection Where sweeps get their connection: one of the watch's own that is held, a new one for each sweep, or one
 *     borrowed from the application's pool.
 * @param url JDBC URL to watch, in place of the pool's own. With several watches, set it for each.
 * @param username Role of the watch's own, in place of the pool's.
 * @param password Password of that role, or of those that single watches name.
 * @param exclude Names of data source beans that are not watched.
 * @param include Names of data source beans that are watched although they are lazy, route to others, or do not tell where
 *     they lead.
 * @param queryText Whether findings show the beginning of statements, which may hold what users typed.
 * @param attribution What is kept of each borrowing of a connection, so that findings name the borrower: nothing, the thread,
 *     or its stack at that moment as well. Data source beans are then wrapped.
 * @param probes Settings of each probe, by its id.
 * @param watches Settings of single watches, by name, in place of those of all.
 */
@ConfigurationProperties(prefix = "pgwatch", ignoreUnknownFields = false)
public record PgWatchProperties(
        @DefaultValue("true") boolean enabled,
        @DefaultValue("15s") Duration interval,
        @Nullable Duration budget,
        @DefaultValue("dedicated") ConnectionMode connection,
        @Nullable String url,
        @Nullable String username,
        @Nullable String password,
        @DefaultValue Set<String> exclude,
        @DefaultValue Set<String> include,
        @DefaultValue Health health,
        @DefaultValue Metrics metrics,
        @DefaultValue Jmx jmx,
        @DefaultValue("false") boolean queryText,
        @DefaultValue("off") Attribution attribution,
        @DefaultValue Pooler pooler,
        @DefaultValue Map<String, Map<String, String>> probes,
        @DefaultValue Map<String, Watch> watches) {

    /**
     * The admin console of the PgBouncer in front of the server.
     *
     * @param url JDBC URL of the console, such as jdbc:postgresql://localhost:6432/pgbouncer. Asked once a sweep.
     * @param username One of PgBouncer's stats_users or admin_users.
     * @param password Password of that user.
     */
    public record Pooler(
            @Nullable String url,
            @Nullable String username,
            @Nullable String password) {

        /** Names nothing that may be secret. */
        @Override
        public String toString() {
            return "Pooler[" + (url == null ? "none" : "given") + "]";
        }
    }

    /**
     * What health says.
     *
     * @param downOn Ids of the probes that, when critical, make the health DOWN. Every other problem leaves it UP.
     */
    public record Health(@DefaultValue Set<String> downOn) {}

    /**
     * What is published through Micrometer.
     *
     * @param enabled Whether meters are published.
     * @param prefix First part of every meter's name.
     * @param maxSeries How many rows of one measure are published, the worst first.
     */
    public record Metrics(
            @DefaultValue("true") boolean enabled,
            @DefaultValue("pgwatch") String prefix,
            @DefaultValue("10") int maxSeries) {}

    /**
     * What is shown over JMX.
     *
     * @param enabled Whether MBeans are registered.
     * @param domain Domain of the MBeans' names.
     */
    public record Jmx(
            @DefaultValue("true") boolean enabled,
            @DefaultValue("io.pgwatch") String domain) {}

    /**
     * Settings of one watch; what is not given is as for all.
     *
     * @param enabled Whether this data source is watched.
     * @param interval Time from one sweep to the next, give or take a tenth.
     * @param budget Time that one sweep may take at the server, at most the interval.
     * @param connection Where sweeps get their connection.
     * @param url JDBC URL to watch, in place of the pool's own.
     * @param username Role of the watch's own, in place of the pool's.
     * @param password Password of that role.
     * @param queryText Whether findings show the beginning of statements.
     * @param attribution What is kept of each borrowing of a connection.
     * @param probes Settings of each probe, by its id.
     */
    public record Watch(
            @Nullable Boolean enabled,
            @Nullable Duration interval,
            @Nullable Duration budget,
            @Nullable ConnectionMode connection,
            @Nullable String url,
            @Nullable String username,
            @Nullable String password,
            @DefaultValue WatchHealth health,
            @DefaultValue WatchMetrics metrics,
            @DefaultValue WatchJmx jmx,
            @Nullable Boolean queryText,
            @Nullable Attribution attribution,
            @DefaultValue Pooler pooler,
            @DefaultValue Map<String, Map<String, String>> probes) {

        static final Watch AS_FOR_ALL = new Watch(
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                new WatchHealth(null),
                new WatchMetrics(null, null, null),
                new WatchJmx(null, null),
                null,
                null,
                new Pooler(null, null, null),
                Map.of());

        /** Names nothing that may be secret. */
        @Override
        public String toString() {
            return "Watch[enabled=" + enabled + ", interval=" + interval + ", budget=" + budget + ", connection="
                    + connection + ", " + health + ", " + metrics + ", " + jmx + ", queryText=" + queryText
                    + ", attribution=" + attribution + ", " + pooler + ", probes=" + probes + "]";
        }
    }

    /**
     * What health says of one watch.
     *
     * @param downOn Ids of the probes that, when critical, make the health DOWN.
     */
    public record WatchHealth(@Nullable Set<String> downOn) {}

    /**
     * What is published of one watch through Micrometer.
     *
     * @param enabled Whether meters are published.
     * @param prefix First part of every meter's name.
     * @param maxSeries How many rows of one measure are published, the worst first.
     */
    public record WatchMetrics(
            @Nullable Boolean enabled,
            @Nullable String prefix,
            @Nullable Integer maxSeries) {}

    /**
     * What is shown of one watch over JMX.
     *
     * @param enabled Whether MBeans are registered.
     * @param domain Domain of the MBeans' names.
     */
    public record WatchJmx(
            @Nullable Boolean enabled, @Nullable String domain) {}

    /** Names nothing that may be secret. */
    @Override
    public String toString() {
        return "PgWatchProperties[enabled=" + enabled + ", interval=" + interval + ", budget=" + budget
                + ", connection=" + connection + ", exclude=" + exclude + ", include=" + include + ", " + health + ", "
                + metrics + ", " + jmx + ", queryText=" + queryText + ", attribution=" + attribution + ", " + pooler
                + ", probes=" + probes
                + ", watches=" + watches
                + "]";
    }
}

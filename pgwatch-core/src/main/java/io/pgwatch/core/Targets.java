package io.pgwatch.core;

import io.pgwatch.core.pool.Origin;
import io.pgwatch.core.pool.Pools;
import java.util.Objects;
import java.util.Optional;
import java.util.Properties;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGProperty;

/**
 * Where this watch's connections come from: the URL it was given, else what it was told to ask, else the pool's current
 * URL and credentials, else the data source inside the pool, and at last the pool itself.
 */
final class Targets {

    private static final Pattern SCHEME = Pattern.compile("(?:[a-z][a-z0-9+.-]*:){1,2}", Pattern.CASE_INSENSITIVE);

    private static final Pattern CREDENTIALS_BEFORE_HOST = Pattern.compile("jdbc:postgresql://[^/?]*@");

    private final @Nullable DataSource dataSource;
    private final @Nullable String url;
    private final @Nullable String username;
    private final @Nullable String password;
    private final Supplier<Optional<ConnectionTarget>> told;

    Targets(
            @Nullable DataSource dataSource,
            @Nullable String url,
            @Nullable String username,
            @Nullable String password,
            Supplier<Optional<ConnectionTarget>> told) {
        this.dataSource = dataSource;
        this.url = url;
        this.username = username;
        this.password = password;
        this.told = told;
        currentUrl().ifPresent(Targets::requirePostgres);
        if (password != null && username == null && !urlTakesPassword()) {
            throw new IllegalArgumentException("want a username beside the password, got the password alone");
        }
    }

    /** With a URL and no data source, the driver knows the role if nobody names it. */
    private boolean urlTakesPassword() {
        return url != null && (dataSource == null || DataSources.namesRole(url));
    }

    /** The URL itself, if it is one of PostgreSQL's. */
    static String requirePostgres(String url) {
        if (!DataSources.isPostgres(url)) {
            throw new IllegalArgumentException(
                    "want a JDBC URL of PostgreSQL such as jdbc:postgresql://localhost:5432/orders, got "
                            + beginningOf(url));
        }
        if (hasCredentialsBeforeHost(url)) {
            throw new IllegalArgumentException(
                    "want user and password as parameters of the URL or as settings of their own;"
                            + " PostgreSQL's driver knows none before an @ in front of the host");
        }
        return url;
    }

    /** The driver takes a part of them for the port, and logs it. */
    static boolean hasCredentialsBeforeHost(String url) {
        return CREDENTIALS_BEFORE_HOST.matcher(url).lookingAt();
    }

    /** What names the driver. Behind it anything may stand, a password too. */
    private static String beginningOf(String url) {
        Matcher scheme = SCHEME.matcher(url);
        return scheme.lookingAt()
                ? "one that begins with '" + scheme.group() + "'"
                : "one without jdbc: that begins with '" + url.substring(0, Math.min(url.length(), 4)) + "…'";
    }

    /** Where to connect now with the driver; empty if only a data source knows the way. */
    Optional<ConnectionTarget> current() {
        Optional<ConnectionTarget> found = url != null
                ? Optional.of(new ConnectionTarget(url, username, password))
                : told.get().or(this::fromPool);
        boolean ownRole = username != null;
        return found.map(
                target -> ownRole ? new ConnectionTarget(target.url(), username, password) : withPoolsRole(target));
    }

    /** The URL and credentials of the pool, of which some hold the credentials in the URL. */
    private Optional<ConnectionTarget> fromPool() {
        Origin origin = origin().orElse(null);
        return origin == null || origin.url() == null
                ? Optional.empty()
                : Optional.of(DriverConnector.withCredentialsOfUrl(
                        new ConnectionTarget(origin.url(), origin.username(), origin.password())));
    }

    /** An explicit URL without a role means another way to the same database, with the role that the pool uses. */
    private ConnectionTarget withPoolsRole(ConnectionTarget target) {
        ConnectionTarget whole = DriverConnector.withCredentialsOfUrl(target);
        return whole.username() != null
                ? whole
                : fromPool()
                        .map(pool -> new ConnectionTarget(target.url(), pool.username(), pool.password()))
                        .orElse(target);
    }

    /** What the pool hands to the driver besides URL and credentials: TLS settings, say. */
    Properties driverProperties() {
        return origin().map(Origin::properties).orElseGet(Properties::new);
    }

    /** The data source inside the pool. */
    Optional<DataSource> inner() {
        return origin().flatMap(origin -> Optional.ofNullable(origin.source()));
    }

    /** The data source of the application. */
    Optional<DataSource> outer() {
        return Optional.ofNullable(dataSource);
    }

    /** The application's role, whose connection limit counts; empty if it is the one that the watch logs in as. */
    Optional<String> applicationRole() {
        return fromPool().map(ConnectionTarget::username).or(() -> origin().map(Origin::username));
    }

    /** What the application hands to the driver, the parameters of its URL included; empty where that cannot be told. */
    Optional<Properties> ofApplication() {
        Properties fromPool = driverProperties();
        return origin().map(Origin::url)
                .or(() -> told.get().map(ConnectionTarget::url))
                .flatMap(url -> DriverConnector.parse(url, fromPool));
    }

    /** Whether the application connects to the same address, which a pooler in between would not have; false where unknown. */
    boolean leadWhereTheApplicationDoes() {
        if (url == null) {
            return true;
        }
        Properties own = DriverConnector.parse(url, new Properties()).orElse(null);
        Properties application = ofApplication().orElse(null);
        return own != null
                && application != null
                && isSame(PGProperty.PG_HOST, own, application)
                && isSame(PGProperty.PG_PORT, own, application);
    }

    private static boolean isSame(PGProperty property, Properties own, Properties application) {
        return Objects.equals(property.getOrDefault(own), property.getOrDefault(application));
    }

    private Optional<Origin> origin() {
        return outer().flatMap(Pools::originOf);
    }

    /** The database that the URL names. */
    Optional<String> databaseName() {
        return currentUrl().flatMap(DataSources::databaseOf);
    }

    private Optional<String> currentUrl() {
        return Optional.ofNullable(url)
                .or(() -> told.get().map(ConnectionTarget::url))
                .or(() -> origin().map(Origin::url));
    }
}

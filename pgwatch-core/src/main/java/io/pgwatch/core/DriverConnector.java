package io.pgwatch.core;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import org.postgresql.Driver;
import org.postgresql.PGProperty;

/** Connects with PostgreSQL's driver, so that no parameter of the URL can undo a limit of the watch. */
final class DriverConnector {

    private DriverConnector() {}

    /** The target with the credentials that its URL holds, where it has none of its own. */
    static ConnectionTarget withCredentialsOfUrl(ConnectionTarget target) {
        if (target.username() != null) {
            return target;
        }
        return parse(target.url(), new Properties())
                .map(parsed -> new ConnectionTarget(
                        target.url(),
                        PGProperty.USER.getOrDefault(parsed),
                        target.password() != null ? target.password() : PGProperty.PASSWORD.getOrDefault(parsed)))
                .orElse(target);
    }

    /** A new connection. Reads of the login wait for at most the budget each, later ones for the budget and a second more. */
    static Connection open(ConnectionTarget target, Properties fromPool, Duration budget, String applicationName)
            throws SQLException {
        Properties limited = parse(target.url(), fromPool)
                .orElseThrow(() -> new SQLException("the driver cannot read the URL " + target, "08001"));
        putCredentials(limited, target);
        String seconds = Long.toString(Math.max(1, (budget.toMillis() + 999) / 1000));
        PGProperty.CONNECT_TIMEOUT.set(limited, seconds);
        PGProperty.SOCKET_TIMEOUT.set(limited, seconds);
        PGProperty.SSL_RESPONSE_TIMEOUT.set(limited, Long.toString(Math.max(250, budget.toMillis() / 2)));
        PGProperty.LOGIN_TIMEOUT.set(limited, "0");
        PGProperty.APPLICATION_NAME.set(limited, applicationName);
        PGProperty.PREPARE_THRESHOLD.set(limited, "0");
        PGProperty.LOG_SERVER_ERROR_DETAIL.set(limited, "false");
        PGProperty.REWRITE_BATCHED_INSERTS.set(limited, "false");
        PGProperty.PREFER_QUERY_MODE.set(limited, "extended");
        PGProperty.AUTOSAVE.set(limited, "never");
        PGProperty.TCP_KEEP_ALIVE.set(limited, "true");
        limited.remove(PGProperty.OPTIONS.getName());
        limited.remove(PGProperty.CURRENT_SCHEMA.getName());
        Connection connection = new Driver().connect(bare(limited), limited);
        if (connection == null) {
            throw new SQLException("the driver does not take the URL " + target, "08001");
        }
        connection.setNetworkTimeout(Runnable::run, Math.toIntExact(budget.toMillis() + 1000));
        return connection;
    }

    /** What the driver reads in a URL; it goes before what is given beside. Empty where it cannot read it. */
    static Optional<Properties> parse(String url, Properties given) {
        Properties parsed = Driver.parseURL(url, given);
        if (parsed == null) {
            return Optional.empty();
        }
        Properties copy = new Properties(); // without the defaults behind it, which putAll and remove would not see
        parsed.stringPropertyNames().forEach(name -> copy.setProperty(name, parsed.getProperty(name)));
        return Optional.of(copy);
    }

    /** What the URL or the pool has as the password of somebody else is not for this role, nor for this server. */
    static void putCredentials(Properties limited, ConnectionTarget target) {
        String other = limited.getProperty("user");
        if (target.username() != null && other != null && !other.equals(target.username())) {
            limited.remove("password");
        }
        setIfGiven(limited, "user", target.username());
        setIfGiven(limited, "password", target.password());
    }

    private static void setIfGiven(Properties properties, String name, @Nullable String value) {
        if (value != null) {
            properties.setProperty(name, value);
        }
    }

    /** The URL without parameters, since those beat the properties. */
    private static String bare(Properties parsed) {
        String[] hosts = PGProperty.PG_HOST.getOrDefault(parsed).split(",");
        String[] ports = PGProperty.PG_PORT.getOrDefault(parsed).split(",");
        StringBuilder url = new StringBuilder("jdbc:postgresql://");
        for (int i = 0; i < hosts.length; i++) {
            url.append(i == 0 ? "" : ",").append(hosts[i]).append(':').append(ports[Math.min(i, ports.length - 1)]);
        }
        return url.append('/').toString();
    }
}

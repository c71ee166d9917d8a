package io.pgwatch.core.pooler;

import io.pgwatch.snapshot.Cause;
import io.pgwatch.snapshot.Poolers;
import io.pgwatch.snapshot.Reading;
import java.io.Closeable;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.security.GeneralSecurityException;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Properties;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.postgresql.Driver;
import org.postgresql.PGProperty;
import org.postgresql.jdbc.SslMode;
import org.postgresql.util.PSQLException;

/**
 * Looks at the PgBouncer whose console was given, over a connection that is held from look to look. After a failure it is left
 * alone for a while, so that a console that hangs does not slow down every sweep. Looks come from one thread; closed by any.
 */
public final class PoolerLook implements Closeable {

    /** Of credentials before the host the driver takes a part for the port, and logs it. */
    private static final Pattern CONSOLE = Pattern.compile("jdbc:postgresql:(?!//[^/?]*@).*", Pattern.DOTALL);

    private static final int LONGEST_PAUSE = 60;

    private static final List<String> KNOWN_TO_ALL =
            List.of("VERSION", "POOLS", "DATABASES", "LISTS", "CONFIG", "STATS");

    private static final List<String> KNOWN_TO_SOME = List.of("STATE", "USERS");

    private final Properties properties;
    private final String user;
    private final @Nullable String password;
    private final Duration budget;
    private final Clock clock;
    private final PoolerAverages averages = new PoolerAverages();
    private volatile @Nullable Socket connecting;
    private volatile @Nullable Console console;
    private Reading.@Nullable Missing<Poolers> failure;
    private int pause;
    private int pauseLeft;
    private volatile boolean closed;

    /**
     * @param url of the console, such as {@code jdbc:postgresql://localhost:6432/pgbouncer}
     * @param user one of {@code stats_users} or {@code admin_users}; null to take it from the URL
     * @param budget for a whole look, from the connection to the last answer
     * @throws IllegalArgumentException if the URL is not one of PostgreSQL's, its {@code sslmode} is none, or nobody says as
     *     whom to log in
     */
    public PoolerLook(String url, @Nullable String user, @Nullable String password, Duration budget, Clock clock) {
        this.properties = requireConsole(url, user);
        this.user = Objects.requireNonNull(user != null ? user : properties.getProperty(PGProperty.USER.getName()));
        this.password = password != null ? password : properties.getProperty(PGProperty.PASSWORD.getName());
        this.budget = budget;
        this.clock = clock;
    }

    /**
     * What the driver reads in the URL of a console.
     *
     * @throws IllegalArgumentException if the URL is not one of PostgreSQL's, its {@code sslmode} is none, or nobody says as
     *     whom to log in
     */
    public static Properties requireConsole(String url, @Nullable String user) {
        Properties parsed = CONSOLE.matcher(url).matches() ? Driver.parseURL(url, new Properties()) : null;
        if (parsed == null) {
            throw new IllegalArgumentException(
                    "want the JDBC URL of PgBouncer's console such as jdbc:postgresql://localhost:6432/pgbouncer,"
                            + " without credentials before the host");
        }
        if (user == null && parsed.getProperty(PGProperty.USER.getName()) == null) {
            throw new IllegalArgumentException(
                    "want the name of one of PgBouncer's stats_users or admin_users beside the URL of its console");
        }
        try {
            SslMode.of(parsed);
        } catch (PSQLException e) {
            throw new IllegalArgumentException(
                    "want sslmode disable, allow, prefer, require, verify-ca or verify-full in the URL of PgBouncer's"
                            + " console, got " + PGProperty.SSL_MODE.getOrDefault(parsed));
        }
        return parsed;
    }

    /**
     * What it is doing now, or why that is not known.
     *
     * @param database as the server names it
     * @param applicationUrl where the application connects; asked for only when the console is
     */
    public Reading<Poolers> look(String database, Supplier<Optional<Properties>> applicationUrl) {
        if (pauseLeft > 0 && failure != null) {
            pauseLeft--;
            return failure;
        }
        Optional<Properties> application = applicationUrl.get();
        boolean whole = false;
        try {
            Poolers seen = read(database, application);
            whole = true;
            failure = null;
            pause = 0;
            return new Reading.Taken<>(seen, clock.instant());
        } catch (IOException | GeneralSecurityException | RuntimeException e) {
            pause = Math.min(LONGEST_PAUSE, Math.max(2, pause * 2));
            pauseLeft = pause - 1;
            failure = new Reading.Missing<>(
                    causeOf(e),
                    "PgBouncer's console at " + PGProperty.PG_HOST.getOrDefault(properties) + ":"
                            + PGProperty.PG_PORT.getOrDefault(properties) + ": " + inWords(e));
            return failure;
        } finally {
            if (!whole) {
                hangUp(); // or the next look would read on in the midst of an answer
            }
        }
    }

    private Poolers read(String database, Optional<Properties> application)
            throws IOException, GeneralSecurityException {
        Console open = console;
        if (open == null) {
            open = connect();
        } else {
            open.allow(budget);
        }
        Map<String, List<Map<String, @Nullable String>>> shown = new HashMap<>();
        for (String what : KNOWN_TO_ALL) {
            shown.put(what, open.show(what));
        }
        for (String what : KNOWN_TO_SOME) {
            shown.put(what, open.showIfKnown(what));
        }
        averages.add(clock.instant(), shown.getOrDefault("STATS", List.of()));
        return PoolerRows.of(shown)
                .read(
                        database,
                        averages,
                        application.map(this::leadsHere).orElse(false),
                        application.map(PoolerLook::prepares).orElse(true));
    }

    private Console connect() throws IOException, GeneralSecurityException {
        TimedSocket socket = new TimedSocket();
        connecting = socket;
        if (closed) {
            throw new IOException("closed");
        }
        Console open = Console.open(socket, properties, user, password, budget);
        console = open;
        if (closed) {
            hangUp();
            throw new IOException("closed");
        }
        return open;
    }

    private boolean leadsHere(Properties application) {
        return PGProperty.PG_PORT.getOrDefault(application).equals(PGProperty.PG_PORT.getOrDefault(properties))
                && PGProperty.PG_HOST.getOrDefault(application).equals(PGProperty.PG_HOST.getOrDefault(properties));
    }

    private static boolean prepares(Properties application) {
        boolean simple = Objects.requireNonNullElse(PGProperty.PREFER_QUERY_MODE.getOrDefault(application), "")
                .equals("simple");
        return !simple && !Objects.equals(PGProperty.PREPARE_THRESHOLD.getOrDefault(application), "0");
    }

    private static Cause causeOf(Exception e) {
        if (e instanceof SocketTimeoutException) {
            return Cause.TIMED_OUT;
        }
        return e instanceof Refusal refusal && !refusal.isOfPostgres() ? Cause.NOT_PERMITTED : Cause.FAILED;
    }

    private String inWords(Exception e) {
        if (e instanceof SocketTimeoutException) {
            return "no answer in time";
        }
        if (e instanceof UnknownHostException) {
            return "the host is not known";
        }
        if (e instanceof RuntimeException) {
            return "what it says makes no sense (" + e.getClass().getSimpleName() + ")";
        }
        String message = Objects.requireNonNullElse(e.getMessage(), e.getClass().getSimpleName());
        if (!(e instanceof Refusal refusal)) {
            return message;
        }
        String told = message + (refusal.sqlState().isEmpty() ? "" : " (SQLSTATE " + refusal.sqlState() + ")");
        return refusal.isOfPostgres()
                ? "PostgreSQL itself answers; want the database pgbouncer at PgBouncer's own port: " + told
                : "user " + user + " is refused: " + told;
    }

    private void hangUp() {
        Console open = console;
        console = null;
        if (open != null) {
            open.close();
        }
    }

    @Override
    public void close() {
        closed = true;
        Socket attempt = connecting;
        if (attempt != null) {
            try {
                attempt.close();
            } catch (IOException e) {
                // it is gone already
            }
        }
        hangUp();
    }
}

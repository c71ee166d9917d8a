package io.pgwatch.core;

import static java.util.Objects.requireNonNull;

import io.pgwatch.core.bloat.Lent;
import io.pgwatch.snapshot.Server;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.PGStatement;
import org.postgresql.core.BaseConnection;
import org.postgresql.util.HostSpec;

/**
 * A connection made fit for sweeps. On a direct connection of our own the settings hold for the session, and statements are
 * prepared on the server. On a borrowed one, or behind a pooler that may give each transaction another server session, each
 * read is one read-only transaction that brings its settings along, and nothing is prepared. Used by one thread at a time,
 * but for {@link #abort}.
 */
final class Session implements AutoCloseable, Lent {

    /** Takes the rows of the statements that were read together. */
    @FunctionalInterface
    interface Results {

        void take(int statement, ResultSet rows) throws SQLException;
    }

    private final Connection connection;
    private final boolean borrowed;
    private final int borrowedNetworkTimeout;
    private final @Nullable String applicationRole;
    private final HostSpec host;
    private final SessionSettings settings;
    private final boolean behindPooler;
    private final boolean direct;
    private final @Nullable String systemIdentifier;
    private final Map<List<String>, PreparedStatement> prepared = new HashMap<>();
    private Capabilities capabilities;
    private @Nullable Limits limits;
    private @Nullable SQLException limitsHidden;
    private boolean changesBackend;

    /**
     * Takes over the connection, and closes it if it cannot be made fit.
     *
     * @param borrowed whether it goes back to a pool, as it came
     * @param budget what one sweep may take
     * @param partTimeout what the server may take for one section
     * @param applicationRole the role whose connection limit counts; null for the session's own
     * @throws SQLException also for a server that is too old, with SQLSTATE 0A000
     */
    Session(
            Connection connection,
            boolean borrowed,
            Duration budget,
            Duration partTimeout,
            @Nullable String applicationRole)
            throws SQLException {
        this.connection = connection;
        this.borrowed = borrowed;
        this.applicationRole = applicationRole;
        int networkTimeout = networkTimeout(connection);
        this.borrowedNetworkTimeout = networkTimeout;
        try {
            connection.setNetworkTimeout(Runnable::run, Math.toIntExact(budget.toMillis() + 1000));
            this.host =
                    connection.unwrap(BaseConnection.class).getQueryExecutor().getHostSpec();
            this.capabilities = readCapabilities();
            if (capabilities.major() < SqlText.OLDEST_MAJOR) {
                throw new SQLException(
                        "PostgreSQL " + capabilities.version() + " is too old: pgwatch reads 14 and newer", "0A000");
            }
            this.settings = SessionSettings.of(capabilities.major(), partTimeout);
            this.behindPooler = !isDirect();
            this.direct = !borrowed && !behindPooler && setForSession();
            if (direct) {
                connection.unwrap(PGConnection.class).setPrepareThreshold(1);
            }
            readLimits();
            this.systemIdentifier = readSystemIdentifier();
            endTransaction();
        } catch (SQLException | RuntimeException e) {
            giveBack(connection, borrowed, networkTimeout);
            throw e;
        }
    }

    /** On a connection that the application set so, every statement begins one. */
    private void endTransaction() throws SQLException {
        if (!connection.getAutoCommit()) {
            connection.rollback();
        }
    }

    /** Behind a pooler the driver was told another pid than the one that answers. */
    private boolean isDirect() throws SQLException {
        return connection.unwrap(PGConnection.class).getBackendPID() == capabilities.backendPid();
    }

    /** False where a pooler swallowed the settings, so that they must go with each transaction. */
    private boolean setForSession() throws SQLException {
        try (PreparedStatement set = connection.prepareStatement(settings.set(false))) {
            set.execute();
        }
        try (PreparedStatement check = connection.prepareStatement(settings.check());
                ResultSet row = check.executeQuery()) {
            return row.next() && row.getBoolean(1);
        }
    }

    /** Reads all statements in one message and one transaction; when one fails, nothing of the later ones has run. */
    void read(List<String> statements, List<@Nullable String> parameters, Results results) throws SQLException {
        if (direct) {
            read(preparedOnce(statements), 0, statements.size(), parameters, results);
        } else {
            String joined = settings.set(true) + ";" + String.join(";", statements);
            readInTransaction(joined, statements.size(), parameters, results);
        }
    }

    private PreparedStatement preparedOnce(List<String> statements) throws SQLException {
        PreparedStatement statement = prepared.get(statements);
        if (statement == null) {
            statement = connection.prepareStatement(String.join(";", statements));
            prepared.put(statements, statement);
        }
        return statement;
    }

    private void readInTransaction(String text, int count, List<@Nullable String> parameters, Results results)
            throws SQLException {
        inReadOnlyTransaction(() -> {
            try (PreparedStatement statement = connection.prepareStatement(text)) {
                statement.unwrap(PGStatement.class).setPrepareThreshold(0);
                read(statement, 1, count, parameters, results);
            }
            return true;
        });
    }

    /** What is done in one transaction. */
    private interface Steps<T> {

        T run() throws SQLException;
    }

    private <T> T inReadOnlyTransaction(Steps<T> steps) throws SQLException {
        boolean autoCommit = connection.getAutoCommit();
        boolean readOnly = connection.isReadOnly();
        try {
            connection.setAutoCommit(false);
            connection.setReadOnly(true);
            T result = steps.run();
            connection.commit();
            connection.setReadOnly(readOnly);
            connection.setAutoCommit(autoCommit);
            return result;
        } catch (SQLException | RuntimeException | Error e) {
            try {
                connection.rollback();
                connection.setReadOnly(readOnly);
                connection.setAutoCommit(autoCommit);
            } catch (SQLException alsoFailed) {
                e.addSuppressed(alsoFailed);
            }
            throw e;
        }
    }

    /** Nothing of it is prepared on the server: the texts of a thousand tables would stay there. */
    @Override
    public <T> T inTransaction(Map<String, String> also, Work<T> work) throws SQLException {
        PGConnection driver = connection.unwrap(PGConnection.class);
        int threshold = driver.getPrepareThreshold();
        driver.setPrepareThreshold(0);
        try {
            return inReadOnlyTransaction(() -> {
                try (PreparedStatement set = connection.prepareStatement(
                        (direct ? new SessionSettings(also) : settings.with(also)).set(true))) {
                    set.execute();
                }
                try {
                    return work.in(connection);
                } catch (RuntimeException e) {
                    throw Failures.notUnderstood(e);
                }
            });
        } finally {
            driver.setPrepareThreshold(threshold);
        }
    }

    private static void read(
            PreparedStatement statement, int skip, int count, List<@Nullable String> parameters, Results results)
            throws SQLException {
        for (int i = 0; i < parameters.size(); i++) {
            statement.setString(i + 1, parameters.get(i));
        }
        statement.execute();
        for (int i = 0; i < skip; i++) {
            statement.getMoreResults();
        }
        for (int i = 0; i < count; i++) {
            try (ResultSet rows = statement.getResultSet()) {
                results.take(i, rows);
            } catch (RuntimeException e) {
                throw Failures.notUnderstood(e);
            }
            statement.getMoreResults();
        }
    }

    /** Calls itself so at the server from now on. */
    void rename(String applicationName) throws SQLException {
        connection.setClientInfo("ApplicationName", applicationName);
    }

    /** Reads again what a GRANT can change. */
    void refreshCapabilities() throws SQLException {
        int backend = capabilities.backendPid();
        capabilities = readCapabilities();
        changesBackend |= backend != capabilities.backendPid();
        readLimits();
        endTransaction();
    }

    private Capabilities readCapabilities() throws SQLException {
        try (PreparedStatement statement =
                        connection.prepareStatement(SqlText.of("capabilities", SqlText.OLDEST_MAJOR));
                ResultSet row = statement.executeQuery()) {
            row.next();
            return Capabilities.read(row);
        }
    }

    /** What hides them is told by whoever asks for them: other sections can do without. */
    private void readLimits() throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(SqlText.of("limits", capabilities.major()))) {
            statement.setString(1, applicationRole);
            try (ResultSet row = statement.executeQuery()) {
                limits = Limits.read(row);
            }
        } catch (SQLException e) {
            if (Failures.endsConnection(e)) {
                throw e;
            }
            limits = null;
            limitsHidden = e;
            endTransaction();
        }
    }

    private @Nullable String readSystemIdentifier() {
        try (PreparedStatement statement =
                        connection.prepareStatement(SqlText.of("system-identifier", capabilities.major()));
                ResultSet row = statement.executeQuery()) {
            return row.next() ? row.getString("id") : null;
        } catch (SQLException hidden) {
            return null; // some managed services do; nothing but the report's server id depends on it
        }
    }

    @Override
    public int major() {
        return capabilities.major();
    }

    /** The role that it is logged in as. */
    String role() {
        return capabilities.role();
    }

    /** How many connections are admitted, as read on connecting and with the capabilities; empty where that is hidden. */
    Optional<Limits> limits() {
        return Optional.ofNullable(limits);
    }

    /** How the server refused to tell the limits. */
    SQLException limitsHidden() {
        return requireNonNull(limitsHidden);
    }

    /** The role whose connection limit counts: the application's, or where that is not known its own. */
    String countedRole() {
        return applicationRole == null ? capabilities.role() : applicationRole;
    }

    String database() {
        return capabilities.database();
    }

    /** Whether statements are prepared on the server, and settings hold for the session. */
    @Override
    public boolean direct() {
        return direct;
    }

    /** Whether a pooler stands between it and the server, so that its backend may be another one each time. */
    boolean behindPooler() {
        return behindPooler;
    }

    /** Whether it is one of the application's pool, which wants it back after the sweep. */
    boolean borrowed() {
        return borrowed;
    }

    /** Which cluster this is a session of; null where that is hidden. */
    @Nullable
    String systemIdentifier() {
        return systemIdentifier;
    }

    /** Which server this is a session of. */
    Server server(boolean standby) {
        return new Server(
                systemIdentifier,
                host.getHost(),
                host.getPort(),
                capabilities.version(),
                capabilities.major(),
                capabilities.database(),
                capabilities.role(),
                standby,
                pooler());
    }

    private Server.@Nullable Pooler pooler() {
        if (!behindPooler) {
            return null;
        }
        return changesBackend ? Server.Pooler.TRANSACTION : Server.Pooler.UNKNOWN;
    }

    /** Leaves the lock for reading tables to the session that comes after this one, before any other watch asks for it. */
    void unlock() {
        try (PreparedStatement statement =
                connection.prepareStatement(SqlText.of("bloat-unlock", capabilities.major()))) {
            statement.execute();
        } catch (SQLException e) {
            // the server does it when the session has ended
        }
    }

    /** Ends it, whatever another thread is doing with it, without a word to the server. */
    void abort() {
        try {
            connection.abort(Runnable::run);
        } catch (SQLException e) {
            // it is gone all the same
        }
    }

    /** Closes it, or gives it back to the pool with the network timeout that it came with. */
    @Override
    public void close() {
        giveBack(connection, borrowed, borrowedNetworkTimeout);
    }

    private static void giveBack(Connection connection, boolean borrowed, int networkTimeout) {
        try (connection) {
            if (borrowed && !connection.isClosed()) {
                connection.setNetworkTimeout(Runnable::run, networkTimeout);
            }
        } catch (SQLException e) {
            // it is gone all the same
        }
    }

    private static int networkTimeout(Connection connection) throws SQLException {
        try {
            return connection.getNetworkTimeout();
        } catch (SQLException | RuntimeException e) {
            connection.close();
            throw e;
        }
    }
}

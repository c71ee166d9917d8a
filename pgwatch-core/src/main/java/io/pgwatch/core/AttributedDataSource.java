package io.pgwatch.core;

import static java.util.Objects.requireNonNull;

import io.pgwatch.core.pool.Borrows;
import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.logging.Logger;
import javax.sql.DataSource;

/**
 * A data source that remembers, for a watch that wants to know, who borrowed each connection. It is put directly around the
 * pool, and the application uses it in place of that; the connections that it gives are the pool's own. It begins to remember
 * when a watch is started with {@link JdbcPgWatch.Builder#attribution}, and ends with that. Unwraps to what is inside. Safe for
 * use by several threads, as far as the pool is.
 */
public final class AttributedDataSource implements DataSource {

    private final DataSource inner;
    private final Borrows borrows = new Borrows();

    private AttributedDataSource(DataSource inner) {
        this.inner = inner;
    }

    /** The data source, with a memory of its borrowers. */
    public static AttributedDataSource around(DataSource dataSource) {
        return new AttributedDataSource(requireNonNull(dataSource, "dataSource"));
    }

    /** The data source inside, asked for as Spring's wrappers are. */
    public DataSource getTargetDataSource() {
        return inner;
    }

    Borrows borrows() {
        return borrows;
    }

    @Override
    public Connection getConnection() throws SQLException {
        return borrows.remember(inner.getConnection());
    }

    @Override
    public Connection getConnection(String username, String password) throws SQLException {
        return borrows.remember(inner.getConnection(username, password));
    }

    /** Also what the pool itself would deny being: Tomcat's says of every type that it is none. */
    @Override
    public boolean isWrapperFor(Class<?> type) throws SQLException {
        return type.isInstance(this) || type.isInstance(inner) || inner.isWrapperFor(type);
    }

    @Override
    public <T> T unwrap(Class<T> type) throws SQLException {
        if (type.isInstance(this)) {
            return type.cast(this);
        }
        return type.isInstance(inner) ? type.cast(inner) : inner.unwrap(type);
    }

    @Override
    public PrintWriter getLogWriter() throws SQLException {
        return inner.getLogWriter();
    }

    @Override
    public void setLogWriter(PrintWriter out) throws SQLException {
        inner.setLogWriter(out);
    }

    @Override
    public void setLoginTimeout(int seconds) throws SQLException {
        inner.setLoginTimeout(seconds);
    }

    @Override
    public int getLoginTimeout() throws SQLException {
        return inner.getLoginTimeout();
    }

    @Override
    public Logger getParentLogger() {
        return Logger.getLogger("");
    }

    @Override
    public String toString() {
        return "attributed " + inner;
    }
}

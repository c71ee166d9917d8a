package io.pgwatch.core.pool;

import com.mchange.v2.c3p0.impl.AbstractPoolBackedDataSource;
import com.zaxxer.hikari.HikariDataSource;
import io.agroal.api.AgroalDataSource;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.function.Function;
import java.util.function.Supplier;
import javax.sql.DataSource;
import org.apache.commons.dbcp2.BasicDataSource;
import org.postgresql.ds.common.BaseDataSource;
import org.vibur.dbcp.ViburDBCPDataSource;

/** Finds the pool in a data source, through proxies that let themselves be unwrapped; nothing is started or borrowed. */
public final class Pools {

    /** One for each library, of which an application has one and seldom two. */
    private static final List<Function<DataSource, Optional<Pool>>> KINDS = List.of(
            source -> unwrap(source, HikariDataSource.class).map(HikariPool::new),
            source -> named(source, TomcatPool.TYPE).map(TomcatPool::new),
            source -> unwrap(source, BasicDataSource.class).map(DbcpPool::new),
            source -> unwrap(source, AgroalDataSource.class).map(AgroalPool::new),
            source -> unwrap(source, AbstractPoolBackedDataSource.class).map(C3p0Pool::new),
            source -> named(source, UcpPool.TYPE).map(UcpPool::new),
            source -> unwrap(source, ViburDBCPDataSource.class).map(ViburPool::new),
            source -> named(source, DruidPool.TYPE).map(DruidPool::new));

    /** The libraries whose pools are known, for people. */
    public static final String KNOWN = "HikariCP, Tomcat JDBC, DBCP 2, Agroal, c3p0, Oracle UCP, Vibur and Druid";

    private Pools() {}

    /** The pool, if it is of a kind that pgwatch knows. */
    public static Optional<Pool> find(DataSource dataSource) {
        return KINDS.stream()
                .flatMap(kind -> ifOnClassPath(() -> kind.apply(dataSource)).stream())
                .findFirst()
                .or(() -> Wrapped.by(dataSource).flatMap(Pools::find));
    }

    /** Whether the data source is known to open a new connection each time, so that there is no pool to look into. */
    public static boolean isNoPool(DataSource dataSource) {
        return find(dataSource).isEmpty() // a pool unwraps to the driver's data source inside it
                && (ifOnClassPath(() -> unwrap(dataSource, BaseDataSource.class))
                                .isPresent()
                        || dataSource.getClass().getName().startsWith("org.springframework.jdbc.datasource."));
    }

    /** Where the data source gets its connections, if that can be told without connecting. */
    public static Optional<Origin> originOf(DataSource dataSource) {
        return find(dataSource)
                .map(pool -> withDriverInside(pool.origin()))
                .or(() -> ifOnClassPath(() -> driverOf(dataSource)));
    }

    /** A pool around the driver's own data source leads where that does; its own credentials, if any, go first. */
    private static Origin withDriverInside(Origin pool) {
        DataSource inside = pool.source();
        if (pool.url() != null || inside == null) {
            return pool;
        }
        boolean ownRole = pool.username() != null;
        return ifOnClassPath(() -> driverOf(inside))
                .map(driver -> new Origin(
                        driver.url(),
                        ownRole ? pool.username() : driver.username(),
                        ownRole ? pool.password() : driver.password(),
                        pool.properties(),
                        inside))
                .orElse(pool);
    }

    private static Optional<Origin> driverOf(DataSource dataSource) {
        return unwrap(dataSource, BaseDataSource.class)
                .map(driver ->
                        new Origin(driver.getUrl(), driver.getUser(), driver.getPassword(), new Properties(), null));
    }

    /** For a library that cannot be compiled against; it is where the data source comes from, or nowhere. */
    private static Optional<Asked> named(DataSource dataSource, String typeName) {
        try {
            Class<?> type = Class.forName(typeName, false, dataSource.getClass().getClassLoader());
            return unwrap(dataSource, type).map(found -> new Asked(found, type));
        } catch (ClassNotFoundException absent) {
            return Optional.empty();
        }
    }

    /** What is of that type in a data source, if it lets itself be unwrapped. */
    public static <T> Optional<T> unwrap(DataSource dataSource, Class<T> type) {
        if (type.isInstance(dataSource)) {
            return Optional.of(type.cast(dataSource));
        }
        try {
            Object found = dataSource.isWrapperFor(type) ? dataSource.unwrap(type) : null;
            return type.isInstance(found) ? Optional.of(type.cast(found)) : Optional.empty();
        } catch (SQLException | RuntimeException | AbstractMethodError e) {
            return Optional.empty(); // a proxy that cannot be unwrapped hides its pool, and that is all
        }
    }

    /** Optional libraries are named in the code that runs here, and only here are they loaded. */
    private static <T> Optional<T> ifOnClassPath(Supplier<Optional<T>> code) {
        try {
            return code.get();
        } catch (LinkageError absent) {
            return Optional.empty();
        }
    }
}

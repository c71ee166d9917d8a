package io.pgwatch.core.pool;

import com.mchange.v2.c3p0.impl.AbstractPoolBackedDataSource;
import com.zaxxer.hikari.HikariDataSource;
import io.agroal.api.AgroalDataSource;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.apache.commons.dbcp2.BasicDataSource;
import org.jspecify.annotations.Nullable;
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

    /** They pool nothing, and neither does what extends them. */
    private static final Set<String> DRIVERS = Set.of(
            "org.postgresql.ds.common.BaseDataSource",
            "org.springframework.jdbc.datasource.DriverManagerDataSource",
            "org.springframework.jdbc.datasource.SimpleDriverDataSource");

    /** One of the driver's data sources is a pool, of a kind that cannot be looked into. */
    private static final String POOL_OF_THE_DRIVER = "org.postgresql.ds.PGPoolingDataSource";

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
        return isDriver(dataSource.getClass())
                || (find(dataSource).isEmpty() // some pools have a getter for the driver's data source inside them
                        && Wrapped.by(dataSource).filter(Pools::isNoPool).isPresent());
    }

    private static boolean isDriver(@Nullable Class<?> type) {
        return type != null
                && !type.getName().equals(POOL_OF_THE_DRIVER)
                && (DRIVERS.contains(type.getName()) || isDriver(type.getSuperclass()));
    }

    /**
     * Whether a watch of one leaves nothing to watch of the other: both lead to one pool, and the other is not nearer to it; or
     * the other is the data source that a pool gets its connections from.
     */
    @SuppressWarnings("ReferenceEquality") // the very same one, not one like it
    public static boolean covers(DataSource one, DataSource other) {
        if (one == other) {
            return true;
        }
        Optional<Pool> pool = find(other);
        if (pool.isPresent()) {
            return pool.equals(find(one)) && (leadsTo(other, one) || !leadsTo(one, other));
        }
        boolean driver = isNoPool(other);
        return driver == isNoPool(one) ? leadsTo(other, one) : driver && leadsTo(one, other);
    }

    @SuppressWarnings("ReferenceEquality") // the very same one, not one like it
    private static boolean leadsTo(DataSource outer, DataSource inner) {
        return unwrap(outer, inner.getClass()).filter(found -> found == inner).isPresent()
                || Stream.of(Wrapped.by(outer), originOf(outer).map(Origin::source))
                        .flatMap(Optional::stream)
                        .anyMatch(next -> next == inner || leadsTo(next, inner));
    }

    /** Where the data source gets its connections, if that can be told without connecting. */
    public static Optional<Origin> originOf(DataSource dataSource) {
        return find(dataSource)
                .flatMap(pool -> ifOnClassPath(() -> Optional.of(withDriverInside(pool.origin()))))
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

    /** Optional libraries are named in the code that runs here, and only here are they loaded; old ones may lack a method. */
    private static <T> Optional<T> ifOnClassPath(Supplier<Optional<T>> code) {
        try {
            return code.get();
        } catch (LinkageError absent) {
            return Optional.empty();
        }
    }
}

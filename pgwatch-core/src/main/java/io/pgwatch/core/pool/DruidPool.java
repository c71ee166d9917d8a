package io.pgwatch.core.pool;

import io.pgwatch.snapshot.ClientPools.ClientPool;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Druid. While it starts, it holds the lock that its numbers are read under; so none is read before that. */
record DruidPool(Asked dataSource) implements Pool {

    static final String TYPE = "com.alibaba.druid.pool.DruidDataSource";

    private static final String KIND = "druid";

    /** The name of a pool that was given none: an object's number follows. */
    private static final String NAMELESS = "DataSource-";

    @Override
    public String name() {
        return dataSource.name(NAMELESS, KIND);
    }

    @Override
    public ClientPool look() {
        Integer max = dataSource.integer("getMaxActive");
        Integer min = dataSource.integer("getMinIdle");
        if (!dataSource.is("isInited") || dataSource.is("isClosed")) {
            return ClientPool.silent(name(), KIND, max, min);
        }
        return new ClientPool(
                name(),
                KIND,
                dataSource.integer("getActiveCount"),
                dataSource.integer("getPoolingCount"),
                max,
                min,
                dataSource.integer("getWaitThreadCount"),
                null,
                0);
    }

    @Override
    public Origin origin() {
        return new Origin(
                dataSource.text("getUrl"),
                dataSource.text("getUsername"),
                password(),
                dataSource.properties("getConnectProperties"),
                null);
    }

    private @Nullable String password() {
        return dataSource
                .inner("getPasswordCallback")
                .flatMap(callback -> callback.get("getPassword") instanceof char[] told
                        ? Optional.of(new String(told))
                        : Optional.empty())
                .orElseGet(() -> dataSource.text("getPassword"));
    }
}

package io.pgwatch.core.pool;

import io.pgwatch.snapshot.ClientPools.ClientPool;
import javax.sql.DataSource;

/** Tomcat JDBC. Its data source starts the pool when it is asked for numbers or for the pool, so that is taken from its field. */
record TomcatPool(Asked dataSource) implements Pool {

    static final String TYPE = "org.apache.tomcat.jdbc.pool.DataSourceProxy";

    private static final String KIND = "tomcat";

    /** The name of a pool that was given none: it ends in a number that is another one in each process. */
    private static final String NAMELESS = "Tomcat Connection Pool[";

    @Override
    public String name() {
        return dataSource.name(NAMELESS, KIND);
    }

    @Override
    public ClientPool look() {
        Integer max = dataSource.integer("getMaxActive");
        Integer min = dataSource.integer("getMinIdle");
        return dataSource
                .field("pool")
                .filter(running -> !running.is("isClosed"))
                .map(running -> new ClientPool(
                        name(),
                        KIND,
                        running.integer("getActive"),
                        running.integer("getIdle"),
                        max,
                        min,
                        running.integer("getWaitCount"),
                        null,
                        0))
                .orElseGet(() -> ClientPool.silent(name(), KIND, max, min));
    }

    @Override
    public Origin origin() {
        return new Origin(
                dataSource.text("getUrl"),
                dataSource.text("getUsername"),
                dataSource
                        .inner("getPoolProperties") // the data source's own getter may give stars
                        .map(configured -> configured.text("getPassword"))
                        .orElse(null),
                dataSource.properties("getDbProperties"),
                dataSource.get("getDataSource") instanceof DataSource inside ? inside : null);
    }
}

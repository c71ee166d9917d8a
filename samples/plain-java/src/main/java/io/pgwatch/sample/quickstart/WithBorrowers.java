package io.pgwatch.sample.quickstart;

import io.pgwatch.PgWatch;
import io.pgwatch.core.AttributedDataSource;
import io.pgwatch.core.Attribution;
import io.pgwatch.core.JdbcPgWatch;
import javax.sql.DataSource;

/** Has findings name the thread that holds a connection. */
public final class WithBorrowers {

    private WithBorrowers() {}

    /** What the application uses in place of the pool, and the watch beside it. */
    public record Watched(DataSource orders, PgWatch watch) {}

    public static Watched watch(DataSource pool) {
        DataSource orders = AttributedDataSource.around(pool);
        PgWatch watch =
                JdbcPgWatch.builder(orders).attribution(Attribution.THREAD).start();
        return new Watched(orders, watch);
    }
}

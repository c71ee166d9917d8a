package io.pgwatch.spring.boot.autoconfigure;

import io.pgwatch.core.ConnectionTarget;
import java.util.Optional;
import java.util.function.Supplier;
import javax.sql.DataSource;

/**
 * A data source that gets a watch.
 *
 * @param bean the name of the bean
 * @param url where it leads; empty if that cannot be told
 * @param target where to connect, for a data source that pgwatch cannot ask itself
 */
record WatchedDataSource(
        String bean, DataSource dataSource, Optional<String> url, Supplier<Optional<ConnectionTarget>> target) {

    /** Names nothing that may be secret. */
    @Override
    public String toString() {
        return bean;
    }
}

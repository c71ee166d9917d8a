package io.pgwatch.spring.boot.autoconfigure;

import io.pgwatch.snapshot.ClientPools.ClientPool;
import java.util.Objects;
import java.util.Optional;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.jdbc.metadata.DataSourcePoolMetadata;
import org.springframework.boot.jdbc.metadata.DataSourcePoolMetadataProvider;

/** What the application's own providers tell of a pool. They know of no waiting threads. */
record PoolMetadata(ObjectProvider<DataSourcePoolMetadataProvider> providers) implements ForeignPools {

    private static final String KIND = "other";

    @Override
    public Optional<ClientPool> look(String bean, DataSource dataSource) {
        return providers
                .orderedStream()
                .map(provider -> provider.getDataSourcePoolMetadata(dataSource))
                .filter(Objects::nonNull)
                .findFirst()
                .map(told -> pool(bean, told));
    }

    private static ClientPool pool(String name, DataSourcePoolMetadata told) {
        return new ClientPool(
                name, KIND, told.getActive(), told.getIdle(), limit(told.getMax()), told.getMin(), null, null, 0);
    }

    private static @Nullable Integer limit(@Nullable Integer max) {
        return max == null || max < 0 ? null : max;
    }
}

package io.pgwatch.spring.boot.autoconfigure;

import io.pgwatch.snapshot.ClientPools.ClientPool;
import java.util.Optional;
import javax.sql.DataSource;

/** What pools of other kinds than pgwatch knows itself are doing. */
@FunctionalInterface
interface ForeignPools {

    /** Empty where nobody can tell. */
    Optional<ClientPool> look(String bean, DataSource dataSource);
}

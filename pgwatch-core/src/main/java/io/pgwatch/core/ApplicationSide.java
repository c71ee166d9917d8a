package io.pgwatch.core;

import io.pgwatch.core.pool.Borrows;
import io.pgwatch.snapshot.ClientPools.ClientPool;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * What the application tells of itself, beside its data source.
 *
 * @param pool what a pool that pgwatch does not know is doing, asked anew at each look; empty where nobody can tell
 * @param borrows the memory of who borrowed what; empty where it has none
 * @param console of the PgBouncer in front of the server; empty where none was given
 */
record ApplicationSide(
        Supplier<Optional<ClientPool>> pool,
        Attribution attribution,
        Optional<Borrows> borrows,
        Optional<ConnectionTarget> console) {

    /** Nothing. */
    static final ApplicationSide SILENT =
            new ApplicationSide(Optional::empty, Attribution.OFF, Optional.empty(), Optional.empty());
}

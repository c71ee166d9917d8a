package io.pgwatch.core.pool;

import io.pgwatch.snapshot.ClientPools.ClientPool;

/** A connection pool of this process. Looking at it causes no SQL, starts nothing and waits for nothing. */
public interface Pool {

    /** As its owner named it. */
    String name();

    /** What it is doing now; for how long it has been full is not its business. */
    ClientPool look();

    /** Where it gets its connections now; credentials may have rotated since the last call. */
    Origin origin();
}

package io.pgwatch.core;

import java.util.Locale;

/** Where a watch's sweeps get their connection. */
public enum ConnectionMode {
    /** One connection of the watch's own, held from sweep to sweep. */
    DEDICATED,
    /** A connection of the watch's own, opened for each sweep: about 4 ms of server CPU each, and no slot held in between. */
    PER_SWEEP,
    /** Borrowed from the application's pool for each sweep; blind while the pool is exhausted. */
    POOLED;

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}

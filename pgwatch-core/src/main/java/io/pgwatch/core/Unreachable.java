package io.pgwatch.core;

import io.pgwatch.snapshot.Reading.Missing;

/** There is no session for this sweep, and why. */
final class Unreachable extends Exception {

    private static final long serialVersionUID = 1;

    private final transient Missing<?> missing;

    Unreachable(Missing<?> missing) {
        super(missing.detail(), null, false, false);
        this.missing = missing;
    }

    /** The same reason for everything that would have been read. */
    Missing<?> missing() {
        return missing;
    }
}

package io.pgwatch.probe;

/** How urgent something is, in the order of weight. */
public enum Level {
    OK,
    /** Nobody can say; heavier than OK, since nobody should sleep on it. */
    UNKNOWN,
    WARNING,
    CRITICAL;

    /** The heavier of two. */
    public Level or(Level other) {
        return compareTo(other) >= 0 ? this : other;
    }
}

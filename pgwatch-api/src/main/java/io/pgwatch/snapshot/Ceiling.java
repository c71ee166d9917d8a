package io.pgwatch.snapshot;

import java.util.Locale;

/**
 * A limit at which the server refuses the application's next connection.
 *
 * @param name {@code max_connections}, or the name of the role or database
 * @param used connections that count against it now
 * @param limit connections that an ordinary role may have under it; slots set aside for others are taken off
 */
public record Ceiling(Kind kind, String name, int used, int limit) {

    /** What sets the limit; its text is the lower-case word that metrics and JSON show. */
    public enum Kind {
        /** {@code max_connections}, less the reserved slots. */
        SERVER,
        /** The CONNECTION LIMIT of the application's role. */
        ROLE,
        /** The CONNECTION LIMIT of the database. */
        DATABASE;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    public Ceiling {
        if (used < 0 || limit < 0) {
            throw new IllegalArgumentException("want used and limit of 0 or more, got " + used + " and " + limit);
        }
    }

    /** Connections that would still be admitted; 0 when it is reached. */
    public int free() {
        return Math.max(0, limit - used);
    }

    /** Share of the limit that is taken, above 1 when others' reserved slots are in use too; 1 for a limit of 0. */
    public double saturation() {
        return limit == 0 ? 1 : (double) used / limit;
    }
}

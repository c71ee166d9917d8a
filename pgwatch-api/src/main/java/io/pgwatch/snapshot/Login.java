package io.pgwatch.snapshot;

import org.jspecify.annotations.Nullable;

/**
 * How the watch's own newest attempt to connect ended.
 *
 * @param sqlState null when it succeeded
 * @param message what the server or the driver said, without credentials; null when it succeeded
 */
public record Login(@Nullable String sqlState, @Nullable String message) {

    public static final Section<Login> SECTION = new Section<>("login", Login.class);

    /** An attempt that the server let in. */
    public static final Login ADMITTED = new Login(null, null);

    /** Whether the server refused because a connection limit is reached (SQLSTATE 53300). */
    public boolean refusedByLimit() {
        return "53300".equals(sqlState);
    }
}

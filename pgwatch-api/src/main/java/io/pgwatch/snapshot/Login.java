package io.pgwatch.snapshot;

import org.jspecify.annotations.Nullable;

/**
 * How the watch's own newest attempt to connect ended. Missing, since it timed out, while the application's pool gives a watch
 * that borrows from it nothing: that tells nothing of the server.
 *
 * @param sqlState null when it succeeded
 * @param message what the server or the driver said, without credentials; null when it succeeded
 * @param ownLimit whether it was refused by a limit of a role that is the watch's alone, which is nobody else's concern
 */
public record Login(@Nullable String sqlState, @Nullable String message, boolean ownLimit) {

    public static final Section<Login> SECTION = new Section<>("login", Login.class);

    /** SQLSTATE of a refusal because of a connection limit. */
    public static final String LIMIT_REACHED = "53300";

    /** An attempt that the server let in. */
    public static final Login ADMITTED = new Login(null, null, false);

    /** Whether the server refused because a connection limit is reached that the application has, too (SQLSTATE 53300). */
    public boolean refusedByLimit() {
        return LIMIT_REACHED.equals(sqlState) && !ownLimit;
    }
}

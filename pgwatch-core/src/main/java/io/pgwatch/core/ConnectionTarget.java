package io.pgwatch.core;

import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;

/**
 * Where to connect, and as whom.
 *
 * @param url a JDBC URL of PostgreSQL; its parameters hold, except those that would undo the watch's time limits
 * @param username null where the URL names it
 * @param password null where the URL or {@code .pgpass} has it, or none is needed
 */
public record ConnectionTarget(
        String url, @Nullable String username, @Nullable String password) {

    public ConnectionTarget {
        requireNonNull(url, "url");
    }

    /** Without the password, and without the parts of the URL that may hold one. */
    @Override
    public String toString() {
        String bare = url.replaceFirst("\\?.*", "").replaceFirst("//[^/]*@", "//");
        return bare + (username == null ? "" : " as " + username);
    }
}

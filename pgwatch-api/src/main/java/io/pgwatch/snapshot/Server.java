package io.pgwatch.snapshot;

import org.jspecify.annotations.Nullable;

/**
 * Which server answers.
 *
 * @param id the cluster's system identifier; null where the role or a managed service hides it. A standby has its primary's
 * @param host as this process reaches it; of several, the one connected to
 * @param port as this process reaches it
 * @param version as text, such as {@code 15.18}
 * @param major such as 15
 * @param database the database of this watch
 * @param role the role that this watch logs in as
 * @param standby whether the server is in recovery and takes no writes
 */
public record Server(
        @Nullable String id,
        String host,
        int port,
        String version,
        int major,
        String database,
        String role,
        boolean standby) {

    public static final Section<Server> SECTION = new Section<>("server", Server.class);
}

package io.pgwatch.snapshot;

import java.util.Locale;
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
 * @param pooler what stands between this watch and the server; null where nothing does
 */
public record Server(
        @Nullable String id,
        String host,
        int port,
        String version,
        int major,
        String database,
        String role,
        boolean standby,
        @Nullable Pooler pooler) {

    public static final Section<Server> SECTION = new Section<>("server", Server.class);

    /** How a connection pooler, such as PgBouncer, lends sessions of the server. */
    public enum Pooler {
        /** For one transaction each, or for one statement: it was seen to lend another session than before. */
        TRANSACTION,
        /** That has not shown so far; it may be for as long as a client is connected. */
        UNKNOWN;

        /** As in the JSON report. */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}

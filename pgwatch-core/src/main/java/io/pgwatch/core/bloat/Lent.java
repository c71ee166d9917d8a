package io.pgwatch.core.bloat;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;

/** A session, as its owner lends it for a slice of reading. */
public interface Lent {

    /** Whether the same session comes again for the next slice, so that it can keep a lock until then. */
    boolean direct();

    /** The major version of its server. */
    int major();

    /** What is done in one transaction. */
    @FunctionalInterface
    interface Work<T> {

        T in(Connection connection) throws SQLException;
    }

    /** Works in a read-only transaction, with settings that end with it. */
    <T> T inTransaction(Map<String, String> settings, Work<T> work) throws SQLException;
}

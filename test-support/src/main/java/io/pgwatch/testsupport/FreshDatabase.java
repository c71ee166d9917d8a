package io.pgwatch.testsupport;

/** An empty database that a test has to itself; closing drops it, with whoever is still connected. */
public final class FreshDatabase extends Database implements AutoCloseable {

    FreshDatabase(PgServer server, String name) {
        super(server, name);
    }

    @Override
    public void close() {
        server().execute("drop database if exists " + name() + " with (force)");
    }
}

package io.pgwatch.core;

import io.pgwatch.testsupport.FreshDatabase;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Something that goes wrong at a server, and what is to be said of it.
 *
 * @param happening in one line, for a person
 * @param begin makes it happen; what it returns ends it
 * @param root the id of the only story that is to be told, its numbers written as N; empty where nothing is wrong
 * @param because a part of the reason given
 * @param so the ids of the findings that the root explains
 * @param hidden what a role with no grants is told in its place; null for the same
 */
record Incident(
        String happening,
        Begin begin,
        String root,
        String because,
        List<String> so,
        @Nullable String hidden) {

    /** Makes an incident happen. */
    @FunctionalInterface
    interface Begin {

        AutoCloseable in(FreshDatabase database, OpenSessions open) throws SQLException;
    }

    static Incident of(String happening, String root, String because, Begin begin) {
        return new Incident(happening, begin, root, because, List.of(), null);
    }

    static Incident harmless(String happening, Begin begin) {
        return new Incident(happening, begin, "", "", List.of(), null);
    }

    Incident so(String... effects) {
        return new Incident(happening, begin, root, because, List.of(effects), hidden);
    }

    Incident hiddenAs(String told) {
        return new Incident(happening, begin, root, because, so, told);
    }
}

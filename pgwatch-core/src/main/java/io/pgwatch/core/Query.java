package io.pgwatch.core;

import io.pgwatch.snapshot.Section;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * How a section is read from the server: the SQL files of the section's name, and what their columns mean.
 *
 * @param every how long a reading is good for; zero for a section that every sweep reads
 * @param parameters what is bound to the text, in its order
 * @param reader makes the value of all the rows
 * @param occasion when it is asked for at all; null for always
 */
record Query<T>(
        Section<T> section,
        Duration every,
        Function<Session, List<@Nullable String>> parameters,
        Reader<T> reader,
        @Nullable Occasion<?, T> occasion) {

    /** Asked for whatever else was read. */
    Query(Section<T> section, Duration every, Function<Session, List<@Nullable String>> parameters, Reader<T> reader) {
        this(section, every, parameters, reader, null);
    }

    /** Makes a section's value of the rows that came. */
    @FunctionalInterface
    interface Reader<T> {

        T read(ResultSet rows, Session session) throws SQLException;
    }

    /** Whether every sweep has news of it: read in the joined statement, or on its occasion after that. */
    boolean isFast() {
        return every.isZero();
    }

    /** The text for a server of the given major. */
    Optional<String> textFor(int major) {
        return SqlText.of(section.name(), major);
    }
}

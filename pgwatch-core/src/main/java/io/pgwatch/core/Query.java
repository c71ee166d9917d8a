package io.pgwatch.core;

import io.pgwatch.snapshot.Reading.Missing;
import io.pgwatch.snapshot.Section;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * How a section is read from the server: the SQL files of the section's name, and what their columns mean.
 *
 * @param joined whether it is part of the joined statement; alone otherwise, beside that
 * @param goodFor how long the newest reading will do; zero when the next sweep is to read it again
 * @param parameters what is bound to the text, in its order
 * @param reader makes the value of all the rows
 * @param occasion when it is asked for at all; null for always
 * @param elsewhere why this watch leaves it to another one; empty while it does not
 */
record Query<T>(
        Section<T> section,
        boolean joined,
        Supplier<Duration> goodFor,
        Function<Session, List<@Nullable String>> parameters,
        FromRows<T> reader,
        @Nullable Occasion<?, T> occasion,
        Supplier<Optional<Missing<?>>> elsewhere) {

    /** Part of the joined statement whenever it is due. */
    static <T> Query<T> joined(
            Section<T> section,
            Supplier<Duration> goodFor,
            Function<Session, List<@Nullable String>> parameters,
            FromRows<T> reader) {
        return new Query<>(section, true, goodFor, parameters, reader, null, Optional::empty);
    }

    /** Part of the joined statement whenever it is due, with nothing to bind. */
    static <T> Query<T> joined(Section<T> section, Supplier<Duration> goodFor, FromRows<T> reader) {
        return joined(section, goodFor, session -> List.of(), reader);
    }

    /** Alone, when the newest reading is older than that. */
    static <T> Query<T> alone(Section<T> section, Supplier<Duration> goodFor, FromRows<T> reader) {
        return new Query<>(section, false, goodFor, session -> List.of(), reader, null, Optional::empty);
    }

    /** Alone, after the joined statement, when that gave occasion. */
    static <T> Query<T> alone(Section<T> section, Occasion<?, T> occasion, FromRows<T> reader) {
        return new Query<>(
                section, false, () -> Duration.ZERO, session -> List.of(), reader, occasion, Optional::empty);
    }

    /** The same, while no other watch reads it. */
    Query<T> unless(Supplier<Optional<Missing<?>>> readElsewhere) {
        return new Query<>(section, joined, goodFor, parameters, reader, occasion, readElsewhere);
    }

    /** Makes a section's value of the rows that came. */
    @FunctionalInterface
    interface FromRows<T> {

        T read(ResultSet rows, Session session) throws SQLException;
    }

    /** Whether it goes with the sweep: in the joined statement, or on the occasion that this gives. */
    boolean isFast() {
        return joined || occasion != null;
    }

    /** The text for a server of the given major. */
    String textFor(int major) {
        return SqlText.of(section.name(), major);
    }
}

package io.pgwatch.snapshot;

import static java.util.Objects.requireNonNull;

/**
 * Names one series of numbers in the {@link History}.
 *
 * @param quantity what is measured
 * @param subject of which thing; empty for a quantity that the server has only once
 */
public record SeriesKey(String quantity, String subject) {

    public SeriesKey {
        requireNonNull(quantity, "quantity");
        requireNonNull(subject, "subject");
    }

    /** The series of a quantity that the server has only once. */
    public static SeriesKey of(String quantity) {
        return new SeriesKey(quantity, "");
    }
}

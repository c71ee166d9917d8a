package io.pgwatch.snapshot;

import static java.util.Objects.requireNonNull;

/**
 * A named kind of fact that the collector reads.
 *
 * @param name lower case, words joined by hyphens; the folder of its SQL where it has any
 * @param type the record that holds what was read
 */
public record Section<T>(String name, Class<T> type) {

    public Section {
        requireNonNull(name, "name");
        requireNonNull(type, "type");
    }

    @Override
    public String toString() {
        return name;
    }
}

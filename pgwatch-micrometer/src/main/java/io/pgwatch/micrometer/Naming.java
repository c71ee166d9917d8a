package io.pgwatch.micrometer;

import io.micrometer.core.instrument.Tags;

/** What all names and tags of one watch begin with. */
record Naming(String prefix, Tags tags) {

    Series series(String name, String unit, String description, String... furtherTags) {
        return new Series(prefix + name, unit, description, tags.and(furtherTags));
    }
}

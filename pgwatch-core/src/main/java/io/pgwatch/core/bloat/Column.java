package io.pgwatch.core.bloat;

import org.jspecify.annotations.Nullable;

/**
 * A column of a table.
 *
 * @param name quoted
 * @param length in bytes; -1 for one that varies, -2 for a C string
 * @param align 1, 2, 4 or 8
 * @param storage p, e, m or x, as {@code pg_attribute.attstorage}
 * @param octets whether it is text or bytea, whose length can be asked for
 * @param missingType of the default that rows from before the column was added show; null without one
 * @param missingSize size in memory of that default, in bytes; 0 without one
 */
record Column(
        int number,
        String name,
        int length,
        int align,
        boolean notNull,
        char storage,
        boolean octets,
        boolean dropped,
        @Nullable String missingType,
        int missingSize) {

    boolean varies() {
        return length < 0;
    }

    /** Whether its values may go to the TOAST relation. */
    boolean toastable() {
        return length == -1 && (storage == 'x' || storage == 'e');
    }

    Column withMissingSize(int size) {
        return new Column(number, name, length, align, notNull, storage, octets, dropped, missingType, size);
    }
}

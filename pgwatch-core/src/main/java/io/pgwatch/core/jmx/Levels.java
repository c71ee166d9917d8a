package io.pgwatch.core.jmx;

import io.pgwatch.probe.Level;
import javax.management.openmbean.CompositeData;

/** Levels as JMX shows them. */
final class Levels {

    private static final OpenRecord CHANGE = OpenRecord.of(Change.class);

    private Levels() {}

    private record Change(Level oldLevel, Level newLevel, int oldLevelValue, int newLevelValue) {}

    /** As a number, so that a console can plot it; -1 while unknown. */
    static int valueOf(Level level) {
        return switch (level) {
            case UNKNOWN -> -1;
            case OK -> 0;
            case WARNING -> 1;
            case CRITICAL -> 2;
        };
    }

    static CompositeData change(Level before, Level after) {
        return CHANGE.data(new Change(before, after, valueOf(before), valueOf(after)));
    }
}

package io.pgwatch.core.jmx;

import io.pgwatch.Report;
import io.pgwatch.probe.Level;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import javax.management.openmbean.CompositeData;
import javax.management.openmbean.SimpleType;

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

    /** A level as text and as a number, whosever it is. */
    static List<ReportAttribute> attributes(String description, Function<Optional<Report>, Level> level) {
        return List.of(
                new ReportAttribute(
                        "Level",
                        description,
                        "",
                        SimpleType.STRING,
                        report -> level.apply(report).toString()),
                new ReportAttribute(
                        "LevelValue",
                        "The level as a number: 0 OK, 1 warning, 2 critical, -1 unknown",
                        "",
                        SimpleType.INTEGER,
                        report -> valueOf(level.apply(report))));
    }

    static CompositeData change(Level before, Level after) {
        return CHANGE.data(new Change(before, after, valueOf(before), valueOf(after)));
    }
}

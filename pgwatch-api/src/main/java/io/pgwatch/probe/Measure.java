package io.pgwatch.probe;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A number that a probe publishes, and how to take it from the evidence. A number that is not known is NaN.
 *
 * @param name lower case, parts joined by dots; bindings put their own prefix in front
 * @param unit plural, such as {@code bytes}; empty for a plain number
 * @param description one line for a person
 * @param tagKeys what tells its rows apart; empty for a measure of one row
 * @param source gives the rows, the worst first: a binding with room for few rows takes the first ones
 */
public record Measure<E>(String name, String unit, String description, List<String> tagKeys, Source<E> source) {

    /** Gives the rows of a measure. */
    @FunctionalInterface
    public interface Source<E> {

        /** Tells the sink each row, the worst first. */
        void read(E evidence, Sink sink);
    }

    /** Takes the rows of a measure. */
    @FunctionalInterface
    public interface Sink {

        /**
         * One row.
         *
         * @param tagValues one for each tag key, in their order
         * @param value NaN when it is not known
         */
        void row(List<String> tagValues, double value);
    }

    public Measure {
        requireNonNull(name, "name");
        requireNonNull(unit, "unit");
        requireNonNull(description, "description");
        requireNonNull(source, "source");
        tagKeys = List.copyOf(tagKeys);
    }

    /** A measure of one row. The function may give null for a number that is not known. */
    public static <E> Measure<E> of(String name, String unit, String description, Function<E, @Nullable Number> value) {
        return new Measure<>(
                name,
                unit,
                description,
                List.of(),
                (evidence, sink) -> sink.row(List.of(), number(value.apply(evidence))));
    }

    /** A measure of one row for each element of a list, told apart by one tag. The function may give null for an unknown number. */
    public static <E, R> Measure<E> each(
            String name,
            String unit,
            String description,
            Function<E, List<R>> rows,
            String tagKey,
            Function<R, String> tagValue,
            Function<R, @Nullable Number> value) {
        return new Measure<>(name, unit, description, List.of(tagKey), (evidence, sink) -> {
            for (R row : rows.apply(evidence)) {
                sink.row(List.of(tagValue.apply(row)), number(value.apply(row)));
            }
        });
    }

    private static double number(@Nullable Number value) {
        return value == null ? Double.NaN : value.doubleValue();
    }
}

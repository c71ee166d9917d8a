package io.pgwatch.core.jmx;

import io.pgwatch.probe.Measure;
import java.lang.reflect.Constructor;
import java.lang.reflect.RecordComponent;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * The numbers of an evidence that its measures give just as they are. No type says what a measure reads; so it is tried, on
 * evidence in which no number occurs twice.
 */
final class Measured {

    private static final int FIRST = 1009;

    private static final Map<Class<?>, IntFunction<Object>> NUMBERS = Map.of(
            int.class, n -> n,
            Integer.class, n -> n,
            long.class, n -> (long) n,
            Long.class, n -> (long) n,
            double.class, n -> (double) n,
            Double.class, n -> (double) n);

    private Measured() {}

    /** The names of the components; none where no such evidence can be made. */
    static <E> Set<String> components(Class<E> evidence, List<Measure<E>> measures) {
        RecordComponent[] components = evidence.getRecordComponents();
        Set<Double> given =
                specimen(evidence, components).map(one -> given(one, measures)).orElse(Set.of());
        Set<String> names = new HashSet<>();
        for (int i = 0; i < components.length; i++) {
            if (NUMBERS.containsKey(components[i].getType()) && given.contains((double) FIRST + i)) {
                names.add(components[i].getName());
            }
        }
        return names;
    }

    private static <E> Set<Double> given(E specimen, List<Measure<E>> measures) {
        Set<Double> values = new HashSet<>();
        for (Measure<E> measure : measures) {
            if (measure.tagKeys().isEmpty()) {
                try {
                    measure.source().read(specimen, (tagValues, value) -> values.add(value));
                } catch (RuntimeException e) {
                    // it needs more than numbers, so it gives none of them as it is
                }
            }
        }
        return values;
    }

    private static <E> Optional<E> specimen(Class<E> evidence, RecordComponent[] components) {
        Class<?>[] types = new Class<?>[components.length];
        Object[] values = new Object[components.length];
        for (int i = 0; i < components.length; i++) {
            types[i] = components[i].getType();
            values[i] = value(types[i], FIRST + i);
        }
        try {
            Constructor<E> constructor = evidence.getDeclaredConstructor(types);
            constructor.trySetAccessible();
            return Optional.of(constructor.newInstance(values));
        } catch (ReflectiveOperationException | RuntimeException e) {
            return Optional.empty();
        }
    }

    private static @Nullable Object value(Class<?> type, int number) {
        if (NUMBERS.containsKey(type)) {
            return NUMBERS.get(type).apply(number);
        }
        if (type.isAssignableFrom(List.class) && Collection.class.isAssignableFrom(type)) {
            return List.of();
        }
        return type == Optional.class ? Optional.empty() : type.isPrimitive() ? false : null;
    }
}

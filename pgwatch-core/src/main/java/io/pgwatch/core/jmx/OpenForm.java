package io.pgwatch.core.jmx;

import java.lang.reflect.Array;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.time.Instant;
import java.util.Collection;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import javax.management.openmbean.ArrayType;
import javax.management.openmbean.OpenDataException;
import javax.management.openmbean.OpenType;
import javax.management.openmbean.SimpleType;
import org.jspecify.annotations.Nullable;

/**
 * How values of one Java type look over JMX: in a type that every console knows without our classes. Records become
 * composites, lists of records tables, other lists arrays, enums and all that JMX has no word for text.
 *
 * @param write turns a value, null included, into one of the open type
 */
record OpenForm(OpenType<?> type, Function<@Nullable Object, @Nullable Object> write) {

    private static final int DEEPEST = 4;

    private static final Map<Class<?>, SimpleType<?>> PLAIN = Map.ofEntries(
            Map.entry(boolean.class, SimpleType.BOOLEAN),
            Map.entry(Boolean.class, SimpleType.BOOLEAN),
            Map.entry(byte.class, SimpleType.BYTE),
            Map.entry(Byte.class, SimpleType.BYTE),
            Map.entry(short.class, SimpleType.SHORT),
            Map.entry(Short.class, SimpleType.SHORT),
            Map.entry(int.class, SimpleType.INTEGER),
            Map.entry(Integer.class, SimpleType.INTEGER),
            Map.entry(long.class, SimpleType.LONG),
            Map.entry(Long.class, SimpleType.LONG),
            Map.entry(float.class, SimpleType.FLOAT),
            Map.entry(Float.class, SimpleType.FLOAT),
            Map.entry(double.class, SimpleType.DOUBLE),
            Map.entry(Double.class, SimpleType.DOUBLE));

    private static final OpenForm TEXT =
            new OpenForm(SimpleType.STRING, value -> value == null ? null : value.toString());

    private static final OpenForm MOMENT =
            new OpenForm(SimpleType.DATE, value -> value instanceof Instant instant ? Date.from(instant) : null);

    static OpenForm of(Type type) {
        return of(type, 0);
    }

    static OpenForm of(Type type, int depth) {
        if (type instanceof Class<?> plain && PLAIN.containsKey(plain)) {
            return new OpenForm(PLAIN.get(plain), value -> value);
        }
        if (type == Instant.class) {
            return MOMENT;
        }
        if (type instanceof Class<?> fact && isShownAsRecord(fact, depth)) {
            OpenRecord form = OpenRecord.of(fact, depth);
            return new OpenForm(form.type(), value -> value == null ? null : form.data(value));
        }
        if (type instanceof ParameterizedType generic && generic.getRawType() instanceof Class<?> raw) {
            Type argument = generic.getActualTypeArguments()[0];
            if (Collection.class.isAssignableFrom(raw)) {
                return list(argument, depth);
            }
            if (raw == Optional.class) {
                OpenForm inner = of(argument, depth);
                return new OpenForm(inner.type, value -> inner.write.apply(orNull((Optional<?>) value)));
            }
        }
        return TEXT;
    }

    private static @Nullable Object orNull(@Nullable Optional<?> value) {
        return value == null ? null : value.orElse(null);
    }

    private static boolean isShownAsRecord(Class<?> type, int depth) {
        return type.isRecord() && type.getRecordComponents().length > 0 && depth < DEEPEST;
    }

    private static OpenForm list(Type element, int depth) {
        if (element instanceof Class<?> fact && isShownAsRecord(fact, depth)) {
            OpenTable table = OpenTable.of(fact, depth);
            return new OpenForm(
                    table.type(), value -> value instanceof Collection<?> rows ? table.data(List.copyOf(rows)) : null);
        }
        OpenForm form = of(element, depth + 1);
        if (!(form.type instanceof SimpleType<?> simple)) {
            return TEXT;
        }
        return new OpenForm(arrayOf(simple), value -> value instanceof Collection<?> all ? array(all, form) : null);
    }

    private static ArrayType<?> arrayOf(SimpleType<?> element) {
        try {
            return new ArrayType<>(1, element);
        } catch (OpenDataException e) {
            throw new IllegalStateException("cannot show an array of " + element, e);
        }
    }

    private static Object array(Collection<?> values, OpenForm form) {
        try {
            Object array = Array.newInstance(Class.forName(form.type.getClassName()), values.size());
            int i = 0;
            for (Object value : values) {
                Array.set(array, i++, form.write.apply(value));
            }
            return array;
        } catch (ClassNotFoundException e) {
            throw new IllegalStateException("the JDK is without " + form.type.getClassName(), e);
        }
    }
}

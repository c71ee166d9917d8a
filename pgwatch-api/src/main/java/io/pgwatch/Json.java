package io.pgwatch;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Writes JSON from records, lists, maps and plain values, so that no JSON library enters the application. */
final class Json {

    private final StringBuilder out = new StringBuilder(1024);

    static String of(@Nullable Object value) {
        Json json = new Json();
        json.write(value);
        return json.out.toString();
    }

    private void write(@Nullable Object value) {
        if (value == null) {
            out.append("null");
        } else if (value instanceof Optional<?> optional) {
            write(optional.orElse(null));
        } else if (value instanceof Boolean) {
            out.append(value);
        } else if (value instanceof Number number) {
            write(number);
        } else if (value instanceof Iterable<?> list) {
            write(list);
        } else if (value instanceof Map<?, ?> map) {
            write(map);
        } else if (value instanceof Record fact) {
            write(fact);
        } else {
            writeText(value.toString());
        }
    }

    private void write(Number number) {
        double value = number.doubleValue();
        if (Double.isNaN(value) || Double.isInfinite(value)) {
            out.append("null");
        } else {
            out.append(number);
        }
    }

    private void write(Iterable<?> list) {
        String separator = "[";
        for (Object element : list) {
            out.append(separator);
            write(element);
            separator = ",";
        }
        out.append(separator.equals("[") ? "[]" : "]");
    }

    private void write(Map<?, ?> map) {
        String separator = "{";
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            out.append(separator);
            writeText(String.valueOf(entry.getKey()));
            out.append(':');
            write(entry.getValue());
            separator = ",";
        }
        out.append(separator.equals("{") ? "{}" : "}");
    }

    private void write(Record fact) {
        String separator = "{";
        for (RecordComponent component : fact.getClass().getRecordComponents()) {
            out.append(separator);
            writeText(component.getName());
            out.append(':');
            write(valueOf(component, fact));
            separator = ",";
        }
        out.append(separator.equals("{") ? "{}" : "}");
    }

    private static @Nullable Object valueOf(RecordComponent component, Record fact) {
        try {
            return component.getAccessor().invoke(fact);
        } catch (IllegalAccessException e) {
            throw new IllegalStateException(
                    "evidence must be a public record in an exported package: " + fact.getClass(), e);
        } catch (InvocationTargetException e) {
            throw new IllegalStateException("cannot read " + component, e.getCause());
        }
    }

    private void writeText(String text) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                default -> {
                    if (c < 0x20 || Character.isSurrogate(c) && !inPair(text, i)) {
                        out.append(String.format("\\u%04x", (int) c));
                    } else {
                        out.append(c);
                    }
                }
            }
        }
        out.append('"');
    }

    private static boolean inPair(String text, int i) {
        return Character.isHighSurrogate(text.charAt(i))
                ? i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))
                : i > 0 && Character.isHighSurrogate(text.charAt(i - 1));
    }
}

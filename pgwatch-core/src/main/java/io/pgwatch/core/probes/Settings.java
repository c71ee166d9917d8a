package io.pgwatch.core.probes;

import io.pgwatch.core.text.Durations;
import io.pgwatch.probe.Probe;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The settings of a probe by name: the components of its record, in words joined by hyphens. */
public final class Settings {

    private static final Pattern DURATION = Pattern.compile("(\\d+)\\s*(ms|s|m|h|d)", Pattern.CASE_INSENSITIVE);

    private Settings() {}

    /**
     * One setting of a probe.
     *
     * @param name as properties write it, such as {@code critical-age}
     * @param type a primitive number, boolean or {@link Duration}
     * @param value as text, in a form that {@link Settings#replace} takes
     */
    public record Setting(String name, Class<?> type, String value) {}

    /** Every setting of the probe with its value, in the record's order; none for a probe that is no record. */
    public static List<Setting> of(Probe<?> probe) {
        return Stream.of(componentsOf(probe))
                .map(component -> new Setting(
                        nameOf(component),
                        component.getType(),
                        valueOf(component, probe).toString()))
                .toList();
    }

    /**
     * The probe with some settings replaced, each given as text: numbers such as {@code 0.8} or {@code 1600000000},
     * durations such as {@code 10s}, {@code 7d} or {@code PT10S}.
     *
     * @throws IllegalArgumentException for a name that the probe does not have, a value of the wrong form, or values that
     *     contradict each other; the message names the value and what is allowed
     */
    @SuppressWarnings("unchecked") // the canonical constructor makes a probe of the same class
    public static <P extends Probe<?>> P replace(P probe, Map<String, String> replaced) {
        List<String> known = of(probe).stream().map(Setting::name).toList();
        for (String name : replaced.keySet()) {
            if (!known.contains(name)) {
                throw new IllegalArgumentException("unknown setting '" + name + "' of probe " + probe.id() + "; "
                        + (known.isEmpty() ? "it has none" : "there are " + String.join(", ", known)));
            }
        }
        RecordComponent[] components = componentsOf(probe);
        Class<?>[] types = new Class<?>[components.length];
        Object[] values = new Object[components.length];
        for (int i = 0; i < components.length; i++) {
            String name = nameOf(components[i]);
            types[i] = components[i].getType();
            values[i] = replaced.containsKey(name)
                    ? parse(name, replaced.get(name), types[i])
                    : valueOf(components[i], probe);
        }
        try {
            return (P) construct(probe.getClass(), types, values);
        } catch (IllegalArgumentException contradiction) {
            throw new IllegalArgumentException(
                    contradiction.getMessage() + leftAsItWas(contradiction, replaced, probe));
        }
    }

    /** Of what contradicts each other, that which nobody has just given. */
    private static String leftAsItWas(
            IllegalArgumentException contradiction, Map<String, String> replaced, Probe<?> probe) {
        List<String> words = List.of(String.valueOf(contradiction.getMessage()).split("[^a-z-]+"));
        return Stream.of(componentsOf(probe))
                .filter(component -> words.contains(nameOf(component)) && !replaced.containsKey(nameOf(component)))
                .map(component ->
                        "; " + nameOf(component) + " is " + inWords(valueOf(component, probe)) + " unless set")
                .collect(Collectors.joining());
    }

    private static String inWords(Object value) {
        return value instanceof Duration duration ? Durations.of(duration) : value.toString();
    }

    private static Object construct(Class<?> type, Class<?>[] types, Object[] values) {
        try {
            Constructor<?> constructor = type.getDeclaredConstructor(types);
            return constructor.newInstance(values);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof IllegalArgumentException refused) {
                throw refused;
            }
            throw new IllegalStateException("cannot make a " + type.getName(), e.getCause());
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("want a public record with a public constructor: " + type.getName(), e);
        }
    }

    private static Object parse(String name, String text, Class<?> type) {
        try {
            if (type == double.class) {
                return Double.parseDouble(text.strip());
            }
            if (type == long.class) {
                return Long.parseLong(text.strip().replace("_", ""));
            }
            if (type == int.class) {
                return Integer.parseInt(text.strip().replace("_", ""));
            }
            if (type == boolean.class) {
                return parseBoolean(text.strip());
            }
            if (type == Duration.class) {
                return parseDuration(text.strip());
            }
        } catch (RuntimeException e) {
            throw new IllegalArgumentException(
                    "want " + formOf(name, type) + " for " + name + ", got '" + text + "'", e);
        }
        throw new IllegalStateException("no text form for " + type.getName() + " of " + name);
    }

    private static String formOf(String name, Class<?> type) {
        if (type == Duration.class) {
            return "a duration such as 500ms, 10s, 5m, 2h or 7d";
        }
        if (type == boolean.class) {
            return "true or false";
        }
        if (type == double.class) {
            return "a number such as 0.8";
        }
        return name.endsWith("-bytes") ? "a whole number of bytes" : "a whole number";
    }

    private static boolean parseBoolean(String text) {
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new IllegalArgumentException(text);
        };
    }

    private static Duration parseDuration(String text) {
        Matcher simple = DURATION.matcher(text);
        if (!simple.matches()) {
            return Duration.parse(text);
        }
        long amount = Long.parseLong(simple.group(1));
        return switch (simple.group(2).toLowerCase(Locale.ROOT)) {
            case "ms" -> Duration.ofMillis(amount);
            case "s" -> Duration.ofSeconds(amount);
            case "m" -> Duration.ofMinutes(amount);
            case "h" -> Duration.ofHours(amount);
            default -> Duration.ofDays(amount);
        };
    }

    private static RecordComponent[] componentsOf(Probe<?> probe) {
        RecordComponent[] components = probe.getClass().getRecordComponents();
        return components == null ? new RecordComponent[0] : components;
    }

    private static Object valueOf(RecordComponent component, Probe<?> probe) {
        try {
            return component.getAccessor().invoke(probe);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(
                    "want a public record: " + probe.getClass().getName(), e);
        }
    }

    private static String nameOf(RecordComponent component) {
        return component.getName().replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
    }
}

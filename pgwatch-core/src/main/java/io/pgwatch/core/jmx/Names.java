package io.pgwatch.core.jmx;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Names, from one way of writing them to another. */
final class Names {

    private Names() {}

    /** {@code xidsPerSecond} as {@code xids per second}. */
    static String ofCamel(String camel) {
        return camel.replaceAll("(?<=[a-z0-9])(?=[A-Z])", " ").toLowerCase(Locale.ROOT);
    }

    static String ofType(Class<?> type) {
        return ofCamel(type.getSimpleName());
    }

    /** {@code xidAge} as {@code XidAge}. */
    static String capitalized(String word) {
        return word.substring(0, 1).toUpperCase(Locale.ROOT) + word.substring(1);
    }

    /**
     * The attribute of a measure: its name's words without the probe's own at their beginning; {@code wraparound.xid.age} of
     * {@code wraparound} as {@code XidAge}. A measure that is named like the probe keeps its name.
     */
    static String attribute(String measure, String probe) {
        List<String> words = split(measure);
        List<String> own = split(probe);
        boolean repeats =
                words.size() > own.size() && words.subList(0, own.size()).equals(own);
        return camel(repeats ? words.subList(own.size(), words.size()) : words);
    }

    /** All words of a name joined by dots or hyphens, such as {@code IdleInTransaction}. */
    static String camel(String name) {
        return camel(split(name));
    }

    private static List<String> split(String name) {
        return List.of(name.split("[.-]"));
    }

    private static String camel(List<String> words) {
        return words.stream().map(Names::capitalized).collect(Collectors.joining());
    }

    /** The unit that a component's name tells: of an age that is transactions or multixacts; empty when it tells none. */
    static String unit(String component) {
        String name = ofCamel(component);
        List<String> words = List.of(name.split(" "));
        String last = words.get(words.size() - 1);
        if (name.contains(" per ")) {
            return name;
        }
        if (words.contains("seconds")) {
            return "seconds";
        }
        if (last.equals("age")) {
            return words.contains("multixact") ? "multixacts" : "transactions";
        }
        return last.equals("bytes") ? last : "";
    }
}

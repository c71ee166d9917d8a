package io.pgwatch.testsupport;

import java.util.Arrays;
import java.util.List;

/** The major versions that pgwatch supports, or those that the system property {@code pgwatch.majors} leaves of them. */
public final class Majors {

    public static final List<Integer> SUPPORTED = List.of(14, 15, 16, 17, 18);

    private Majors() {}

    /** The majors of this run, oldest first. */
    public static List<Integer> ofThisRun() {
        String wanted = System.getProperty("pgwatch.majors", "");
        return wanted.isBlank() ? SUPPORTED : parse(wanted);
    }

    /** The newest major of this run. */
    public static int newest() {
        List<Integer> majors = ofThisRun();
        return majors.get(majors.size() - 1);
    }

    static List<Integer> parse(String wanted) {
        List<Integer> majors = Arrays.stream(wanted.split(","))
                .map(String::strip)
                .map(Integer::valueOf)
                .sorted()
                .toList();
        if (!SUPPORTED.containsAll(majors)) {
            throw new IllegalArgumentException("pgwatch.majors=" + wanted + ", but pgwatch supports " + SUPPORTED);
        }
        return majors;
    }
}

package io.pgwatch.snapshot;

import java.util.Comparator;
import java.util.List;

/**
 * Connections in use at the server, against every limit that may refuse the application's next one.
 *
 * @param ceilings the tightest first; limits that are not set are absent
 * @param monitors how many of the server's connections are pgwatch's own, of this instance and its siblings; told from
 *     application_name, which can be forged
 */
public record Connections(List<Ceiling> ceilings, int monitors) {

    public static final Section<Connections> SECTION = new Section<>("connections", Connections.class);

    public Connections {
        ceilings = ceilings.stream()
                .sorted(Comparator.comparingDouble(Ceiling::saturation).reversed())
                .toList();
    }

    /** How many connections the application can still open, over all limits. */
    public int free() {
        return ceilings.stream().mapToInt(Ceiling::free).min().orElse(Integer.MAX_VALUE);
    }
}

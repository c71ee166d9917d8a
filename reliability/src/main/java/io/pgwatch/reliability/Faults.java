package io.pgwatch.reliability;

import java.util.List;
import java.util.stream.Stream;

/** All that is made to break, in the order of the page. */
final class Faults {

    static final String BLIND = "every probe UNKNOWN (FAILED)";
    static final String NO_ANSWER = "every probe UNKNOWN (TIMED_OUT)";

    private Faults() {}

    static List<Fault> all() {
        return Stream.of(
                        ServerFaults.all(),
                        NetworkFaults.all(),
                        AccessFaults.all(),
                        CatalogFaults.all(),
                        ApplicationFaults.all())
                .flatMap(List::stream)
                .toList();
    }
}

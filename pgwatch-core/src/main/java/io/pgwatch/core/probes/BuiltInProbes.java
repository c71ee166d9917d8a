package io.pgwatch.core.probes;

import io.pgwatch.probe.Probe;
import java.util.List;

/** The probes that come with pgwatch. */
public final class BuiltInProbes {

    private BuiltInProbes() {}

    /** All of them with their defaults, in the order in which reports list them. */
    public static List<Probe<?>> withDefaults() {
        return List.of(
                PoolSaturationProbe.withDefaults(),
                IdleInTransactionProbe.withDefaults(),
                HorizonProbe.withDefaults(),
                WraparoundProbe.withDefaults(),
                VacuumProbe.withDefaults(),
                BloatProbe.withDefaults());
    }

    /**
     * The probe of that id with its defaults.
     *
     * @throws IllegalArgumentException if there is none; the message lists the ids there are
     */
    public static Probe<?> named(String id) {
        return withDefaults().stream()
                .filter(probe -> probe.id().value().equals(id))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("unknown probe '" + id + "'; there are "
                        + String.join(
                                ", ",
                                withDefaults().stream()
                                        .map(probe -> probe.id().value())
                                        .toList())));
    }
}

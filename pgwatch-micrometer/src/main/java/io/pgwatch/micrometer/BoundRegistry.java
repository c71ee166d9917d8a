package io.pgwatch.micrometer;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Collection;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** A registry, and which of its meters are ours. */
final class BoundRegistry {

    private final MeterRegistry registry;
    private final Map<Published, Meter> ours = new IdentityHashMap<>();

    BoundRegistry(MeterRegistry registry) {
        this.registry = registry;
    }

    /** Makes these the meters that we have in the registry. Those of others under the same name and tags stay as they are. */
    void show(Collection<Published> wanted) {
        remove(wanted);
        add(wanted);
    }

    private void remove(Collection<Published> wanted) {
        Map<Published, Boolean> kept = new IdentityHashMap<>();
        wanted.forEach(one -> kept.put(one, true));
        ours.entrySet().removeIf(entry -> {
            boolean gone = !kept.containsKey(entry.getKey());
            if (gone) {
                registry.remove(entry.getValue());
            }
            return gone;
        });
    }

    private void add(Collection<Published> wanted) {
        List<Published> missing =
                wanted.stream().filter(one -> !ours.containsKey(one)).toList();
        if (missing.isEmpty()) {
            return;
        }
        Set<Meter.Id> taken =
                registry.getMeters().stream().map(Meter::getId).collect(Collectors.toCollection(HashSet::new));
        Failures failures = new Failures();
        for (Published one : missing) {
            failures.attempt(() -> {
                Meter meter = one.register(registry);
                if (taken.add(meter.getId())) {
                    ours.put(one, meter);
                }
            });
        }
        failures.rethrow();
    }
}

package io.pgwatch.micrometer;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;

/** One gauge and the value that it shows, in however many registries. */
final class Series implements Published {

    private final String name;
    private final String unit;
    private final String description;
    private final Tags tags;
    private volatile double value = Double.NaN;

    Series(String name, String unit, String description, Tags tags) {
        this.name = name;
        this.unit = unit;
        this.description = description;
        this.tags = tags;
    }

    double value() {
        return value;
    }

    void set(double value) {
        this.value = value;
    }

    @Override
    public Meter register(MeterRegistry registry) {
        return Gauge.builder(name, this, Series::value)
                .description(description)
                .baseUnit(unit.isEmpty() ? null : unit)
                .tags(tags)
                .strongReference(true)
                .register(registry);
    }
}

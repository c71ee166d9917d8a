package io.pgwatch.micrometer;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;

/** Something that a registry can show. */
interface Published {

    /** Registers it, or gives the meter that has its name and tags already. */
    Meter register(MeterRegistry registry);
}

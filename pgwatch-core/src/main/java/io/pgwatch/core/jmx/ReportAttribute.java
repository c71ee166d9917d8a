package io.pgwatch.core.jmx;

import io.pgwatch.Report;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import javax.management.Descriptor;
import javax.management.ImmutableDescriptor;
import javax.management.openmbean.OpenMBeanAttributeInfoSupport;
import javax.management.openmbean.OpenType;
import org.jspecify.annotations.Nullable;

/**
 * One attribute of an MBean, taken from the newest report.
 *
 * @param unit plural, such as {@code bytes}; empty for none
 * @param value from the newest report, if there is one; null or NaN while it is not known
 */
record ReportAttribute(
        String name,
        String description,
        String unit,
        OpenType<?> type,
        Function<Optional<Report>, @Nullable Object> value) {

    OpenMBeanAttributeInfoSupport info() {
        Descriptor descriptor =
                unit.isEmpty() ? ImmutableDescriptor.EMPTY_DESCRIPTOR : new ImmutableDescriptor("units=" + unit);
        return new OpenMBeanAttributeInfoSupport(name, told(), type, true, false, false, descriptor);
    }

    /** Consoles show the description, and few the unit. */
    private String told() {
        return description.toLowerCase(Locale.ROOT).contains(unit) ? description : description + "; in " + unit;
    }
}

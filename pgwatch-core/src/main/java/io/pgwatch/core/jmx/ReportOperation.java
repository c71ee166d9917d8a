package io.pgwatch.core.jmx;

import java.util.function.Supplier;
import javax.management.openmbean.OpenMBeanOperationInfoSupport;
import javax.management.openmbean.OpenMBeanParameterInfo;
import javax.management.openmbean.OpenType;
import org.jspecify.annotations.Nullable;

/**
 * One operation of an MBean, without parameters.
 *
 * @param impact {@code MBeanOperationInfo.ACTION} or {@code INFO}
 */
record ReportOperation(String name, String description, OpenType<?> type, int impact, Supplier<@Nullable Object> run) {

    OpenMBeanOperationInfoSupport info() {
        return new OpenMBeanOperationInfoSupport(name, description, new OpenMBeanParameterInfo[0], type, impact);
    }
}

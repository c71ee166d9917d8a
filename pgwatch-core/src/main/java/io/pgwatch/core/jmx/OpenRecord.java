package io.pgwatch.core.jmx;

import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.management.openmbean.CompositeData;
import javax.management.openmbean.CompositeDataSupport;
import javax.management.openmbean.CompositeType;
import javax.management.openmbean.OpenDataException;
import javax.management.openmbean.OpenType;
import org.jspecify.annotations.Nullable;

/** How a record looks over JMX. */
record OpenRecord(CompositeType type, List<Part> parts) {

    /** One component. */
    record Part(RecordComponent component, OpenForm form) {

        static List<Part> of(Class<?> fact, int depth) {
            List<Part> parts = new ArrayList<>();
            for (RecordComponent component : fact.getRecordComponents()) {
                component.getAccessor().trySetAccessible();
                parts.add(new Part(component, OpenForm.of(component.getGenericType(), depth + 1)));
            }
            return parts;
        }

        String name() {
            return component.getName();
        }

        @Nullable
        Object raw(Object fact) {
            try {
                return component.getAccessor().invoke(fact);
            } catch (ReflectiveOperationException e) {
                return null; // evidence that is not public, or fails: not known
            }
        }

        @Nullable
        Object of(Object fact) {
            return form.write().apply(raw(fact));
        }
    }

    static OpenRecord of(Class<?> fact) {
        return of(fact, 0);
    }

    static OpenRecord of(Class<?> fact, int depth) {
        List<Part> parts = Part.of(fact, depth);
        return new OpenRecord(type(fact.getName(), Names.ofType(fact), parts, Map.of()), parts);
    }

    static CompositeType type(String name, String description, List<Part> parts, Map<String, OpenType<?>> before) {
        Map<String, OpenType<?>> items = new LinkedHashMap<>(before);
        parts.forEach(part -> items.put(part.name(), part.form().type()));
        String[] names = items.keySet().toArray(String[]::new);
        String[] descriptions = items.keySet().stream().map(Names::ofCamel).toArray(String[]::new);
        try {
            return new CompositeType(
                    name, description, names, descriptions, items.values().toArray(OpenType<?>[]::new));
        } catch (OpenDataException e) {
            throw new IllegalStateException("cannot show " + name, e);
        }
    }

    CompositeData data(Object fact) {
        return data(type, parts, fact, Map.of());
    }

    static CompositeData data(CompositeType type, List<Part> parts, Object fact, Map<String, Object> before) {
        Map<String, @Nullable Object> items = new LinkedHashMap<>(before);
        parts.forEach(part -> items.put(part.name(), part.of(fact)));
        try {
            return new CompositeDataSupport(type, items);
        } catch (OpenDataException e) {
            throw new IllegalStateException("cannot show " + type.getTypeName(), e);
        }
    }
}

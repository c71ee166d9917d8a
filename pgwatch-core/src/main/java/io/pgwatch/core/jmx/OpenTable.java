package io.pgwatch.core.jmx;

import java.util.List;
import java.util.Map;
import javax.management.openmbean.CompositeType;
import javax.management.openmbean.OpenDataException;
import javax.management.openmbean.SimpleType;
import javax.management.openmbean.TabularData;
import javax.management.openmbean.TabularDataSupport;
import javax.management.openmbean.TabularType;

/**
 * How a list of records looks over JMX: a table with a row for each, under the text of its component {@code id}, or of its
 * first one. That key is a column of its own, so that it can be made unique ({@code orders}, {@code orders #2}) without
 * touching what the record says.
 */
record OpenTable(TabularType type, String key, List<OpenRecord.Part> parts) {

    static OpenTable of(Class<?> fact) {
        return of(fact, 0);
    }

    static OpenTable of(Class<?> fact, int depth) {
        List<OpenRecord.Part> parts = OpenRecord.Part.of(fact, depth);
        String key = parts.stream().anyMatch(part -> part.name().equals("key")) ? "rowKey" : "key";
        CompositeType row =
                OpenRecord.type(fact.getName() + ".row", Names.ofType(fact), parts, Map.of(key, SimpleType.STRING));
        try {
            return new OpenTable(
                    new TabularType(fact.getName() + ".table", Names.ofType(fact), row, new String[] {key}),
                    key,
                    parts);
        } catch (OpenDataException e) {
            throw new IllegalStateException("cannot show a table of " + fact, e);
        }
    }

    TabularData data(List<?> rows) {
        TabularDataSupport table = new TabularDataSupport(type);
        for (Object row : rows) {
            table.put(OpenRecord.data(type.getRowType(), parts, row, Map.of(key, free(table, row))));
        }
        return table;
    }

    private String free(TabularData table, Object row) {
        String name = String.valueOf(identity().raw(row));
        String free = name;
        for (int n = 2; table.containsKey(new Object[] {free}); n++) {
            free = name + " #" + n;
        }
        return free;
    }

    private OpenRecord.Part identity() {
        return parts.stream()
                .filter(part -> part.name().equals("id"))
                .findFirst()
                .orElse(parts.get(0));
    }
}

package io.pgwatch.core.bloat;

import io.pgwatch.core.bloat.Index.Part;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Writes the statement that reads some pages of one table, and of each row no more than how long it is: in the table, in the
 * TOAST relation, and in each index.
 */
final class SampleSql {

    private static final String NEVER = "2147483647";

    /** A row longer than this has its widest values moved to the TOAST relation. */
    private static final int TOASTED_ABOVE = 2032;

    /** A value takes this much in the row when it is moved. */
    private static final int TOAST_POINTER = 18;

    /** Nothing wider fits into a row that was not toasted. */
    private static final int TOO_WIDE = 2008;

    private static final int LENGTH_WORD = 4;

    private static final int MOST_ARGUMENTS = 90;

    /** From this length on a value needs four bytes for it, and with them alignment. */
    private static final int LONGEST_SHORT = 127;

    private final Table table;
    private final StringBuilder laterals = new StringBuilder();

    private SampleSql(Table table) {
        this.table = table;
    }

    /** The statement; for what differs from row to row, an index has columns x and y with its number. */
    static String of(Table table, Collection<Long> blocks) {
        return new SampleSql(table).write(blocks);
    }

    private String write(Collection<Long> blocks) {
        String sizes = table.present().stream()
                .filter(Column::varies)
                .map(column -> "coalesce(" + storedSize(column) + ", 0) as pgw_s" + column.number())
                .collect(Collectors.joining(", "));
        if (!sizes.isEmpty()) {
            laterals.append("\n    cross join lateral (select ").append(sizes).append(" offset 0) pgw_v");
        }
        List<String> rows = new ArrayList<>();
        List<String> arrays = new ArrayList<>();
        rowLength(rows, arrays);
        for (int i = 0; i < table.indexes().size(); i++) {
            Index index = table.indexes().get(i);
            entry(index, i, rows);
            if (!index.isFixed()) {
                arrays.add("pg_catalog.array_agg(pgw_q.x" + i + ") as x" + i);
            }
            if (index.hasNulls()) {
                arrays.add("pg_catalog.array_agg(pgw_q.y" + i + ") as y" + i);
            }
        }
        return "/* pgwatch:bloat-sample */ select pgw_p.pgw_blk, pgw_s.*\nfrom pg_catalog.unnest('{"
                + blocks.stream().map(String::valueOf).collect(Collectors.joining(","))
                + "}'::bigint[]) as pgw_p (pgw_blk)\ncross join lateral (\n  select "
                + String.join(", ", arrays) + "\n  from (\n    select " + String.join(",\n      ", rows)
                + "\n    from only " + table.name() + " pgw_t" + laterals
                + "\n    where pgw_t.ctid >= ('(' || pgw_p.pgw_blk || ',0)')::pg_catalog.tid"
                + "\n      and pgw_t.ctid < ('(' || (pgw_p.pgw_blk + 1) || ',0)')::pg_catalog.tid) pgw_q) pgw_s"
                + "\norder by pgw_p.pgw_blk";
    }

    private String storedSize(Column column) {
        String value = "pgw_t." + column.name();
        String size = "pg_catalog.pg_column_size(" + value + ")";
        if (column.length() == -2) {
            return "pg_catalog.octet_length(" + value + "::pg_catalog.text) + 1";
        }
        if (column.missingType() != null) {
            return column.octets()
                    ? shortened(size, value)
                    : "case when " + size + " = " + column.missingSize() + " then " + inMemoryToStored(size) + " else "
                            + size + " end";
        }
        return table.toasts() && column.toastable() ? inlineSize(column, value, size) : size;
    }

    /** The server leaves out the length word of a value that is elsewhere, which it would have in the row. */
    private String inlineSize(Column column, String value, String size) {
        String elsewhere = table.tellsChunks()
                ? "pg_catalog.pg_column_toast_chunk_id(" + value + ") is not null"
                : column.octets()
                        ? "pg_catalog.octet_length(" + value + ") = " + size + " or " + size + " > " + TOO_WIDE
                        : size + " > " + TOO_WIDE;
        return size + " + case when " + elsewhere + " then " + LENGTH_WORD + " else 0 end";
    }

    /** A text in memory has four bytes for its length, where a row spends one on a short text. */
    private static String shortened(String size, String value) {
        return "case when " + size + " <= 130 and pg_catalog.octet_length(" + value
                + ") < 127 then pg_catalog.octet_length(" + value + ") + 1 else " + size + " end";
    }

    private static String inMemoryToStored(String size) {
        return "case when " + size + " between 5 and 130 then " + size + " - 3 else " + size + " end";
    }

    private void rowLength(List<String> rows, List<String> arrays) {
        String header = header();
        Layout inline = new Layout("pgw_i", laterals);
        table.present().forEach(column -> add(inline, column));
        String length = inline.sum();
        if (table.toasts()) {
            String widest = table.present().stream()
                    .filter(Column::toastable)
                    .map(column -> "pgw_v.pgw_s" + column.number())
                    .collect(Collectors.joining(", "));
            laterals.append("\n    cross join lateral (select ")
                    .append(header)
                    .append(" + ")
                    .append(length)
                    .append(" as pgw_len offset 0) pgw_l");
            laterals.append(
                    "\n    cross join lateral (select case when pgw_l.pgw_len <= " + TOASTED_ABOVE + " then " + NEVER
                            + " else (select coalesce(pg_catalog.min(pgw_w.s), " + NEVER
                            + ") from (select pgw_u.s, pgw_l.pgw_len - pg_catalog.sum(pgw_u.s - " + TOAST_POINTER
                            + ") over (order by pgw_u.s desc, pgw_u.o) + (pgw_u.s - " + TOAST_POINTER
                            + ") as before from pg_catalog.unnest(array[" + widest
                            + "]) with ordinality pgw_u (s, o) where pgw_u.s > 24) pgw_w where pgw_w.before > "
                            + table.toastTarget() + ") end as pgw_cut offset 0) pgw_e");
            Layout moved = new Layout("pgw_j", laterals);
            table.present().forEach(column -> {
                if (column.toastable()) {
                    String size = "pgw_v.pgw_s" + column.number();
                    moved.add(
                            column.align(),
                            size + " < pgw_e.pgw_cut and " + size + " > " + LONGEST_SHORT,
                            "(case when " + size + " >= pgw_e.pgw_cut then " + TOAST_POINTER + " else " + size
                                    + " end)");
                } else {
                    add(moved, column);
                }
            });
            length = moved.sum();
            rows.add("nullif(pg_catalog.array_to_string(array["
                    + table.present().stream()
                            .filter(Column::toastable)
                            .map(column -> "pgw_v.pgw_s" + column.number())
                            .map(size -> "case when " + size + " >= pgw_e.pgw_cut then " + size + " - " + LENGTH_WORD
                                    + " end")
                            .collect(Collectors.joining(", "))
                    + "], ','), '') as ext");
            arrays.add("pg_catalog.string_agg(pgw_q.ext, ';') as ext");
        }
        rows.add("((" + header + " + " + length + " + 7) & (-8)) + 4 as len");
        arrays.add("pg_catalog.array_agg(pgw_q.len) as len");
    }

    /** The header of a row has a bit for each column where one of them is NULL, and in a row with a dropped one always. */
    private String header() {
        int longest = (23 + (table.attributes() + 7) / 8 + 7) / 8 * 8;
        if (longest == 24 || table.columns().stream().anyMatch(Column::dropped)) {
            return Integer.toString(longest);
        }
        List<String> nullable = table.present().stream()
                .filter(column -> !column.notNull())
                .map(column -> "pgw_t." + column.name())
                .toList();
        return nullable.isEmpty() ? "24" : "(case when " + anyNull(nullable) + " then " + longest + " else 24 end)";
    }

    private static void add(Layout layout, Column column) {
        String value = "pgw_t." + column.name();
        if (column.varies()) {
            String size = "pgw_v.pgw_s" + column.number();
            layout.add(column.align(), size + (column.storage() == 'p' ? " > 0" : " > " + LONGEST_SHORT), size);
        } else if (column.notNull()) {
            layout.add(column.align(), column.length());
        } else {
            layout.add(
                    column.align(),
                    value + " is not null",
                    "(case when " + value + " is null then 0 else " + column.length() + " end)");
        }
    }

    private void entry(Index index, int number, List<String> rows) {
        String in = "";
        if (index.predicate() != null) {
            in = "pgw_p" + number + ".pgw_in";
            laterals.append("\n    cross join lateral (select (")
                    .append(index.predicate())
                    .append(") as pgw_in offset 0) pgw_p")
                    .append(number);
        }
        int before = laterals.length();
        String expressions = "pgw_x" + number;
        List<String> computed = new ArrayList<>();
        List<String> nulls = new ArrayList<>();
        List<String> bits = new ArrayList<>();
        Layout layout = new Layout("pgw_k" + number + "_", laterals);
        for (int i = 0; i < index.parts().size(); i++) {
            Part part = index.parts().get(i);
            boolean plain = part.column() > 0;
            String size = plain ? sizeOf(part) : expressions + ".pgw_s" + i; // 0 where it is NULL
            if (!plain) {
                String expression = sizeOfExpression(part);
                computed.add((in.isEmpty() ? expression : "case when " + in + " then " + expression + " end")
                        + " as pgw_s" + i);
            }
            if (!part.notNull()) {
                String isNull = plain ? "pgw_t." + part.definition() + " is null" : size + " = 0";
                nulls.add(isNull);
                if (i < Math.min(index.keys(), Index.MOST_KEYS)) {
                    bits.add("(case when " + isNull + " then " + (1 << i) + " else 0 end)");
                }
            }
            if (part.length() > 0 && part.notNull()) {
                layout.add(part.align(), part.length());
            } else {
                boolean shortens = part.length() < 0 && part.storage() != 'p';
                layout.add(part.align(), size + (shortens ? " > " + LONGEST_SHORT : " > 0"), size);
            }
        }
        if (!computed.isEmpty()) {
            laterals.insert(
                    before,
                    "\n    cross join lateral (select " + String.join(", ", computed) + " offset 0) " + expressions);
        }
        if (!index.isFixed()) {
            String header = nulls.isEmpty() ? "8" : "(case when " + String.join(" or ", nulls) + " then 16 else 8 end)";
            String size = "((" + header + " + " + layout.sum() + " + 7) & (-8))";
            rows.add((in.isEmpty() ? size : "case when " + in + " then " + size + " end") + " as x" + number);
        }
        if (!nulls.isEmpty()) {
            String mask = bits.isEmpty() ? "0" : String.join(" + ", bits);
            rows.add((in.isEmpty() ? mask : "case when " + in + " then " + mask + " end") + " as y" + number);
        }
    }

    private static String sizeOf(Part part) {
        String value = "pgw_t." + part.definition();
        if (part.length() == -2) {
            return "coalesce(pg_catalog.octet_length(" + value + "::pg_catalog.text) + 1, 0)";
        }
        return part.length() < 0
                ? "pgw_v.pgw_s" + part.column()
                : "(case when " + value + " is null then 0 else " + part.length() + " end)";
    }

    private static String sizeOfExpression(Part part) {
        String value = "(" + part.definition() + ")";
        if (part.length() == -2) {
            return "coalesce(pg_catalog.octet_length(" + value + "::pg_catalog.text) + 1, 0)";
        }
        if (part.length() > 0) {
            return "case when " + value + " is null then 0 else " + part.length() + " end";
        }
        String size = "pg_catalog.pg_column_size(" + value + ")";
        return "coalesce(" + (part.octets() ? shortened(size, value) : inMemoryToStored(size)) + ", 0)";
    }

    /** A function takes at most a hundred arguments. */
    private static String anyNull(List<String> values) {
        List<String> calls = new ArrayList<>();
        for (int from = 0; from < values.size(); from += MOST_ARGUMENTS) {
            List<String> some = values.subList(from, Math.min(values.size(), from + MOST_ARGUMENTS));
            calls.add("pg_catalog.num_nulls(" + String.join(", ", some) + ") > 0");
        }
        return String.join(" or ", calls);
    }
}

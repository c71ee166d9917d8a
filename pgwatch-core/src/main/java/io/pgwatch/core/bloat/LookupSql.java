package io.pgwatch.core.bloat;

import io.pgwatch.core.bloat.Index.Part;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Writes the statement that counts, through the index, how many rows have the keys of some sampled rows. */
final class LookupSql {

    private LookupSql() {}

    /**
     * A row that was sampled.
     *
     * @param offset its place among the visible rows of its page
     * @param size of its index tuple
     * @param nulls which of its keys are NULL, one bit each
     */
    record Row(long block, int offset, int size, int nulls) {}

    /** The statement for rows that all have the same keys NULL; it gives one count for each of them, in their order. */
    static String of(Table table, Index index, int nulls, List<Row> rows) {
        List<String> values = new ArrayList<>();
        List<String> conditions = new ArrayList<>();
        for (int i = 0; i < index.keys(); i++) {
            Part key = index.parts().get(i);
            String value = "(" + key.definition() + ")";
            if ((nulls & 1 << i) != 0) {
                conditions.add(value + " is null");
            } else {
                values.add(value + " as pgw_k" + i);
                String collated = key.collation() == null ? value : value + " collate " + key.collation();
                conditions.add(collated + " " + key.equality() + " pgw_r.pgw_k" + i);
            }
        }
        if (index.predicate() != null) {
            conditions.add("(" + index.predicate() + ")");
        }
        return "/* pgwatch:bloat-groups */ select pgw_g.n\nfrom rows from (pg_catalog.unnest('{"
                + rows.stream().map(row -> Long.toString(row.block)).collect(Collectors.joining(","))
                + "}'::bigint[]), pg_catalog.unnest('{"
                + rows.stream().map(row -> Integer.toString(row.offset)).collect(Collectors.joining(","))
                + "}'::int[])) with ordinality as pgw_p (pgw_blk, pgw_off, pgw_ord)\ncross join lateral (select "
                + String.join(", ", values) + " from only " + table.name()
                + "\n  where ctid >= ('(' || pgw_p.pgw_blk || ',0)')::pg_catalog.tid"
                + " and ctid < ('(' || (pgw_p.pgw_blk + 1) || ',0)')::pg_catalog.tid"
                + " offset pgw_p.pgw_off limit 1) pgw_r\ncross join lateral (select pg_catalog.count(*) as n from (select 1"
                + " from only " + table.name() + "\n  where " + String.join(" and ", conditions) + " limit "
                + Groups.COUNTED + ") pgw_z) pgw_g\norder by pgw_p.pgw_ord";
    }
}

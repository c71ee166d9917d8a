package io.pgwatch.benchmarks;

/**
 * The widely used way to estimate bloat, in our own words: the average width of each column from pg_stats, times the rows
 * that the last ANALYZE counted.
 */
final class BloatEstimates {

    /** One row for each table, with its TOAST relation added to it, and each b-tree, which has btree behind its name. */
    static final String SQL = """
            with columns as (
                select a.attrelid, count(*) as columns,
                    sum((1 - coalesce(s.null_frac, 0)) * coalesce(s.avg_width, 1024)) as width,
                    max(coalesce(s.null_frac, 0)) > 0 as nulls
                from pg_attribute a
                    join pg_class c on c.oid = a.attrelid
                    join pg_namespace n on n.oid = c.relnamespace
                    left join pg_stats s on s.schemaname = n.nspname and s.tablename = c.relname
                        and s.attname = a.attname and not s.inherited
                where a.attnum > 0 and not a.attisdropped and c.relkind in ('r', 'm') and n.nspname = 'corpus'
                group by a.attrelid
            ), rows as (
                select c.oid, c.relname, c.reltuples, pg_relation_size(c.oid) / 8192 as pages,
                    coalesce((select option_value::float from pg_options_to_table(c.reloptions)
                        where option_name = 'fillfactor'), 100) as fillfactor,
                    ceil((23 + case when k.nulls then (7 + k.columns) / 8 else 0 end) / 8.0) * 8 as header,
                    ceil(k.width / 8.0) * 8 as data
                from pg_class c join columns k on k.attrelid = c.oid
            ), keys as (
                select i.indexrelid, i.indrelid,
                    sum((1 - coalesce(s.null_frac, 0)) * coalesce(s.avg_width, 1024)) as width,
                    max(coalesce(s.null_frac, 0)) > 0 as nulls
                from pg_index i
                    join pg_class t on t.oid = i.indrelid
                    join pg_namespace n on n.oid = t.relnamespace and n.nspname = 'corpus'
                    join pg_class c on c.oid = i.indexrelid
                    join pg_attribute a on a.attrelid = i.indexrelid
                    left join pg_attribute ta on ta.attrelid = i.indrelid and ta.attnum = i.indkey[a.attnum - 1]
                    left join pg_stats s on s.schemaname = n.nspname and not s.inherited
                        and (s.tablename = t.relname and s.attname = ta.attname
                            or s.tablename = c.relname and s.attname = a.attname)
                group by i.indexrelid, i.indrelid
            )
            select 'corpus.' || quote_ident(relname),
                1 - ceil(reltuples / greatest(1, floor((8192 - 24) * fillfactor / 100 / (4 + header + data)))) / pages
            from rows
            where pages > 0
            union all
            select 'corpus.' || quote_ident(c.relname) || ' btree',
                1 - (ceil(c.reltuples * (4 + 8 + case when k.nulls then 8 else 0 end + ceil(k.width / 8.0) * 8)
                    / ((8192 - 16 - 24) * coalesce((select option_value::float from pg_options_to_table(c.reloptions)
                        where option_name = 'fillfactor'), 90) / 100)) + 1) / (pg_relation_size(c.oid) / 8192)
            from keys k join pg_class c on c.oid = k.indexrelid
                join pg_am m on m.oid = c.relam and m.amname = 'btree'
            where pg_relation_size(c.oid) > 0
            """;

    private BloatEstimates() {}
}

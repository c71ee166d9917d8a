-- The largest tables with their indexes, by the pages that VACUUM last counted, and how much there is in all.
-- Rows: at most 1,100: first up to 100 tables that VACUUM has never counted, then the 1,000 largest.
-- Grant: none.
-- Cost: no relation is opened; 0.002 s with 100 tables, 0.4 s with 50,000. Every five minutes.
with indexes as materialized (
    select i.indrelid, sum(c.relpages)::bigint as pages, sum(c.relfilenode::bigint)::bigint as files
    from pg_catalog.pg_index i
        join pg_catalog.pg_class c on c.oid = i.indexrelid
    group by i.indrelid
), sized as materialized (
    select
        t.oid,
        t.relpages::bigint + coalesce(x.pages, 0) + coalesce(tt.relpages, 0) as pages,
        t.relfilenode::bigint + coalesce(x.files, 0) as files,
        t.reltuples < 0 and t.relpages = 0 as uncounted
    from pg_catalog.pg_class t
        left join pg_catalog.pg_class tt on tt.oid = t.reltoastrelid
        left join indexes x on x.indrelid = t.oid
    where t.relkind in ('r', 'm') and t.relpersistence <> 't' and not t.relisshared
), largest as (
    (
        select s.oid, s.pages, s.files, s.uncounted
        from sized s
        where s.uncounted
        order by s.pages desc, s.oid desc
        limit 100
    )
    union all
    (
        select s.oid, s.pages, s.files, s.uncounted
        from sized s
        where not s.uncounted and s.pages > 0
        order by s.pages desc, s.oid
        limit 1000
    )
)
select
    l.oid::bigint as oid,
    pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname) as table,
    l.pages,
    l.files,
    l.uncounted,
    pg_catalog.pg_stat_get_tuples_inserted(l.oid) + pg_catalog.pg_stat_get_tuples_updated(l.oid)
        + pg_catalog.pg_stat_get_tuples_deleted(l.oid) as changes,
    pg_catalog.pg_stat_get_live_tuples(l.oid) as rows,
    pg_catalog.has_table_privilege(l.oid, 'SELECT') as readable,
    (select count(*) from sized)::int as tables,
    (select coalesce(sum(s.pages), 0) from sized s)::bigint as all_pages,
    (
        select coalesce(pg_catalog.string_agg(e.extname, ' ' order by e.extname), '')
        from pg_catalog.pg_extension e
        where e.extname in ('pg_repack', 'pg_squeeze')
    ) as rebuilders
from largest l
    join pg_catalog.pg_class c on c.oid = l.oid
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
order by l.uncounted desc, l.pages desc, l.oid

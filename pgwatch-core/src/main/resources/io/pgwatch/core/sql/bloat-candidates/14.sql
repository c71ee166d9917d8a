-- The largest tables with their indexes, by the pages that VACUUM or ANALYZE last counted, and how much there is in all.
-- Rows: at most 1,000, the largest first, and behind them, by what was written to them at 50 rows a page, up to 100 that
--   neither has ever counted.
-- Grant: none.
-- Cost: no relation is opened; 0.005 s with 100 tables, 0.3 s with 50,000, which are 200,000 relations. Every five minutes.
with largest as materialized (
    select c.oid, c.relkind
    from pg_catalog.pg_class c
    where c.relkind in ('r', 'm', 't', 'i') and c.relpersistence <> 't' and not c.relisshared and c.relpages > 0
    order by c.relpages desc, c.oid
    limit 3000
), uncounted as materialized (
    select
        t.oid,
        (pg_catalog.pg_stat_get_tuples_inserted(t.oid) + pg_catalog.pg_stat_get_tuples_updated(t.oid) + 49) / 50 as pages
    from pg_catalog.pg_class t
    where t.relkind in ('r', 'm') and t.relpersistence <> 't' and not t.relisshared and t.relpages = 0 and t.reltuples < 0
    order by pages desc, t.oid desc
    limit 100
), owned as (
    select case
            when l.relkind = 'i' then (select i.indrelid from pg_catalog.pg_index i where i.indexrelid = l.oid)
            else l.oid
        end as owner
    from largest l
), chosen as materialized (
    select
        coalesce(
            (
                select d.refobjid
                from pg_catalog.pg_depend d
                where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
                    and d.objid = o.owner
                    and d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
                    and d.deptype = 'i'
                    and exists (select from pg_catalog.pg_class t where t.oid = o.owner and t.relkind = 't')
            ),
            o.owner) as oid,
        0 as pages
    from owned o
    union
    select u.oid, u.pages
    from uncounted u
), summed as (
    select
        t.oid,
        sum(c.pages)::bigint + t.relpages + coalesce(tt.relpages, 0) + coalesce(x.pages, 0) as pages,
        t.relfilenode::bigint + coalesce(tt.relfilenode::bigint, 0) + coalesce(x.files, 0) as files,
        t.relpages = 0 and t.reltuples < 0 as uncounted
    from chosen c
        cross join lateral (select * from pg_catalog.pg_class k where k.oid = c.oid and k.relkind in ('r', 'm') offset 0) t
        left join pg_catalog.pg_class tt on tt.oid = t.reltoastrelid
        cross join lateral (
            select sum(ci.relpages)::bigint as pages, sum(ci.relfilenode::bigint)::bigint as files
            from pg_catalog.pg_index i
                join pg_catalog.pg_class ci on ci.oid = i.indexrelid
            where i.indrelid in (t.oid, t.reltoastrelid)
        ) x
    group by t.oid, t.relpages, t.reltuples, t.relfilenode, tt.relpages, tt.relfilenode, x.pages, x.files
), ranked as (
    select s.*, row_number() over (partition by s.uncounted order by s.pages desc, s.oid) as place
    from summed s
), whole as materialized (
    select
        count(*) filter (where c.relkind in ('r', 'm'))::int as tables,
        sum(case
            when c.relkind in ('r', 'm') and c.relpages = 0 and c.reltuples < 0
            then (pg_catalog.pg_stat_get_tuples_inserted(c.oid) + pg_catalog.pg_stat_get_tuples_updated(c.oid) + 49) / 50
            else c.relpages
        end)::bigint as pages
    from pg_catalog.pg_class c
    where c.relkind in ('r', 'm', 't', 'i') and c.relpersistence <> 't' and not c.relisshared
)
select
    l.oid::bigint as oid,
    pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname) as table,
    l.pages,
    l.files,
    pg_catalog.pg_stat_get_tuples_inserted(l.oid) + pg_catalog.pg_stat_get_tuples_updated(l.oid)
        + pg_catalog.pg_stat_get_tuples_deleted(l.oid) as changes,
    pg_catalog.pg_stat_get_live_tuples(l.oid) as rows,
    pg_catalog.has_table_privilege(l.oid, 'SELECT') as readable,
    w.tables,
    w.pages as all_pages,
    (
        select coalesce(pg_catalog.string_agg(e.extname, ' ' order by e.extname), '')
        from pg_catalog.pg_extension e
        where e.extname in ('pg_repack', 'pg_squeeze')
    ) as rebuilders
from ranked l
    join pg_catalog.pg_class c on c.oid = l.oid
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    cross join whole w
where l.place <= case when l.uncounted then 100 else 1000 end
order by l.pages desc, l.oid

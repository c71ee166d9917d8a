-- Tables that wait for VACUUM: the worst of some pages of pg_class, and those listed before, wherever they are.
-- Rows: one of what holds for all: how many relations of users stand on the pages, if that is asked for, the bytes of pg_class,
-- the settings; then one for each of the worst tables, at most 16.
-- Parameters: the first page, and the one behind the last, as tids; the lowest oid; the oids listed before, as an array, twice;
-- the pages again; whether to count.
-- Grant: none.
-- Cost: about 1,400 rows of pg_class, some 0.6 ms; next to nothing on a small database. Names, options and moments are looked up
-- for the chosen ones only, and the width of a row where a large table was never analyzed; no size of theirs is asked for, which
-- could wait for a lock.
-- By pages, a row costs a fourth of what it costs by oid, and no page is read twice. A row that a change moves to a page that
-- has been read is missed until the next turn.
-- That b-trees (403) are no tables is asked first and alone, where it is the seventh column that says so: what stands in one
-- condition is unpacked together, for each row.
-- Worst are those above a trigger, by the pages of their dead rows; then those where only inserts are above, and those
-- of 8 MB or more without any statistics, as after a crash.
with setting as materialized (
    select
        pg_catalog.current_setting('autovacuum_vacuum_threshold')::float8 as threshold,
        pg_catalog.current_setting('autovacuum_vacuum_scale_factor')::float8 as scale_factor,
        pg_catalog.current_setting('autovacuum_vacuum_insert_threshold')::float8 as insert_threshold,
        pg_catalog.current_setting('autovacuum_vacuum_insert_scale_factor')::float8 as insert_scale_factor,
        -1::float8 as max_threshold
), suspect as (
    select
        c.oid, c.relpages, greatest(c.reltuples, 0) as rows,
        pg_catalog.pg_stat_get_dead_tuples(c.oid) as dead,
        pg_catalog.pg_stat_get_ins_since_vacuum(c.oid) as inserted,
        case when c.reloptions is not null then (
            select array[
                max(o.option_value::float8) filter (where o.option_name = 'autovacuum_vacuum_threshold'),
                max(o.option_value::float8) filter (where o.option_name = 'autovacuum_vacuum_scale_factor'),
                max(o.option_value::float8) filter (where o.option_name = 'autovacuum_vacuum_insert_threshold'),
                max(o.option_value::float8) filter (where o.option_name = 'autovacuum_vacuum_insert_scale_factor')]
            from pg_catalog.pg_options_to_table(c.reloptions) o
            where o.option_name like 'autovacuum%' and o.option_value ~ '^[0-9]{0,15}[.]{0,1}[0-9]{1,15}$'
        ) end as own
    from (
        select oid, relkind, relpersistence, relpages, reltuples, reloptions, false as listed
        from pg_catalog.pg_class
        where ctid >= ?::pg_catalog.tid and ctid < ?::pg_catalog.tid and oid >= ?::pg_catalog.oid and relam <> 403
        union all
        select oid, relkind, relpersistence, relpages, reltuples, reloptions, true
        from pg_catalog.pg_class
        where oid = any (?::pg_catalog.oid[])
        offset 0
    ) c
    where c.relkind in ('r', 'm', 't') and c.relpersistence <> 't'
        and (pg_catalog.pg_stat_get_dead_tuples(c.oid) > 0
            or pg_catalog.pg_stat_get_ins_since_vacuum(c.oid) > case when c.reloptions is null then (
                select nullif(insert_threshold, -1) from setting) else 0 end
            or c.relpages >= 1024 and pg_catalog.pg_stat_get_ins_since_vacuum(c.oid) = 0
                and pg_catalog.pg_stat_get_live_tuples(c.oid) = 0)
        and (c.listed or c.oid <> all (?::pg_catalog.oid[]))
    offset 0
), weighed as (
    select
        s.*,
        case
            when s.dead > coalesce(s.own[1], g.threshold)
                + coalesce(s.own[2], g.scale_factor) * s.rows then 2
            when coalesce(s.own[3], g.insert_threshold) >= 0 and s.inserted > coalesce(s.own[3], g.insert_threshold)
                    + coalesce(s.own[4], g.insert_scale_factor) * s.rows then 1
            when s.dead = 0 and s.inserted = 0 then 1
            else 0
            end as urgency,
        case when s.rows > 0
            then s.relpages / greatest(s.rows, s.dead - pg_catalog.pg_stat_get_mod_since_analyze(s.oid))
            else 0.02 end as pages_per_row
    from suspect s
    cross join setting g
    offset 0
), known as (
    select
        c.oid, c.relname, c.relnamespace, c.relkind, c.relpages, c.reltuples, c.reloptions,
        pg_catalog.pg_stat_get_live_tuples(c.oid) as live,
        pg_catalog.pg_stat_get_dead_tuples(c.oid) as dead,
        pg_catalog.pg_stat_get_ins_since_vacuum(c.oid) as inserted,
        pg_catalog.pg_stat_get_mod_since_analyze(c.oid) as modified,
        pg_catalog.pg_stat_get_last_autovacuum_time(c.oid) as last_autovacuum
    from pg_catalog.pg_class c
    where c.oid = any (array(
        select oid
        from weighed w
        where w.urgency > 0 or w.dead > 0
        order by
            w.urgency desc,
            case when w.urgency <> 1 then w.dead * w.pages_per_row
                when w.inserted > 0 then w.inserted * w.pages_per_row
                else w.relpages end desc
        limit 16
    ))
    offset 0
)
select
    t.*,
    pg_catalog.pg_relation_size('pg_catalog.pg_class') as bytes,
    pg_catalog.current_setting('block_size')::int as page_bytes,
    g.threshold,
    g.scale_factor,
    g.insert_threshold,
    g.insert_scale_factor,
    g.max_threshold,
    pg_catalog.date_part('epoch', greatest(
        pg_catalog.pg_stat_get_db_stat_reset_time((
            select oid from pg_catalog.pg_database where datname = pg_catalog.current_database())),
        case when (pg_catalog.pg_stat_get_archiver()).stats_reset = pg_catalog.pg_stat_get_bgwriter_stat_reset_time()
            then pg_catalog.pg_stat_get_bgwriter_stat_reset_time() end)) as counted_since,
    null::bigint as oid,
    null::text as table,
    null::text as toast_of,
    null::text as options,
    null::int as relpages,
    null::real as reltuples,
    null::int as relallfrozen,
    null::bigint as live,
    null::bigint as dead,
    null::bigint as inserted,
    null::float8 as last_vacuum,
    null::float8 as last_autovacuum,
    null::float8 as last_analyze,
    null::bigint as modified,
    null::bigint as row_bytes
from (
    select count(*)::int as relations
    from pg_catalog.pg_class
    where ctid >= ?::pg_catalog.tid and ctid < ?::pg_catalog.tid and oid >= 16384 and ?::bool
) t
cross join setting g
union all
select
    null, null, null, null, null, null, null, null, null,
    k.oid::bigint,
    k.relnamespace::pg_catalog.regnamespace || '.' || pg_catalog.quote_ident(k.relname),
    m.name,
    pg_catalog.array_to_string(coalesce(k.reloptions, m.reloptions), E'\n'),
    k.relpages,
    k.reltuples,
    0,
    k.live,
    k.dead,
    k.inserted,
    pg_catalog.date_part('epoch', greatest(pg_catalog.pg_stat_get_last_vacuum_time(k.oid), k.last_autovacuum)),
    pg_catalog.date_part('epoch', k.last_autovacuum),
    pg_catalog.date_part('epoch', greatest(
        pg_catalog.pg_stat_get_last_analyze_time(k.oid), pg_catalog.pg_stat_get_last_autoanalyze_time(k.oid))),
    k.modified,
    case when k.reltuples <= 0 and k.live + k.dead >= 100000 then (
        select 28 + coalesce(sum(case when a.attlen > 0 then a.attlen else 32 end), 0)
        from pg_catalog.pg_attribute a
        where a.attrelid = k.oid and a.attnum > 0
    ) end
from known k
left join lateral (
    select o.relnamespace::pg_catalog.regnamespace || '.' || pg_catalog.quote_ident(o.relname) as name, o.reloptions
    from pg_catalog.pg_depend d
    join pg_catalog.pg_class o on o.oid = d.refobjid
    where k.relkind = 't' and d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objid = k.oid and d.objsubid = 0
        and d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.deptype = 'i'
    offset 0
) m on true

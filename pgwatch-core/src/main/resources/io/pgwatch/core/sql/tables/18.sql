-- Tables that wait for VACUUM: the worst of a slice of pg_class, and those listed before, wherever they are.
-- Rows: one for each, at most 32; one without a table when there is none. The first tells where the slice ended, and the settings.
-- Parameters: the oids listed before, as an array; the oid that the slice begins behind, twice.
-- Grant: none.
-- Cost: 2,000 rows of pg_class at most, about 1 ms; next to nothing on a small database. Names, options and moments are
-- looked up for the chosen ones only; no size is asked for, which could wait for a lock.
-- The slice is cut before it is filtered, so that it moves on where no table is in it. It is walked twice, the second
-- time in the index alone: that is cheaper than to keep it.
-- Only a TOAST table is looked up in pg_depend: the index is not searched for null.
-- Worst are those above a trigger, by the pages of their dead rows; then those where only inserts are above, and those
-- of 8 MB or more without any statistics, as after a crash.
-- relpages counts the pages of dead rows too, reltuples the live ones alone: what came since is as wide as what was there.
-- Since 18: a trigger has a maximum, and inserts are measured by the share of pages that is not frozen.
with setting as materialized (
    select
        pg_catalog.current_setting('autovacuum_vacuum_threshold')::float8 as threshold,
        pg_catalog.current_setting('autovacuum_vacuum_scale_factor')::float8 as scale_factor,
        pg_catalog.current_setting('autovacuum_vacuum_insert_threshold')::float8 as insert_threshold,
        pg_catalog.current_setting('autovacuum_vacuum_insert_scale_factor')::float8 as insert_scale_factor,
        pg_catalog.current_setting('autovacuum_vacuum_max_threshold')::float8 as max_threshold,
        case when pg_catalog.current_setting('autovacuum_vacuum_insert_threshold')::float8 < 0 then 'infinity'
            else pg_catalog.current_setting('autovacuum_vacuum_insert_threshold')::float8 end as least_inserted
), listed as materialized (
    select
        c.oid, c.relkind, c.relpages, c.reltuples, c.relallfrozen, c.reloptions
    from pg_catalog.pg_class c
    where c.oid = any (?::pg_catalog.oid[]) and c.relkind in ('r', 'm', 't')
), counted as (
    select
        s.*,
        pg_catalog.pg_stat_get_dead_tuples(s.oid) as dead,
        pg_catalog.pg_stat_get_ins_since_vacuum(s.oid) as inserted
    from (
        select c.oid, c.relkind, c.relpersistence, c.relpages, c.reltuples, c.relallfrozen, c.reloptions
        from pg_catalog.pg_class c
        where c.oid > ?::pg_catalog.oid
        order by c.oid
        limit 2000
    ) s
    where s.relkind in ('r', 'm', 't') and s.relpersistence <> 't'
    offset 0
), suspect as (
    select
        c.*,
        case when c.reloptions is not null then (
            select array[
                max(o.option_value::float8) filter (where o.option_name = 'autovacuum_vacuum_threshold'),
                max(o.option_value::float8) filter (where o.option_name = 'autovacuum_vacuum_scale_factor'),
                max(o.option_value::float8) filter (where o.option_name = 'autovacuum_vacuum_insert_threshold'),
                max(o.option_value::float8) filter (where o.option_name = 'autovacuum_vacuum_insert_scale_factor')]
            from pg_catalog.pg_options_to_table(c.reloptions) o
            where o.option_name like 'autovacuum%' and o.option_value ~ '^[0-9]{0,15}[.]{0,1}[0-9]{1,15}$'
        ) end as own,
        case when c.reltuples > 0
            then c.relpages / greatest(c.reltuples, c.dead - pg_catalog.pg_stat_get_mod_since_analyze(c.oid))
            else 0.02 end as pages_per_row
    from counted c
    where c.dead > 0
        or c.inserted > case when c.reloptions is null then (select g.least_inserted from setting g) else 0 end
        or c.relpages >= 1024 and c.inserted = 0 and pg_catalog.pg_stat_get_live_tuples(c.oid) = 0
    offset 0
), weighed as (
    select
        s.*,
        case
            when s.dead > coalesce(s.own[1], g.threshold)
                + coalesce(s.own[2], g.scale_factor) * greatest(s.reltuples, 0) then 2
            when g.max_threshold >= 0 and s.dead > g.max_threshold then 2
            when coalesce(s.own[3], g.insert_threshold) >= 0 and s.inserted > coalesce(s.own[3], g.insert_threshold)
                    + coalesce(s.own[4], g.insert_scale_factor) * greatest(s.reltuples, 0)
                    * (1 - least(s.relallfrozen, s.relpages)::float8 / greatest(s.relpages, 1)) then 1
            when s.dead = 0 and s.inserted = 0 then 1
            else 0
            end as urgency
    from suspect s
    cross join setting g
    offset 0
), worst as materialized (
    select w.*
    from weighed w
    where w.urgency > 0 or w.dead > 0
    order by
        w.urgency desc,
        case when w.urgency <> 1 then w.dead * w.pages_per_row
            when w.inserted > 0 then w.inserted * w.pages_per_row
            else w.relpages end desc
    limit 16
), chosen as (
    select l.* from listed l
    union all
    select w.oid, w.relkind, w.relpages, w.reltuples, w.relallfrozen, w.reloptions
    from worst w
    where w.oid not in (select l.oid from listed l)
), known as (
    select
        c.*,
        pg_catalog.row_number() over () as n,
        pg_catalog.pg_stat_get_live_tuples(c.oid) as live,
        pg_catalog.pg_stat_get_dead_tuples(c.oid) as dead,
        pg_catalog.pg_stat_get_ins_since_vacuum(c.oid) as inserted,
        pg_catalog.pg_stat_get_mod_since_analyze(c.oid) as modified,
        pg_catalog.pg_stat_get_last_autovacuum_time(c.oid) as last_autovacuum
    from chosen c
), turn as (
    select
        max(s.oid)::bigint as cursor,
        count(*)::int as relations,
        (count(*) filter (where s.oid < 16384))::int as catalogs
    from (
        select c.oid
        from pg_catalog.pg_class c
        where c.oid > ?::pg_catalog.oid
        order by c.oid
        limit 2000
    ) s
), header as (
    select
        t.*,
        g.threshold,
        g.scale_factor,
        g.insert_threshold,
        g.insert_scale_factor,
        g.max_threshold,
        (
            select extract(epoch from greatest(
                pg_catalog.pg_stat_get_db_stat_reset_time(d.oid),
                case when a.stats_reset = pg_catalog.pg_stat_get_bgwriter_stat_reset_time() then a.stats_reset end))
            from pg_catalog.pg_database d cross join pg_catalog.pg_stat_get_archiver() a
            where d.datname = pg_catalog.current_database()
        )::float8 as counted_since,
        1::bigint as n
    from turn t
    cross join setting g
)
select
    h.cursor,
    h.relations,
    h.catalogs,
    h.threshold,
    h.scale_factor,
    h.insert_threshold,
    h.insert_scale_factor,
    h.max_threshold,
    h.counted_since,
    k.oid::bigint as oid,
    coalesce((pg_catalog.pg_identify_object('pg_catalog.pg_class'::pg_catalog.regclass, k.oid, 0)).identity,
        k.oid::pg_catalog.regclass::text) as table,
    coalesce((pg_catalog.pg_identify_object('pg_catalog.pg_class'::pg_catalog.regclass, m.oid, 0)).identity,
        m.oid::pg_catalog.regclass::text) as toast_of,
    pg_catalog.array_to_string(case when k.relkind = 't' and k.reloptions is null then m.reloptions else k.reloptions end,
        E'\n') as options,
    k.relpages,
    k.reltuples,
    k.relallfrozen,
    k.live,
    k.dead,
    k.inserted,
    extract(epoch from greatest(pg_catalog.pg_stat_get_last_vacuum_time(k.oid), k.last_autovacuum))::float8 as last_vacuum,
    extract(epoch from k.last_autovacuum)::float8 as last_autovacuum,
    extract(epoch from greatest(
        pg_catalog.pg_stat_get_last_analyze_time(k.oid), pg_catalog.pg_stat_get_last_autoanalyze_time(k.oid)))::float8
        as last_analyze,
    ((k.relpages + case
        when k.relpages > 0 and k.reltuples > 0
            then least(k.modified, greatest(0, k.live + k.dead - k.reltuples)) * k.relpages
                / greatest(k.reltuples, k.live + k.dead - k.modified)
        when k.relkind = 't' then (k.live + k.dead) / 4.0
        when k.live + k.dead < 100000 then (k.live + k.dead) / 80.0
        else (k.live + k.dead) * (
            select 28 + coalesce(sum(case when a.attlen > 0 then a.attlen else 32 end), 0)
            from pg_catalog.pg_attribute a
            where a.attrelid = k.oid and a.attnum > 0
        ) / pg_catalog.current_setting('block_size')::float8
        end) * pg_catalog.current_setting('block_size')::float8)::bigint as bytes
from header h
full join known k on k.n = h.n
left join pg_catalog.pg_depend d
    on d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objid = case when k.relkind = 't' then k.oid end
    and d.objsubid = 0 and d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.deptype = 'i'
left join pg_catalog.pg_class m on m.oid = d.refobjid
order by h.n

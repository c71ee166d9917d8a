-- The settings of autovacuum that hold for every table, its busy workers, and what vacuums in this database.
-- Rows: one for each VACUUM at work here, manual ones included; one without any when there is none.
-- Grant: none. Which table it is, and whether it sleeps, is null to a role without pg_read_all_stats (part of pg_monitor).
-- Cost: shared memory only; sessions are looked at one by one, and only those that vacuum or analyze.
-- A worker of autovacuum is the session of no role.
-- Since 18: delay_time.
with progress as materialized (
    select w.*, s.usesysid is null as automatic, s.backend_type, s.wait_event
    from (
        select v.pid, v.relid, v.datname, v.phase, v.heap_blks_total, v.heap_blks_scanned, v.index_vacuum_count, v.delay_time
        from pg_catalog.pg_stat_progress_vacuum v
        union all
        select a.pid, null, null, null, null, null, null, null
        from pg_catalog.pg_stat_get_progress_info('ANALYZE') a
    ) w
    cross join lateral pg_catalog.pg_stat_get_activity(w.pid) s
)
select
    pg_catalog.current_setting('autovacuum')::bool as enabled,
    pg_catalog.current_setting('track_counts')::bool as track_counts,
    extract(epoch from pg_catalog.current_setting('autovacuum_naptime')::interval)::float8 as naptime,
    least(
        pg_catalog.current_setting('autovacuum_max_workers')::int,
        pg_catalog.current_setting('autovacuum_worker_slots')::int) as max_workers,
    1000 * extract(epoch from case
        when pg_catalog.current_setting('autovacuum_vacuum_cost_delay') = '-1'
            then pg_catalog.current_setting('vacuum_cost_delay')
        else pg_catalog.current_setting('autovacuum_vacuum_cost_delay')
        end::interval)::float8 as cost_delay,
    case
        when pg_catalog.current_setting('autovacuum_vacuum_cost_limit') = '-1'
            then pg_catalog.current_setting('vacuum_cost_limit')
        else pg_catalog.current_setting('autovacuum_vacuum_cost_limit')
        end::int as cost_limit,
    b.workers as busy,
    v.pid,
    v.relid::bigint as relid,
    v.automatic,
    v.phase,
    v.heap_blks_total,
    v.heap_blks_scanned,
    v.index_vacuum_count,
    case when v.backend_type is not null then v.wait_event is not distinct from 'VacuumDelay' end as throttled,
    case when pg_catalog.current_setting('track_cost_delay_timing')::bool then v.delay_time::float8 / 1000 end as delayed
from (select count(*)::int as workers from progress where automatic) b
left join progress v on v.datname = pg_catalog.current_database()
order by v.pid
limit 100

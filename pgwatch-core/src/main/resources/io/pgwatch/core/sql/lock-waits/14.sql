-- Who waits for a lock in this database, behind whom, and which tables the sessions asked for keep locked.
-- Rows: at most 20 waiters, the longest first; one for each session asked for that keeps a user table locked.
-- Parameter: the pids of the sessions whose locked tables are told, such as {4711,4712}.
-- A prepared transaction blocks as pid 0: it is told by its ids.
-- Grant: none.
-- Cost: about 0.5 ms, for locks are looked up in the whole of shared memory: asked only when somebody may be waiting.
with here as materialized (
    select d.oid
    from pg_catalog.pg_database d
    where d.datname = pg_catalog.current_database()
), locks as materialized (
    select l.*
    from pg_catalog.pg_lock_status() l
    where not l.granted
        or l.pid is null
        or l.locktype = 'relation' and l.database = (select h.oid from here h) and l.pid = any (?::int[])
), waiting as materialized (
    select l.*, pg_catalog.pg_blocking_pids(l.pid) as blockers
    from (
        select l.*
        from locks l
        where not l.granted and (l.database is null or l.database in (0, (select h.oid from here h)))
        order by l.waitstart
        limit 20
    ) l
)
select
    w.pid,
    true as waits,
    w.mode,
    pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - w.waitstart) as seconds,
    case when w.relation is not null then array[w.relation::pg_catalog.regclass::text] end as tables,
    1 as count,
    pg_catalog.array_remove(w.blockers, 0) as blockers,
    case when 0 = any (w.blockers) then array(
        select distinct p.gid
        from pg_catalog.pg_prepared_xact() p
        join locks x on x.pid is null and x.locktype = 'transactionid' and x.transactionid = p.transaction
        join locks l on l.pid is null and l.virtualtransaction = x.virtualtransaction
        where (l.locktype, l.database, l.relation, l.page, l.tuple, l.transactionid, l.classid, l.objid, l.objsubid)
                is not distinct from (
                    w.locktype, w.database, w.relation, w.page, w.tuple, w.transactionid, w.classid, w.objid, w.objsubid)
        order by p.gid
    ) end as prepared
from waiting w
union all
select
    l.pid,
    false,
    null,
    null,
    (pg_catalog.array_agg(c.oid::pg_catalog.regclass::text order by c.relpages desc, c.oid))[1:3],
    count(*)::int,
    null,
    null
from (select distinct l.pid, l.relation from locks l where l.granted and l.pid is not null) l
join pg_catalog.pg_class c on c.oid = l.relation
where c.relkind in ('r', 'p', 'm') and c.oid >= 16384
group by l.pid

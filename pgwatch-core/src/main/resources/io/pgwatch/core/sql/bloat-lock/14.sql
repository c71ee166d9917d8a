-- Takes the lock that lets one of several sessions of a role read pages, if nobody holds it.
-- Rows: one; holder is the session that has it, where somebody else does.
-- Parameter: whether to keep it until the session ends, or until the transaction does.
-- Grant: none.
-- Cost: shared memory only.
with key as materialized (
    select 1885828962 as class, (r.oid::bigint & 2147483647)::int as object
    from pg_catalog.pg_roles r
    where r.rolname = current_user
), tried as materialized (
    select
        case
            when ?::boolean then pg_catalog.pg_try_advisory_lock(k.class, k.object)
            else pg_catalog.pg_try_advisory_xact_lock(k.class, k.object)
        end as mine
    from key k
)
select
    t.mine,
    case when not t.mine then (
        select max(l.pid)
        from pg_catalog.pg_locks l
            join key k on l.classid = k.class::pg_catalog.oid and l.objid = k.object::bigint::pg_catalog.oid
            join pg_catalog.pg_database d on d.oid = l.database and d.datname = pg_catalog.current_database()
        where l.locktype = 'advisory' and l.granted
    ) end as holder
from tried t

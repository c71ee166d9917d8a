-- The tables whose ids are the oldest in this database: what keeps its age up.
-- Rows: at most 10; none while the database is younger than autovacuum_freeze_max_age (or the same for multixacts) and
-- than a quarter of the id space, for then pg_class is not even looked at.
-- Grant: none.
-- Cost: one scan of pg_class when the age is above, about 0.5 us a relation; every five minutes.
-- Since 16: the number in the name of a temporary schema is the id of its session's backend.
-- A relminmxid of 0 is no multixact at all, though mxid_age() would call it the oldest. A table's own options can only lower
-- the ages; a TOAST table has its main table's as long as it has none of its own.
with old as materialized (
    select
        c.oid,
        pg_catalog.age(c.relfrozenxid)::bigint as xid_age,
        case when c.relminmxid <> '0'::pg_catalog.xid then pg_catalog.mxid_age(c.relminmxid)::bigint else 0 end
            as multixact_age,
        c.relpages,
        c.relpersistence,
        c.relnamespace,
        c.reloptions
    from pg_catalog.pg_class c
    where c.relkind in ('r', 'm', 't')
        and c.relfrozenxid <> '0'::pg_catalog.xid
        and (
            select
                pg_catalog.age(d.datfrozenxid)
                    > least(pg_catalog.current_setting('autovacuum_freeze_max_age')::bigint, 536870912)
                or pg_catalog.mxid_age(d.datminmxid)
                    > least(pg_catalog.current_setting('autovacuum_multixact_freeze_max_age')::bigint, 536870912)
            from pg_catalog.pg_database d
            where d.datname = pg_catalog.current_database()
        )
    order by greatest(
        pg_catalog.age(c.relfrozenxid)::bigint,
        case when c.relminmxid <> '0'::pg_catalog.xid then pg_catalog.mxid_age(c.relminmxid)::bigint else 0 end) desc
    limit 10
)
select
    coalesce((pg_catalog.pg_identify_object('pg_catalog.pg_class'::pg_catalog.regclass, o.oid, 0)).identity,
        o.oid::pg_catalog.regclass::text) as table,
    o.xid_age,
    o.multixact_age,
    o.relpages::bigint * pg_catalog.current_setting('block_size')::bigint as bytes,
    least(pg_catalog.current_setting('autovacuum_freeze_max_age')::bigint, own.freeze_max_age) as freeze_max_age,
    least(pg_catalog.current_setting('autovacuum_multixact_freeze_max_age')::bigint, own.multixact_freeze_max_age)
        as multixact_freeze_max_age,
    o.relpersistence = 't' as temporary,
    case when o.relpersistence = 't' then (
        select pg_catalog.pg_stat_get_backend_pid(pg_catalog.substring(n.nspname::text, '\d+$')::int)
        from pg_catalog.pg_namespace n
        where n.oid = o.relnamespace
    ) end as session
from old o
left join pg_catalog.pg_class main on main.reltoastrelid = o.oid
cross join lateral (
    select
        min(x.option_value::numeric::bigint) filter (where x.option_name = 'autovacuum_freeze_max_age') as freeze_max_age,
        min(x.option_value::numeric::bigint) filter (where x.option_name = 'autovacuum_multixact_freeze_max_age')
            as multixact_freeze_max_age
    from pg_catalog.pg_options_to_table(coalesce(o.reloptions, main.reloptions)) x
    where x.option_name like '%freeze_max_age' and x.option_value ~* '^[0-9.]+(e[+]?[0-9]+)?$'
) own
order by greatest(o.xid_age, o.multixact_age) desc

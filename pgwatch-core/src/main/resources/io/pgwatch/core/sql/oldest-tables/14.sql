-- The tables whose ids are the oldest in this database: what keeps its age up.
-- Rows: at most 10; none while the database is younger than autovacuum_freeze_max_age (or the same for multixacts) and
-- than a quarter of the id space, for then pg_class is not even looked at.
-- Grant: none.
-- Cost: one scan of pg_class when the age is above, about 0.5 us a relation; every five minutes.
-- A relminmxid of 0 is no multixact at all, though mxid_age() would call it the oldest.
with old as materialized (
    select
        c.oid,
        pg_catalog.age(c.relfrozenxid)::bigint as xid_age,
        case when c.relminmxid <> '0'::pg_catalog.xid then pg_catalog.mxid_age(c.relminmxid)::bigint else 0 end
            as multixact_age,
        c.relpages
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
    oid::pg_catalog.regclass::text as table,
    xid_age,
    multixact_age,
    relpages::bigint * pg_catalog.current_setting('block_size')::bigint as bytes
from old
order by greatest(xid_age, multixact_age) desc

-- Age of the oldest transaction and multixact ids of each database, and the settings that say when they are frozen.
-- Rows: one for each database, template0 included, the oldest first; at most 200.
-- One that an interrupted DROP DATABASE left (datconnlimit -2) is absent: vacuum passes it over, and so do the limits.
-- Grant: none.
-- Cost: pg_database, and shared memory; no transaction id is consumed.
-- The next multixact id is what its age was counted from: mxid_age() is the distance from datminmxid to it.
select
    d.datname::text as name,
    pg_catalog.age(d.datfrozenxid)::bigint as xid_age,
    pg_catalog.mxid_age(d.datminmxid)::bigint as multixact_age,
    d.datallowconn as accepts_connections,
    pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot())::text::bigint as next_xid,
    (d.datminmxid::text::bigint + pg_catalog.mxid_age(d.datminmxid)) % 4294967296 as next_multixact,
    pg_catalog.current_setting('autovacuum_freeze_max_age')::bigint as freeze_max_age,
    pg_catalog.current_setting('autovacuum_multixact_freeze_max_age')::bigint as multixact_freeze_max_age,
    pg_catalog.current_setting('vacuum_failsafe_age')::bigint as failsafe_age,
    pg_catalog.current_setting('vacuum_multixact_failsafe_age')::bigint as multixact_failsafe_age
from pg_catalog.pg_database d
where d.datconnlimit <> -2
order by greatest(pg_catalog.age(d.datfrozenxid), pg_catalog.mxid_age(d.datminmxid)) desc, d.datname
limit 200

-- How many sessions have been established at the server since it started, over all databases.
-- Rows: one.
-- Grant: none.
-- Cost: one look at the statistics of each database, about 10 us for half a dozen; not the view pg_stat_database, which takes all of
-- its numbers.
-- Refused ones are not among them. Nor does sessions_fatal tell those: it counts what a database's limit refuses, but not what
-- max_connections or a role's limit does, and much else besides.
select
    coalesce(sum(pg_catalog.pg_stat_get_db_sessions(d.oid)), 0)::bigint as sessions,
    extract(epoch from pg_catalog.pg_postmaster_start_time())::float8 as started
from pg_catalog.pg_database d

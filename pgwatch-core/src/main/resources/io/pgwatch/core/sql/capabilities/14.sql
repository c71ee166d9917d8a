-- What this session is, and what its role may see; read on connecting and every five minutes.
-- Rows: one.
-- Grant: none.
-- Cost: system caches only.
select
    pg_catalog.pg_backend_pid() as backend_pid,
    pg_catalog.current_setting('server_version_num')::int / 10000 as major,
    pg_catalog.split_part(pg_catalog.current_setting('server_version'), ' ', 1) as version,
    pg_catalog.current_database()::text as database,
    current_user::text as role,
    pg_catalog.pg_has_role('pg_read_all_stats', 'usage') as reads_all_stats

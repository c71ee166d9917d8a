-- What this session is; read on connecting and every five minutes.
-- Rows: one.
-- Grant: none.
-- Cost: system caches only.
-- It runs before search_path is set: so types and operators are qualified, too.
select
    pg_catalog.pg_backend_pid() as backend_pid,
    pg_catalog.current_setting('server_version_num')::int operator(pg_catalog./) 10000 as major,
    pg_catalog.split_part(pg_catalog.current_setting('server_version'), ' ', 1) as version,
    pg_catalog.current_database()::pg_catalog.text as database,
    current_user::pg_catalog.text as role

-- Connections in use against each limit that may refuse the application's next one.
-- Rows: one for each limit that is set: SERVER always, ROLE and DATABASE where they have a CONNECTION LIMIT.
-- Parameter: the application's role; null for the role that asks.
-- Grant: none. The slots that max_connections counts are the first ones, and a backend's id is its slot.
-- Cost: about 2.5 us a connection.
-- Since 16: reserved_connections sets a second block of slots aside.
-- Since 17: backend ids are slot numbers, so that the count is exact without seeing other roles' backend_type.
with application as (
    select r.rolname, r.rolconnlimit, r.rolsuper
    from pg_catalog.pg_roles r
    where r.rolname = coalesce(?::text, current_user)
), sessions as materialized (
    select s.datname, s.usename, s.application_name
    from pg_catalog.pg_stat_get_backend_idset() as b (id)
    join pg_catalog.pg_stat_activity s on s.pid = pg_catalog.pg_stat_get_backend_pid(b.id)
    where b.id < pg_catalog.current_setting('max_connections')::int
), counted as (
    select
        count(*)::int as server,
        (count(*) filter (where s.usename = (select a.rolname from application a)))::int as role,
        (count(*) filter (where s.datname = pg_catalog.current_database()))::int as database,
        (count(*) filter (where s.application_name like 'pgwatch %'))::int as monitors
    from sessions s
)
select
    'SERVER' as kind,
    'max_connections' as name,
    c.server as used,
    greatest(0, pg_catalog.current_setting('max_connections')::int - case
        when coalesce((select a.rolsuper from application a), false) then 0
        when (select pg_catalog.pg_has_role(a.rolname, 'pg_use_reserved_connections', 'usage') from application a)
            then pg_catalog.current_setting('superuser_reserved_connections')::int
        else pg_catalog.current_setting('superuser_reserved_connections')::int
            + pg_catalog.current_setting('reserved_connections')::int
        end) as limit,
    c.monitors
from counted c
union all
select 'ROLE', a.rolname::text, c.role, a.rolconnlimit, c.monitors
from counted c cross join application a
where a.rolconnlimit >= 0 and not a.rolsuper
union all
select 'DATABASE', d.datname::text, c.database, d.datconnlimit, c.monitors
from counted c cross join pg_catalog.pg_database d
where d.datname = pg_catalog.current_database() and d.datconnlimit >= 0
    and not coalesce((select a.rolsuper from application a), false)

-- How many connections the server, the application's role and the database admit; and by which oids sessions tell the two.
-- Rows: one. Without a limit, null; a superuser has none but the server's. A role that is not there is an ordinary one.
-- Parameters: the application's role; null for the role that asks.
-- Grant: none.
-- Cost: system caches only.
-- On a borrowed connection it runs while the application's search_path holds: so types and operators are qualified, too.
select
    d.oid::pg_catalog.text as database,
    r.oid::pg_catalog.text as role,
    pg_catalog.current_setting('max_connections')::int as max_connections,
    pg_catalog.current_setting('max_connections')::int operator(pg_catalog.-) case
        when r.rolsuper then 0
        when (
            select pg_catalog.pg_has_role(r.oid, s.oid, 'usage')
            from pg_catalog.pg_roles s
            where s.rolname operator(pg_catalog.=) 'pg_use_reserved_connections'
        ) then pg_catalog.current_setting('superuser_reserved_connections')::int
        else pg_catalog.current_setting('superuser_reserved_connections')::int
            operator(pg_catalog.+) coalesce(pg_catalog.current_setting('reserved_connections', true), '0')::int
        end as of_server,
    case when not r.rolsuper and r.rolconnlimit operator(pg_catalog.>=) 0 then r.rolconnlimit end as of_role,
    case when r.rolsuper is not true and d.datconnlimit operator(pg_catalog.>=) 0 then d.datconnlimit end as of_database
from pg_catalog.pg_database d
left join pg_catalog.pg_roles r
    on r.rolname operator(pg_catalog.=) coalesce(?::pg_catalog.text, current_user::pg_catalog.text)
where d.datname operator(pg_catalog.=) pg_catalog.current_database()

-- How many sessions count against each connection limit, what the application's are doing here, and the worst ones.
-- Rows: at least one. Each has the totals; beside them stands one session worth naming, or nothing: at most 10 of the longest
-- idle in transaction here, 10 that hold back the oldest ids here, and 10 standbys without a slot and sessions of other databases.
-- Parameters: the application's role; null for the role that asks. Whether statements are shown.
-- Grant: pg_read_all_stats for states and times of other roles' sessions; without it these are null, and numbers, names and ids
-- are true all the same.
-- Cost: about 2.5 us a connection. This alone reads the activity, from the function beneath pg_stat_activity: the view joins
-- names to every session.
-- Siblings are the watches of this one's name, role and database, itself included, that tell a maximum of 1 to 99999; none where
-- it tells none itself. Who writes such a name forges one; sessions that share name and address count once.
-- Names are compared byte by byte and counted by what stands after the instance, which few of them differ in: the regular
-- expression, some us each time, looks at those few.
-- What VACUUM shows as its xmin holds nobody back, nor does this session: they have no age. A snapshot inherits the oldest id
-- that runs, so that ages are often equal: those whose own id it is stand before the others, then those that began first.
-- Since 17: backend ids are slot numbers, and the slots that max_connections counts are the first ones; so clients are told
-- where another role's backend_type is hidden.
with database as materialized (
    select d.oid, d.datname, d.datconnlimit
    from pg_catalog.pg_database d
    where d.datname = pg_catalog.current_database()
), application as materialized (
    select r.oid, r.rolname, r.rolconnlimit, r.rolsuper
    from pg_catalog.pg_roles r
    where r.rolname = coalesce(?::text, current_user)
), seen as materialized (
    select
        s.pid,
        s.datid,
        s.usesysid,
        s.application_name,
        s.client_addr,
        s.backend_type,
        s.backend_start,
        s.backend_xid,
        s.backend_xmin,
        s.state,
        s.state_change,
        s.query_start,
        s.xact_start,
        case when ?::bool and s.backend_type is not null then s.query end as query,
        s.datid = (select d.oid from database d) as here,
        s.usesysid = (select a.oid from application a) as of_role,
        s.application_name like 'pgwatch %' as monitor,
        coalesce(s.wait_event_type = 'Lock', false) as waits,
        s.state in ('idle in transaction', 'idle in transaction (aborted)') as idles,
        case
            when s.backend_type is not null then s.backend_type = 'client backend'
            else s.pid in (
                select pg_catalog.pg_stat_get_backend_pid(b.id)
                from pg_catalog.pg_stat_get_backend_idset() as b (id)
                where b.id < (select pg_catalog.current_setting('max_connections')::int)
            )
            end as client,
        case
            when s.backend_xid is null and s.backend_xmin is null then null
            when s.pid = pg_catalog.pg_backend_pid() or s.backend_type = 'parallel worker' then null
            when s.pid in (select v.pid from pg_catalog.pg_stat_get_progress_info('VACUUM') v) then null
            else greatest(pg_catalog.age(s.backend_xid), pg_catalog.age(s.backend_xmin))
            end as age
    from pg_catalog.pg_stat_get_activity(null) s
    where s.usesysid is not null or s.datid is not null
), suspect as materialized (
    select * from seen where age is not null or idles
), own as materialized (
    select
        s.usesysid,
        case
            when s.application_name ~ '^pgwatch [^ ]+ [^ ]+ max=[1-9]'
            then 'pgwatch ' || pg_catalog.split_part(s.application_name, ' ', 2) || ' '
            end as beginning
    from seen s
    where s.pid = pg_catalog.pg_backend_pid()
), instance as (
    select distinct
        pg_catalog.substr(s.application_name, 1 + (select pg_catalog.length(o.beginning) from own o)) collate "C" as told,
        s.client_addr
    from seen s
    where s.monitor and s.client and s.here
        and s.usesysid = (select o.usesysid from own o)
        and pg_catalog.starts_with(s.application_name, (select o.beginning from own o))
), size as materialized (
    select pg_catalog.substr(i.told, pg_catalog.strpos(i.told, ' ')) as told, count(*) as instances
    from instance i
    where i.told not like ' %'
    group by 1
), counted as (
    select
        count(*) filter (where client) as server_used,
        count(*) filter (where client and of_role) as role_used,
        count(*) filter (where client and here) as database_used,
        count(*) filter (where client and monitor) as monitors,
        count(*) filter (where client and here and not monitor and backend_type is null) as hidden,
        count(*) filter (where client and here and not monitor and state = 'disabled') as untracked,
        count(*) filter (where here and (waits or backend_type is null and age is not null)) as may_wait,
        count(*) filter (where client and here and idles) as idle,
        count(*) filter (where client and here and idles and age is not null) as pinning,
        min(state_change) filter (where client and here and idles) as idle_since
    from seen
), siblings as (
    select
        coalesce(sum(z.instances), 0)::bigint as instances,
        sum(z.instances * pg_catalog.substr(z.told, 6)::int)::bigint as instances_pool_max
    from size z
    where z.told ~ '^ max=[1-9][0-9]{0,4}$'
), ours as (
    select
        count(*) as our_sessions,
        count(*) filter (where state = 'active' and not waits) as our_active,
        count(*) filter (where waits) as our_waiting,
        count(*) filter (where idles) as our_idle_in_transaction,
        count(*) filter (where state = 'idle') as our_idle,
        count(*) filter (where state = 'active' and not waits and query_start < a_second_ago) as our_active_long,
        count(*) filter (where idles and state_change < a_second_ago) as our_idle_in_transaction_long,
        count(*) filter (where state = 'idle' and state_change < a_second_ago) as our_idle_long,
        count(*) filter (where backend_type is null or state = 'disabled') as our_hidden,
        min(query_start) filter (where state = 'active' and not waits) as our_active_since,
        min(query_start) filter (where waits) as our_waiting_since,
        min(state_change) filter (where idles) as our_idle_since
    from seen
    cross join (select pg_catalog.clock_timestamp() - interval '1 second' as a_second_ago) as moment
    where client and here and of_role and not monitor
), worst as (
    select s.* from suspect s where s.pid in (
        (select i.pid from suspect i where i.client and i.here and i.idles order by i.state_change limit 10)
        union all
        (
            select h.pid
            from suspect h
            where h.here and h.age is not null
            order by h.age desc, pg_catalog.age(h.backend_xid) desc nulls last, h.xact_start
            limit 10
        )
        union all
        (
            select f.pid
            from suspect f
            where f.here is not true and f.age is not null
            order by f.datid is null desc, f.age desc, pg_catalog.age(f.backend_xid) desc nulls last, f.xact_start
            limit 10
        )
    )
)
select
    extract(epoch from pg_catalog.clock_timestamp())::float8 as now,
    c.*,
    greatest(0, pg_catalog.current_setting('max_connections')::int - case
        when coalesce(a.rolsuper, false) then 0
        when pg_catalog.pg_has_role(a.oid, 'pg_use_reserved_connections', 'usage')
            then pg_catalog.current_setting('superuser_reserved_connections')::int
        else pg_catalog.current_setting('superuser_reserved_connections')::int
            + pg_catalog.current_setting('reserved_connections')::int
        end) as server_limit,
    a.rolname as role_name,
    case when a.rolconnlimit >= 0 and not a.rolsuper then a.rolconnlimit end as role_limit,
    d.datname as database_name,
    case when d.datconnlimit >= 0 and not coalesce(a.rolsuper, false) then d.datconnlimit end as database_limit,
    i.*,
    pg_catalog.current_setting('max_connections')::int as max_connections,
    o.*,
    w.pid,
    w.backend_start,
    pg_catalog.pg_get_userbyid(w.usesysid) as user,
    w.application_name as application,
    (select n.datname from pg_catalog.pg_database n where n.oid = w.datid) as database,
    w.here,
    w.client,
    w.state,
    w.state_change,
    w.xact_start,
    case when w.age is not null then pg_catalog.age(w.backend_xid) end as xid_age,
    case when w.age is not null then pg_catalog.age(w.backend_xmin) end as xmin_age,
    pg_catalog.left(w.query, 300) as statement
from counted c
cross join siblings i
cross join ours o
cross join database d
left join application a on true
left join worst w on true

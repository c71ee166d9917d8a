-- How many sessions there are that count against connection limits, what the application's are doing here, and the worst ones.
-- Rows: one for each kind of session, that is those alike in all that is told of them: how many, and since when the first of
-- them; one for each that is worth naming, alone: at most 10 of the longest idle in transaction here, 10 that hold back
-- the oldest ids here, and 10 standbys without a slot and sessions of other databases. The first columns are the same in all.
-- Parameters: the oids of this database and of the application's role. Whether statements are shown.
-- Grant: pg_read_all_stats for states and times of other roles' sessions; without it these are null, and numbers, names and ids
-- are true all the same.
-- Cost: about 2.5 us a connection. This alone reads the activity, from the function beneath pg_stat_activity: the view joins
-- names to every session. What it costs with few of them is to set it up: so it has few steps, and few columns.
-- Siblings are the watches of this one's name, role and database, itself included, that tell a maximum of 1 to 99999; none where
-- it tells none itself. Who writes such a name forges one; sessions that share name and address count once.
-- What VACUUM shows as its xmin holds nobody back, nor does this session: they have no age. A snapshot inherits the oldest id
-- that runs, so that ages are often equal: those whose own id it is stand before the others, then those that began first.
-- Since 17: backend ids are slot numbers, and the slots that max_connections counts are the first ones; so clients are told
-- where another role's backend_type is hidden.
with seen as materialized (
    select
        pid,
        datid = ?::pg_catalog.oid as here,
        usesysid = ?::pg_catalog.oid as of_role,
        application_name like 'pgwatch %' as monitor,
        case
            when backend_type is not null then backend_type = 'client backend'
            else pid in (
                select pg_catalog.pg_stat_get_backend_pid(id)
                from pg_catalog.pg_stat_get_backend_idset() as b (id)
                where id < (select pg_catalog.current_setting('max_connections')::int)
            )
            end as client,
        backend_type is null as hidden,
        coalesce(wait_event_type = 'Lock', false) as waits,
        case
            when backend_xid is null and backend_xmin is null then null
            when pid = pg_catalog.pg_backend_pid() or backend_type = 'parallel worker' then null
            when pid in (select pid from pg_catalog.pg_stat_get_progress_info('VACUUM')) then null
            else greatest(pg_catalog.age(backend_xid), pg_catalog.age(backend_xmin))
            end as age,
        state,
        case state when 'active' then query_start else state_change end as since,
        xact_start,
        backend_start,
        pg_catalog.age(backend_xid) as xid_age,
        pg_catalog.age(backend_xmin) as xmin_age,
        datid,
        usesysid,
        client_addr,
        application_name,
        case when ?::bool and backend_type is not null then query end as query
    from pg_catalog.pg_stat_get_activity(null)
    where usesysid is not null or datid is not null
), siblings as materialized (
    select count(*) as instances, sum(most::int) as pool_max
    from (
        select distinct application_name collate "C", client_addr, pg_catalog.split_part(application_name, ' max=', 2) as most
        from seen
        where monitor and client and here and pg_catalog.pg_get_userbyid(usesysid) = session_user
            and application_name = (
                    select 'pgwatch ' || pg_catalog.split_part(pg_catalog.current_setting('application_name'), ' ', 2) || ' ')
                || pg_catalog.split_part(application_name, ' ', 3)
                || ' max=' || pg_catalog.split_part(application_name, ' max=', 2)
            and pg_catalog.current_setting('application_name') ~ ' max=[1-9]'
    ) told
    where pg_catalog.ltrim(most, '0123456789') = '' and pg_catalog.length(pg_catalog.ltrim(most, '0')) between 1 and 5
), kind as (
    select
        here,
        of_role,
        monitor,
        client,
        hidden,
        waits,
        age is not null as pins,
        state,
        since < pg_catalog.now() - interval '1 second' as settled,
        case
            when pid = any(array(
                select pid from seen where here and client and state like 'idle in%' order by since limit 10)) then pid
            when pid = any(array(
                select pid from seen where here and age is not null
                order by age desc, xid_age desc nulls last, xact_start limit 10)) then pid
            when pid = any(array(
                select pid from seen where here is not true and age is not null
                order by datid is null desc, age desc, xid_age desc nulls last, xact_start limit 10)) then pid
            end as pid,
        count(*) as sessions,
        pg_catalog.date_part('epoch', min(since)) as since
    from seen
    group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
)
select
    pg_catalog.date_part('epoch', pg_catalog.clock_timestamp()) as now,
    (select instances from siblings) as instances,
    (select pool_max from siblings) as instances_pool_max,
    k.*,
    w.backend_start,
    pg_catalog.pg_get_userbyid(w.usesysid) as user,
    w.application_name as application,
    (select datname from pg_catalog.pg_database where oid = w.datid) as database,
    pg_catalog.date_part('epoch', w.xact_start) as transaction_since,
    w.xid_age,
    w.xmin_age,
    pg_catalog.left(w.query, 300) as statement
from kind k
left join seen w using (pid)

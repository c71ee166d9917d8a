-- What holds back VACUUM without a session that would show it: prepared transactions and replication slots.
-- Rows: at most 10 prepared transactions, this database's first, and at most 10 slots; the oldest ids first.
-- A slot that is lost is absent: it goes on showing an age, and holds nothing back.
-- Grant: none.
-- Cost: shared memory only.
(
    select
        'prepared' as kind,
        p.gid as name,
        pg_catalog.pg_get_userbyid(p.ownerid) as user,
        (select d.datname from pg_catalog.pg_database d where d.oid = p.dbid) as database,
        p.dbid = (select d.oid from pg_catalog.pg_database d where d.datname = pg_catalog.current_database()) as here,
        pg_catalog.age(p.transaction) as age,
        null::int as catalog_age,
        pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - p.prepared) as seconds,
        false as logical,
        null::int as active_pid,
        null::text as wal_status
    from pg_catalog.pg_prepared_xact() p
    order by here desc, age desc
    limit 10
)
union all
(
    select
        'slot',
        s.slot_name,
        null,
        (select d.datname from pg_catalog.pg_database d where d.oid = s.datoid),
        null,
        pg_catalog.age(s.xmin),
        pg_catalog.age(s.catalog_xmin),
        null,
        s.slot_type = 'logical',
        s.active_pid,
        s.wal_status
    from pg_catalog.pg_get_replication_slots() s
    where (s.xmin is not null or s.catalog_xmin is not null) and s.wal_status is distinct from 'lost'
    order by greatest(pg_catalog.age(s.xmin), pg_catalog.age(s.catalog_xmin)) desc
    limit 10
)

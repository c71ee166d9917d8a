-- The columns of one table, dropped ones included, and its size.
-- Rows: one for each column; one without a column for a table that never had any.
-- Parameter: the table's oid.
-- Grant: none. Waits for a lock on the table, so the table must be locked already.
-- Cost: catalogs.
-- Since 18 a generated column may be virtual, and rows hold as much of it as of a dropped one. And a column may be NOT NULL though older rows hold NULLs; that is a constraint which was not validated.
select
    pg_catalog.pg_relation_size(c.oid) as bytes,
    case when c.reltoastrelid <> 0 then pg_catalog.pg_relation_size(c.reltoastrelid) else 0 end as toast_bytes,
    case
        when pg_catalog.pg_stat_get_tuples_inserted(tt.oid) > 0 then pg_catalog.pg_stat_get_live_tuples(tt.oid)
        else tt.reltuples
    end::bigint as toast_rows,
    pg_catalog.pg_relation_filenode(c.oid)::bigint as file_node,
    a.attnum::int as number,
    pg_catalog.quote_ident(a.attname) as name,
    a.attlen::int as length,
    case a.attalign when 'c' then 1 when 's' then 2 when 'i' then 4 else 8 end as align,
    a.attnotnull and not exists (
        select from pg_catalog.pg_constraint k
        where k.conrelid = a.attrelid and k.contype = 'n' and not k.convalidated and k.conkey = array[a.attnum]) as not_null,
    a.attstorage as storage,
    a.atttypid in (17, 25, 1042, 1043) as octets,
    a.attisdropped or a.attgenerated = 'v' as dropped,
    case
        when a.atthasmissing and a.attlen = -1 and t.typnamespace = 'pg_catalog'::pg_catalog.regnamespace
        then pg_catalog.format_type(a.atttypid, null)
    end as missing_type
from pg_catalog.pg_class c
    left join pg_catalog.pg_class tt on tt.oid = c.reltoastrelid
    left join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0
    left join pg_catalog.pg_type t on t.oid = a.atttypid
where c.oid = ?::bigint::pg_catalog.oid
order by a.attnum

-- The indexes of one table and of its TOAST relation, with what a rebuild of them depends on.
-- Rows: one for each column of each index.
-- Parameter: the table's oid.
-- Grant: none. Waits for a lock on the table, so the table must be locked already; of an index that is
-- locked the size is as VACUUM last counted it.
-- Cost: catalogs.
-- Code of users is whatever is no part of PostgreSQL itself: functions and operators, and types whose values may run such;
-- and of an operator class, functions in another language than C, which their owner could change.
with indexes as materialized (
    select
        i.*,
        i.indrelid <> t.oid as of_toast,
        ci.relname,
        ci.relpages,
        ci.reloptions,
        ci.relam,
        n.nspname,
        exists (
            select from pg_catalog.pg_locks l
            where l.locktype = 'relation'
                and l.relation = i.indexrelid
                and l.mode = 'AccessExclusiveLock'
                and l.pid <> pg_catalog.pg_backend_pid()
                and l.database = (
                    select d.oid from pg_catalog.pg_database d where d.datname = pg_catalog.current_database())
        ) as locked
    from pg_catalog.pg_class t
        join pg_catalog.pg_index i on i.indrelid in (t.oid, t.reltoastrelid)
        join pg_catalog.pg_class ci on ci.oid = i.indexrelid
        join pg_catalog.pg_namespace n on n.oid = ci.relnamespace
    where t.oid = ?::bigint::pg_catalog.oid and ci.relkind = 'i'
)
select
    i.indexrelid::bigint as oid,
    i.of_toast,
    pg_catalog.quote_ident(i.nspname) || '.' || pg_catalog.quote_ident(i.relname) as name,
    am.amname as method,
    case when i.locked then i.relpages * 8192::bigint else pg_catalog.pg_relation_size(i.indexrelid) end as bytes,
    i.locked,
    coalesce((
        select o.option_value::int
        from pg_catalog.pg_options_to_table(i.reloptions) o
        where o.option_name = 'fillfactor'), 90) as fillfactor,
    i.indnkeyatts::int as keys,
    not i.indisunique and i.indnatts = i.indnkeyatts
        and coalesce((
            select o.option_value::boolean
            from pg_catalog.pg_options_to_table(i.reloptions) o
            where o.option_name = 'deduplicate_items'), true)
        and (
            select pg_catalog.bool_and(exists (
                select from pg_catalog.pg_opclass oc
                    join pg_catalog.pg_amproc ap on ap.amprocfamily = oc.opcfamily
                        and ap.amproclefttype = oc.opcintype
                        and ap.amprocrighttype = oc.opcintype
                        and ap.amprocnum = 4
                where oc.oid = u.class))
            from pg_catalog.unnest(i.indclass) u (class))
        and not exists (
            select from pg_catalog.pg_collation co
            where co.oid = any (i.indcollation::pg_catalog.oid[]) and not co.collisdeterministic) as deduplicates,
    i.indexrelid >= 16384::pg_catalog.oid and not i.indisexclusion as concurrently,
    pg_catalog.pg_get_expr(i.indpred, i.indrelid) as predicate,
    coalesce(
        case when i.indpred is not null or i.indexprs is not null then (
            select pg_catalog.min(case d.refclassid
                when 'pg_catalog.pg_proc'::pg_catalog.regclass
                    then 'function ' || d.refobjid::pg_catalog.regprocedure::text
                when 'pg_catalog.pg_operator'::pg_catalog.regclass
                    then 'operator ' || d.refobjid::pg_catalog.regoperator::text
                else 'type ' || d.refobjid::pg_catalog.regtype::text end)
            from pg_catalog.pg_depend d
            where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
                and d.objid = i.indexrelid
                and (
                    d.refclassid in ('pg_catalog.pg_proc'::pg_catalog.regclass, 'pg_catalog.pg_operator'::pg_catalog.regclass)
                    or d.refclassid = 'pg_catalog.pg_type'::pg_catalog.regclass and not exists (
                        select from pg_catalog.pg_type t where t.oid = d.refobjid and t.typtype = 'e'))
        ) end,
        (
            select pg_catalog.min('function ' || p.oid::pg_catalog.regprocedure::text)
            from pg_catalog.pg_opclass oc
                join pg_catalog.pg_proc p on p.oid in (
                    select ap.amproc from pg_catalog.pg_amproc ap where ap.amprocfamily = oc.opcfamily
                    union all
                    select op.oprcode
                    from pg_catalog.pg_amop ao join pg_catalog.pg_operator op on op.oid = ao.amopopr
                    where ao.amopfamily = oc.opcfamily)
            where oc.oid = any (i.indclass::pg_catalog.oid[])
                and oc.oid >= 16384::pg_catalog.oid
                and am.amname = 'btree'
                and p.prolang not in (select l.oid from pg_catalog.pg_language l where l.lanname in ('internal', 'c'))
        )) as code,
    i.indkey[a.attnum - 1]::int as column,
    pg_catalog.pg_get_indexdef(i.indexrelid, a.attnum, false) as definition,
    a.attlen::int as length,
    case a.attalign when 'c' then 1 when 's' then 2 when 'i' then 4 else 8 end as align,
    a.attstorage as storage,
    a.atttypid in (17, 25, 1042, 1043) as octets,
    coalesce(ta.attnotnull, false) and not exists (
        select from pg_catalog.pg_constraint k
        where k.conrelid = ta.attrelid and k.contype = 'n' and not k.convalidated and k.conkey = array[ta.attnum]) as not_null,
    (
        select 'operator(' || pg_catalog.quote_ident(ns.nspname) || '.' || op.oprname || ')'
        from pg_catalog.pg_opclass oc
            join pg_catalog.pg_amop ao on ao.amopfamily = oc.opcfamily
                and ao.amoplefttype = oc.opcintype
                and ao.amoprighttype = oc.opcintype
                and ao.amopstrategy = 3
                and am.amname = 'btree'
            join pg_catalog.pg_operator op on op.oid = ao.amopopr
            join pg_catalog.pg_namespace ns on ns.oid = op.oprnamespace
        where a.attnum <= i.indnkeyatts and oc.oid = i.indclass[a.attnum - 1]
    ) as equality,
    (
        select pg_catalog.quote_ident(ns.nspname) || '.' || pg_catalog.quote_ident(co.collname)
        from pg_catalog.pg_collation co
            join pg_catalog.pg_namespace ns on ns.oid = co.collnamespace
        where a.attnum <= i.indnkeyatts and co.oid = i.indcollation[a.attnum - 1]
    ) as collation
from indexes i
    join pg_catalog.pg_am am on am.oid = i.relam
    join pg_catalog.pg_attribute a on a.attrelid = i.indexrelid and a.attnum > 0
    left join pg_catalog.pg_attribute ta on ta.attrelid = i.indrelid and ta.attnum = i.indkey[a.attnum - 1] and ta.attnum > 0
order by i.indexrelid, a.attnum

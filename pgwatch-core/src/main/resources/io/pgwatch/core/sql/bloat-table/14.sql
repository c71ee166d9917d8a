-- One table, as far as the catalogs tell without opening it.
-- Rows: one; none when it is gone.
-- Parameter: its oid.
-- Grant: none.
-- Cost: catalogs and one look at the locks; never waits for a lock on the table.
select
    pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname) as table,
    'pg_toast.' || pg_catalog.quote_ident(tt.relname) as toast,
    c.reltoastrelid::bigint as toast_oid,
    pg_catalog.pg_relation_filenode(c.oid)::bigint as file_node,
    exists (
        select from pg_catalog.pg_locks l
        where l.locktype = 'relation'
            and l.relation in (c.oid, c.reltoastrelid)
            and l.mode = 'AccessExclusiveLock'
            and l.pid <> pg_catalog.pg_backend_pid()
            and l.database = (
                select d.oid from pg_catalog.pg_database d where d.datname = pg_catalog.current_database())
    ) as locked,
    a.amname as method,
    case when pg_catalog.has_schema_privilege(n.oid, 'USAGE') then null
        else 'GRANT USAGE ON SCHEMA ' || pg_catalog.quote_ident(n.nspname) || ' TO ' || pg_catalog.quote_ident(current_user)
            || ';' end as lacks_schema,
    case when pg_catalog.has_table_privilege(c.oid, 'SELECT') then null
        else 'GRANT SELECT ON ' || pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname) || ' TO '
            || pg_catalog.quote_ident(current_user) || ';' end as lacks_table,
    pg_catalog.row_security_active(c.oid) as row_security,
    c.relispopulated as populated,
    c.relpersistence = 'u' as unlogged,
    pg_catalog.pg_is_in_recovery() as standby,
    c.oid < 16384::pg_catalog.oid as catalog,
    c.relnatts::int as attributes,
    coalesce((
        select o.option_value::int
        from pg_catalog.pg_options_to_table(c.reloptions) o
        where o.option_name = 'fillfactor'), 100) as fillfactor,
    coalesce((
        select o.option_value::int
        from pg_catalog.pg_options_to_table(c.reloptions) o
        where o.option_name = 'toast_tuple_target'), 2032) as toast_target,
    coalesce((
        select o.option_value::boolean
        from pg_catalog.pg_options_to_table(c.reloptions) o
        where o.option_name = 'autovacuum_enabled'), true) as autovacuum,
    pg_catalog.current_setting('block_size')::int as block_size,
    (c.relpages::bigint + coalesce(tt.relpages, 0) + coalesce((
        select sum(x.relpages)
        from pg_catalog.pg_index i join pg_catalog.pg_class x on x.oid = i.indexrelid
        where i.indrelid = c.oid), 0))::bigint as counted_pages
from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    left join pg_catalog.pg_am a on a.oid = c.relam
    left join pg_catalog.pg_class tt on tt.oid = c.reltoastrelid
where c.oid = ?::bigint::pg_catalog.oid and c.relkind in ('r', 'm')

package io.pgwatch.core;

import io.pgwatch.testsupport.Database;

/**
 * A schema that has something of its own by the name of everything in {@code pg_catalog}: each function, operator, table, view
 * and type that can be imitated. Whatever of it is used says so in the server's log, and fails.
 */
final class Traps {

    /** What the log says when one was used. */
    static final String SPRUNG = "a trap was sprung";

    private static final String SPRING = "begin perform traps.spring(); end";

    private Traps() {}

    /** Sets them in the database, and lets anybody step in; the path of a role leads there by {@code traps, pg_catalog}. */
    static void set(Database database) {
        database.execute(
                "create schema traps",
                "create function traps.spring() returns boolean language plpgsql as $$ begin raise exception '" + SPRUNG
                        + "'; end $$",
                functions(),
                operators(),
                relations(),
                types(),
                "grant usage on schema traps to public",
                "grant select on all tables in schema traps to public");
    }

    private static String functions() {
        return forEach("""
                select p.proname as name, p.proretset as many, p.prorettype as type,
                    pg_catalog.oidvectortypes(p.proargtypes) as arguments
                from pg_catalog.pg_proc p
                where p.pronamespace = 'pg_catalog'::regnamespace and p.prokind <> 'p'""", """
                format('create function traps.%I(%s) returns %s %s language plpgsql as %L', it.name, it.arguments,
                    case when it.many then 'setof' end, it.type::regtype, '""" + SPRING + "')");
    }

    private static String operators() {
        return forEach("""
                select o.oid, o.oprname as name, o.oprresult as type, o.oprkind = 'l' as prefix,
                    o.oprleft::regtype as l, o.oprright::regtype as r
                from pg_catalog.pg_operator o""", """
                format('create function traps.%I(%s%s) returns %s language plpgsql as %L;'
                    'create operator traps.%s (%srightarg = %s, function = traps.%I)',
                    'of operator ' || it.oid, case when not it.prefix then it.l || ',' end, it.r, it.type::regtype, '""" + SPRING + """
                ', it.name, case when not it.prefix then 'leftarg = ' || it.l || ',' end, it.r,
                    'of operator ' || it.oid)""");
    }

    private static String relations() {
        return forEach(
                """
                select c.relname as name from pg_catalog.pg_class c
                where c.relnamespace = 'pg_catalog'::regnamespace and c.relkind in ('r', 'v')""",
                "format('create view traps.%I as select * from pg_catalog.%I where traps.spring()', it.name, it.name)");
    }

    private static String types() {
        return forEach("""
                select t.typname as name from pg_catalog.pg_type t
                where t.typnamespace = 'pg_catalog'::regnamespace and t.typtype = 'b' and t.typcategory <> 'A'""", "format('create domain traps.%I as pg_catalog.text check (traps.spring())', it.name)");
    }

    /** What cannot be imitated, as a function of a pseudo-type, is left out. */
    private static String forEach(String query, String statement) {
        return "do $do$ declare it record; begin for it in " + query + " loop begin execute " + statement
                + "; exception when others then null; end; end loop; end $do$";
    }
}

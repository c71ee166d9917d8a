package io.pgwatch.testsupport;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Tables and indexes bloated in known ways, in a schema {@code corpus}. What a rebuild leaves of them is for PostgreSQL to
 * say: copy the database and run VACUUM FULL there, which rebuilds the indexes too.
 */
public final class BloatCorpus {

    /** No vacuum but those written here. */
    private static final String ALONE = " with (autovacuum_enabled = off, toast.autovacuum_enabled = off";

    private final List<String> statements = new ArrayList<>();
    private final long rows;
    private final String table;

    private BloatCorpus(String table, long rows) {
        this.table = "corpus." + table;
        this.rows = rows;
    }

    /** The statements that make the corpus, for one session, each in a transaction of its own. */
    public static List<String> statements(double scale, int seed) {
        List<String> all = new ArrayList<>(List.of(
                "create schema corpus",
                "create type corpus.state as enum ('new', 'paid', 'sent', 'done', 'lost')",
                "select setseed(" + seed % 1000 / 1000.0 + ")"));
        long n = Math.max(10, (long) (20_000 * scale));
        heaps(all, n);
        values(all, n);
        indexes(all, n);
        odd(all, n);
        return all;
    }

    private static BloatCorpus table(String name, long rows) {
        return new BloatCorpus(name, rows);
    }

    private BloatCorpus columns(String columns, String... options) {
        String more = options.length == 0 ? "" : ", " + String.join(", ", options);
        statements.add("create table " + table + " (" + columns + ")" + ALONE + more + ")");
        return this;
    }

    /** Rows made of the numbers from 1 on. */
    private BloatCorpus filledWith(String select) {
        statements.add("insert into " + table + " select " + select + " from generate_series(1, " + rows + ") i");
        return this;
    }

    private BloatCorpus index(String definition, String... options) {
        String with = options.length == 0 ? "" : " " + String.join(" ", options);
        statements.add("create index on " + table + " " + definition + with);
        return this;
    }

    /** Statements in which %s is the table and %d the number of rows. */
    private BloatCorpus then(String... more) {
        for (String one : more) {
            statements.add(one.replace("%s", table).replace("%d", Long.toString(rows)));
        }
        return this;
    }

    private BloatCorpus vacuum() {
        statements.add("vacuum (truncate off) " + table);
        return this;
    }

    private void into(List<String> all) {
        all.addAll(statements);
    }

    private static String words(int from, int to) {
        return String.format(
                Locale.ROOT,
                "left(repeat(md5(random()::text), %d), %d + (random() * %d)::int)",
                to / 32 + 1,
                from,
                to - from);
    }

    private static void heaps(List<String> all, long n) {
        table("fresh", n)
                .columns("id int primary key, name text")
                .filledWith("i, " + words(5, 40))
                .index("(name)")
                .into(all);
        table("random_delete", 2 * n)
                .columns("id bigint primary key, name text, at timestamptz not null")
                .filledWith("i, " + words(5, 60) + ", now() - i * interval '1 s'")
                .index("(name)")
                .index("(at)")
                .then("delete from %s where random() < 0.5")
                .vacuum()
                .into(all);
        table("nearly_all_deleted", 2 * n)
                .columns("id int primary key, note text")
                .filledWith("i, " + words(10, 100))
                .then("delete from %s where id % 10 <> 0")
                .vacuum()
                .into(all);
        table("oldest_deleted", 3 * n)
                .columns("id bigint generated always as identity primary key, at timestamptz, body text")
                .then("insert into %s (at, body) select now() - (%d - i) * interval '1 s', " + words(20, 120)
                        + " from generate_series(1, %d) i")
                .index("(at)")
                .then("delete from %s where id < %d * 0.7")
                .vacuum()
                .into(all);
        table("middle_deleted", 3 * n)
                .columns("id int primary key, body text")
                .filledWith("i, " + words(20, 80))
                .then("delete from %s where id between %d * 0.3 and %d * 0.55")
                .vacuum()
                .into(all);
        table("queue", 4 * n)
                .columns("id bigint primary key, state text, payload text")
                .filledWith("i, 'done', " + words(10, 200))
                .index("(state)")
                .then("delete from %s where id < %d * 0.98")
                .vacuum()
                .into(all);
        table("updated_once", n)
                .columns("id int primary key, counter int, note text")
                .filledWith("i, 0, " + words(30, 90))
                .index("(counter)")
                .then("update %s set counter = id")
                .vacuum()
                .into(all);
        table("updated_often", n)
                .columns("id int primary key, counter int, note text", "fillfactor = 70")
                .filledWith("i, i, " + words(30, 90))
                .index("(counter)")
                .then(
                        "update %s set note = note || 'x' where id % 3 = 0",
                        "vacuum %s",
                        "update %s set counter = counter + 1 where random() < 0.3",
                        "vacuum %s",
                        "update %s set counter = counter + 1 where random() < 0.3")
                .vacuum()
                .into(all);
        table("growing_rows", n)
                .columns("id int primary key, note text")
                .filledWith("i, ''")
                .then("update %s set note = " + words(100, 300) + " where random() < 0.7")
                .vacuum()
                .into(all);
        table("loose", n)
                .columns("id int primary key, note text", "fillfactor = 50")
                .filledWith("i, " + words(30, 90))
                .into(all);
        table("dead_rows", n)
                .columns("id int primary key, note text")
                .filledWith("i, " + words(30, 90))
                .then("delete from %s where random() < 0.3")
                .into(all);
        table("wide_rows", n / 4)
                .columns("id int primary key, a text, b text")
                .filledWith("i, " + words(300, 900) + ", " + words(200, 900))
                .then("delete from %s where random() < 0.35")
                .vacuum()
                .into(all);
    }

    private static void values(List<String> all, long n) {
        table("dropped_columns", n)
                .columns("a int, gone text, b bigint, also_gone int, c text")
                .filledWith("i, " + words(20, 50) + ", i, i, " + words(5, 20))
                .then("alter table %s drop gone", "alter table %s drop also_gone")
                .index("(a)")
                .into(all);
        table("many_nulls", n)
                .columns(
                        "id int primary key, a bigint, b text, c int, d timestamptz, e smallint, f text, g boolean, h uuid, i int")
                .filledWith("i, case when i % 2 = 0 then i end, case when i % 3 = 0 then " + words(3, 30)
                        + " end, case when i % 5 = 0 then i end, case when i % 7 < 3 then now() end, (i % 100)::smallint,"
                        + " case when random() < 0.5 then 'x' end, i % 2 = 1, case when i % 4 = 0 then gen_random_uuid() end,"
                        + " null")
                .index("(a)")
                .index("(b, c)")
                .index("(h)")
                .then("delete from %s where random() < 0.4")
                .vacuum()
                .into(all);
        table("added_columns", n)
                .columns("id int primary key")
                .filledWith("i")
                .then(
                        "alter table %s add state text not null default 'unknown', add extra jsonb default '{}', add n int default 7,"
                                + " add amount numeric default 12.50",
                        "insert into %s select %d + i, 'new state', '{\"a\": 1}', i, i * 1.1 from generate_series(1, %d / 3) i")
                .index("(state)")
                .into(all);
        table("aligned", n)
                .columns(
                        "a boolean, b bigint, c smallint, d timestamptz, e \"char\", f double precision, g char(3), h date,"
                                + " i bytea, j time, k varchar(20), l real")
                .filledWith("i % 2 = 0, i, (i % 1000)::smallint, now(), 'x', random(), 'abc', current_date - i % 100,"
                        + " decode(md5(i::text), 'hex'), '12:00', " + words(0, 20) + ", i")
                .index("(h)")
                .index("(i)")
                .index("(c, e, d)")
                .then("delete from %s where random() < 0.25")
                .vacuum()
                .into(all);
        table("rich_types", n)
                .columns(
                        "id uuid primary key, price numeric, doc jsonb, tags text[], net inet, span int4range, pay money")
                .filledWith("gen_random_uuid(), (random() * 1e6)::numeric(12, 4), jsonb_build_object('i', i, 'name', "
                        + words(5, 80) + "), array['a', " + words(2, 12)
                        + "], '10.0.0.1'::inet + i, int4range(i, i + 5), i")
                .index("(price)")
                .index("(net)")
                .index("(tags)")
                .then("delete from %s where random() < 0.5")
                .vacuum()
                .into(all);
        table("toast_external", n / 10)
                .columns("id int primary key, title text, body text")
                .then("alter table %s alter body set storage external")
                .filledWith("i, " + words(5, 30) + ", " + words(1000, 9000))
                .then("delete from %s where random() < 0.5")
                .vacuum()
                .into(all);
        table("toast_compressed", n / 5)
                .columns("id int primary key, body text")
                .filledWith("i, repeat(md5(i::text) || md5((i * 7)::text), 20 + (random() * 300)::int)")
                .then("delete from %s where id % 3 = 0")
                .vacuum()
                .into(all);
        table("toast_updated", n / 10)
                .columns("id int primary key, a text, b text, n int")
                .then("alter table %s alter a set storage external")
                .filledWith("i, " + words(1500, 4000) + ", " + words(100, 3000) + ", 0")
                .then("update %s set a = " + words(200, 6000) + " where random() < 0.6", "update %s set n = n + 1")
                .vacuum()
                .into(all);
        table("toast_early", n / 4)
                .columns("id int primary key, a text, b text", "toast_tuple_target = 256")
                .then("alter table %s alter a set storage external, alter b set storage external")
                .filledWith("i, " + words(100, 1500) + ", " + words(100, 2500))
                .then("delete from %s where random() < 0.3")
                .vacuum()
                .into(all);
        table("toast_main", n / 10)
                .columns("id int primary key, a text, b text")
                .then("alter table %s alter a set storage main, alter b set storage external")
                .filledWith("i, " + words(100, 1500) + ", " + words(500, 5000))
                .then("delete from %s where random() < 0.3")
                .vacuum()
                .into(all);
        StringBuilder many = new StringBuilder("id int primary key");
        StringBuilder some = new StringBuilder("i");
        for (int i = 0; i < 120; i++) {
            many.append(", c")
                    .append(i)
                    .append(i % 3 == 0 ? " int" : i % 3 == 1 ? " text" : " smallint not null default 1");
            if (i < 60) {
                some.append(
                        i % 3 == 0 ? ", case when random() < 0.5 then i end" : i % 3 == 1 ? ", 'v' || i % 10" : ", 2");
            }
        }
        table("many_columns", n / 8)
                .columns(many.toString())
                .filledWith(some.toString())
                .then("delete from %s where random() < 0.4")
                .vacuum()
                .into(all);
    }

    private static void indexes(List<String> all, long n) {
        table("few_values", 3 * n)
                .columns("id int primary key, state corpus.state not null, kind smallint, flag boolean, day date")
                .filledWith(
                        "i, (array['new', 'paid', 'sent', 'done', 'lost'])[1 + (random() * random() * 4.99)::int % 5]"
                                + "::corpus.state, (random() * 20)::smallint, random() < 0.1, current_date - (i / 100)::int")
                .index("(state)")
                .index("(kind)")
                .index("(flag)")
                .index("(day)")
                .index("(state, kind)")
                .then("delete from %s where random() < 0.5")
                .vacuum()
                .into(all);
        table("zipf", 3 * n)
                .columns("id int primary key, customer int, label text")
                .filledWith(
                        "i, (%d ^ random())::int, 'label ' || (1000 ^ random())::int".replace("%d", Long.toString(n)))
                .index("(customer)")
                .index("(label)")
                .index("(label, customer)")
                .then("delete from %s where random() < 0.6")
                .vacuum()
                .into(all);
        table("wide_keys", n)
                .columns("id int primary key, path text, email text not null")
                .filledWith("i, '/' || " + words(60, 240) + ", 'user' || i || '@example.org'")
                .index("(path)")
                .index("(email)")
                .then("update %s set path = path || '/' where random() < 0.5")
                .vacuum()
                .into(all);
        table("half_unique", 2 * n)
                .columns("id int primary key, ref text")
                .filledWith("i, case when random() < 0.5 then 'a value that many rows share ' || (i % 3) else "
                        + words(30, 90) + " end")
                .index("(ref)")
                .then("delete from %s where random() < 0.4")
                .vacuum()
                .into(all);
        table("expressions", 2 * n)
                .columns("id int primary key, email text, at timestamp, doc jsonb, a int, b int")
                .filledWith("i, 'User' || i % 5000 || '@Example.org', timestamp '2026-01-01' + i * interval '1 min',"
                        + " jsonb_build_object('k', i % 100), i, i % 7")
                .index("(lower(email))")
                .index("(date_trunc('day', at))")
                .index("((doc ->> 'k'))")
                .index("((a + b))")
                .index("(upper(left(email, 8)), (a % 10))")
                .index("(coalesce(email, ''))")
                .then("delete from %s where random() < 0.5")
                .vacuum()
                .into(all);
        table("partial", 3 * n)
                .columns("id int primary key, state text, at timestamptz")
                .filledWith("i, case when i % 50 = 0 then 'open' else 'closed' end, now()")
                .index("(at)", "where state = 'open'")
                .index("(id)", "where state <> 'open' and at is not null")
                .index("(state)", "where id > 100")
                .then("update %s set state = 'closed' where state = 'open' and random() < 0.8")
                .vacuum()
                .into(all);
        table("covering", 2 * n)
                .columns("id int primary key, a int, b text, c bigint, unique (a, id) include (c)")
                .filledWith("i, i % 1000, " + words(3, 30) + ", i")
                .index("(a) include (b, c)")
                .index("(a, b, c)")
                .index("(a desc, c)")
                .then("delete from %s where random() < 0.3")
                .vacuum()
                .into(all);
        table("nullable_keys", 2 * n)
                .columns("id int primary key, a int, b text, c int")
                .filledWith(
                        "i, case when random() < 0.2 then i % 500 end, case when random() < 0.5 then 'b' || i % 40 end, null")
                .index("(a)")
                .index("(a, b)")
                .index("(b, a)")
                .index("(c)")
                .then("delete from %s where random() < 0.35")
                .vacuum()
                .into(all);
        table("index_options", n)
                .columns("id int primary key, a int, b int, c text")
                .filledWith("i, i, i % 100, 'c' || i % 300")
                .index("(a)", "with (fillfactor = 60)")
                .index("(b)", "with (deduplicate_items = off)")
                .index("(b)", "with (fillfactor = 100)")
                .index("(c collate \"C\")")
                .index("(c text_pattern_ops)")
                .then("delete from %s where random() < 0.5")
                .vacuum()
                .into(all);
        table("random_inserts", n)
                .columns("id uuid primary key, ref uuid, n int")
                .index("(ref)")
                .index("(n)")
                .filledWith("gen_random_uuid(), gen_random_uuid(), (random() * 1e9)::int")
                .into(all);
        table("moving_window", 2 * n)
                .columns("id bigint primary key, at timestamptz, ref int")
                .index("(at)")
                .index("(ref)")
                .filledWith("i, now() + i * interval '1 s', (random() * 1e6)::int")
                .then(
                        "delete from %s where id <= %d * 0.95 and id % 100 <> 0",
                        "vacuum %s",
                        "insert into %s select %d + i, now() + (%d + i) * interval '1 s', i from generate_series(1, %d / 20) i")
                .vacuum()
                .into(all);
        table("names", n / 2)
                .columns("n name primary key, v varchar(50), c char(12)")
                .filledWith("'name_' || i, 'v' || i % 200, 'c' || i % 1000")
                .index("(v)")
                .index("(c)")
                .then("delete from %s where random() < 0.5")
                .vacuum()
                .into(all);
    }

    private static void odd(List<String> all, long n) {
        table("emptied", n)
                .columns("id int primary key, v text")
                .filledWith("i, 'v' || i")
                .index("(v)")
                .then("delete from %s", "vacuum %s")
                .into(all);
        table("one_page", 20)
                .columns("id int primary key, v text")
                .filledWith("i, 'v' || i")
                .into(all);
        table("churned_to_one_page", n)
                .columns("id int primary key, v text")
                .filledWith("i, 'v' || i")
                .index("(v)")
                .then("delete from %s where id > 20", "vacuum %s")
                .into(all);
        table("\"Größe \"\"x\"\" $1 ?\"", n)
                .columns("\"Id\" int primary key, \"a ? 'b\" text, \"{fn x}\" text")
                .filledWith("i, 'a' || i % 50, '?' || i")
                .index("(\"a ? 'b\")")
                .index("((\"{fn x}\" || '?{'))", "where \"a ? 'b\" <> '? {fn'")
                .then("delete from %s where random() < 0.5")
                .vacuum()
                .into(all);
        all.add("create unlogged table corpus.unlogged (id int primary key, v text)" + ALONE + ")");
        all.add("insert into corpus.unlogged select i, 'v' || i from generate_series(1, " + n + ") i");
        all.add("delete from corpus.unlogged where random() < 0.5");
        all.add("vacuum (truncate off) corpus.unlogged");
        all.add("create table corpus.parted (id int, region text, v text) partition by list (region)");
        for (String region : List.of("north", "south")) {
            all.add("create table corpus.parted_" + region + " partition of corpus.parted for values in ('" + region
                    + "')" + ALONE + ")");
        }
        all.add("create index on corpus.parted (v)");
        all.add("insert into corpus.parted select i, case when i % 3 = 0 then 'north' else 'south' end, 'v' || i % 1000"
                + " from generate_series(1, " + 2 * n + ") i");
        all.add("delete from corpus.parted where region = 'south' and random() < 0.6");
        all.add("vacuum (truncate off) corpus.parted_south");
        table("parent", n).columns("id int, v text").filledWith("i, 'v' || i").into(all);
        all.add("create table corpus.child (more text) inherits (corpus.parent)" + ALONE + ")");
        all.add("insert into corpus.child select i, 'v' || i, " + words(10, 60) + " from generate_series(1, " + n
                + ") i");
        all.add("delete from only corpus.child where random() < 0.5");
        all.add("vacuum (truncate off) corpus.child");
        all.add("create materialized view corpus.view" + ALONE
                + ") as select id, note from corpus.wide_rows, lateral (select a" + " || b as note) x");
        all.add("create index on corpus.view (id)");
    }
}

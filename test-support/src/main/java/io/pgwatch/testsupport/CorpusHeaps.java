package io.pgwatch.testsupport;

import static io.pgwatch.testsupport.CorpusTable.table;
import static io.pgwatch.testsupport.CorpusTable.words;

import java.util.List;

/** Tables bloated by what was done to their rows, and by what their rows are made of. */
final class CorpusHeaps {

    private CorpusHeaps() {}

    static void bloated(List<String> all, long n) {
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

    static void ofManyTypes(List<String> all, long n) {
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
}

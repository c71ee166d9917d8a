package io.pgwatch.testsupport;

import static io.pgwatch.testsupport.CorpusTable.table;
import static io.pgwatch.testsupport.CorpusTable.words;

import java.util.List;

/** Indexes bloated by what was done to the rows of their tables. */
final class CorpusIndexes {

    private CorpusIndexes() {}

    static void bloated(List<String> all, long n) {
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
}

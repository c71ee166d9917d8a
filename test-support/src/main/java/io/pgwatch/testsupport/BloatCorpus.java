package io.pgwatch.testsupport;

import static io.pgwatch.testsupport.CorpusTable.table;
import static io.pgwatch.testsupport.CorpusTable.words;

import java.util.ArrayList;
import java.util.List;

/**
 * Tables and indexes bloated in known ways, in a schema {@code corpus}. What a rebuild leaves of them is for PostgreSQL to
 * say: copy the database and run VACUUM FULL there, which rebuilds the indexes too.
 */
public final class BloatCorpus {

    private BloatCorpus() {}

    /** The statements that make the corpus, for one session, each in a transaction of its own. */
    public static List<String> statements(double scale, int seed) {
        List<String> all = new ArrayList<>(List.of(
                "create schema corpus",
                "create type corpus.state as enum ('new', 'paid', 'sent', 'done', 'lost')",
                "select setseed(" + seed % 1000 / 1000.0 + ")"));
        long n = Math.max(10, (long) (20_000 * scale));
        CorpusHeaps.bloated(all, n);
        CorpusHeaps.ofManyTypes(all, n);
        CorpusIndexes.bloated(all, n);
        odd(all, n);
        return all;
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
        all.add("create unlogged table corpus.unlogged (id int primary key, v text)" + CorpusTable.ALONE + ")");
        all.add("insert into corpus.unlogged select i, 'v' || i from generate_series(1, " + n + ") i");
        all.add("delete from corpus.unlogged where random() < 0.5");
        all.add("vacuum (truncate off) corpus.unlogged");
        all.add("create table corpus.parted (id int, region text, v text) partition by list (region)");
        for (String region : List.of("north", "south")) {
            all.add("create table corpus.parted_" + region + " partition of corpus.parted for values in ('" + region
                    + "')" + CorpusTable.ALONE + ")");
        }
        all.add("create index on corpus.parted (v)");
        all.add("insert into corpus.parted select i, case when i % 3 = 0 then 'north' else 'south' end, 'v' || i % 1000"
                + " from generate_series(1, " + 2 * n + ") i");
        all.add("delete from corpus.parted where region = 'south' and random() < 0.6");
        all.add("vacuum (truncate off) corpus.parted_south");
        table("parent", n).columns("id int, v text").filledWith("i, 'v' || i").into(all);
        all.add("create table corpus.child (more text) inherits (corpus.parent)" + CorpusTable.ALONE + ")");
        all.add("insert into corpus.child select i, 'v' || i, " + words(10, 60) + " from generate_series(1, " + n
                + ") i");
        all.add("delete from only corpus.child where random() < 0.5");
        all.add("vacuum (truncate off) corpus.child");
        all.add("create materialized view corpus.view" + CorpusTable.ALONE
                + ") as select id, note from corpus.wide_rows, lateral (select a" + " || b as note) x");
        all.add("create index on corpus.view (id)");
    }
}

package io.pgwatch.testsupport;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Makes one table of the {@link BloatCorpus}, statement by statement. */
final class CorpusTable {

    /** No vacuum but those written here. */
    static final String ALONE = " with (autovacuum_enabled = off, toast.autovacuum_enabled = off";

    private final List<String> statements = new ArrayList<>();
    private final long rows;
    private final String table;

    private CorpusTable(String table, long rows) {
        this.table = "corpus." + table;
        this.rows = rows;
    }

    static CorpusTable table(String name, long rows) {
        return new CorpusTable(name, rows);
    }

    CorpusTable columns(String columns, String... options) {
        String more = options.length == 0 ? "" : ", " + String.join(", ", options);
        statements.add("create table " + table + " (" + columns + ")" + ALONE + more + ")");
        return this;
    }

    /** Rows made of the numbers from 1 on. */
    CorpusTable filledWith(String select) {
        statements.add("insert into " + table + " select " + select + " from generate_series(1, " + rows + ") i");
        return this;
    }

    CorpusTable index(String definition, String... options) {
        String with = options.length == 0 ? "" : " " + String.join(" ", options);
        statements.add("create index on " + table + " " + definition + with);
        return this;
    }

    /** Statements in which %s is the table and %d the number of rows. */
    CorpusTable then(String... more) {
        for (String one : more) {
            statements.add(one.replace("%s", table).replace("%d", Long.toString(rows)));
        }
        return this;
    }

    CorpusTable vacuum() {
        statements.add("vacuum (truncate off) " + table);
        return this;
    }

    void into(List<String> all) {
        all.addAll(statements);
    }

    /** An expression for texts of random length. */
    static String words(int from, int to) {
        return String.format(
                Locale.ROOT,
                "left(repeat(md5(random()::text), %d), %d + (random() * %d)::int)",
                to / 32 + 1,
                from,
                to - from);
    }
}

package io.pgwatch.benchmarks;

import io.pgwatch.core.bloat.Limits;
import io.pgwatch.testsupport.BloatCorpus;
import io.pgwatch.testsupport.Database;
import io.pgwatch.testsupport.PgServer;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What reading bloat costs where there are very many tables: the first round over the largest 150 of them without an
 * allowance, and some time with the default one. Run it with {@code benchmarks/run.sh scale [major [tables [partitions]]]}.
 */
public final class BloatScale {

    private static final int AT_ONCE = 1000;

    private BloatScale() {}

    /** Runs it; the arguments are the major version, how many small tables there are, and how many partitions of one table. */
    public static void main(String[] arguments) throws Exception {
        int major = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 18;
        int tables = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 50_000;
        int partitions = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 10_000;
        try (PgServer server = PgServer.major(major)
                .with("autovacuum", "off")
                .with("shared_buffers", "512MB")
                .with("max_locks_per_transaction", "1000")
                .start()) {
            Database many = server.database("app");
            small(many, tables);
            large(many);
            print("%d tables and the corpus three times, PostgreSQL %d", tables, major);
            measure(many);
            server.execute("create database parted owner app");
            Database parted = server.database("parted");
            partitions(parted, partitions);
            print("%d partitions of one table", partitions);
            measure(parted);
        }
    }

    private static void measure(Database database) throws SQLException {
        BloatClient.Result result = BloatClient.measure(database, "app");
        long looked = result.sample().relations().stream()
                .map(one -> one.table())
                .distinct()
                .count();
        print("  %d tables measured, first time: %s", looked, result.first());
        print("  again: %s", result.warm());
        print(
                "  a minute with the default allowance: %s",
                BloatClient.measureFor(Duration.ofMinutes(1), database, "app", new Limits(0.02, 200, false)));
    }

    private static void small(Database database, int tables) {
        for (int from = 0; from < tables; from += AT_ONCE) {
            database.executeAs(
                    "app",
                    "do $$ begin for i in " + from + ".." + (Math.min(tables, from + AT_ONCE) - 1) + " loop execute"
                            + " 'create table small_' || i || ' (id int primary key, v text)'; end loop; end $$");
        }
    }

    private static void partitions(Database database, int partitions) {
        database.executeAs(
                "app",
                "create table parted (id int primary key, v text) partition by range (id)",
                "create index on parted (v)");
        for (int from = 0; from < partitions; from += AT_ONCE) {
            database.executeAs(
                    "app",
                    "do $$ begin for i in " + from + ".." + (Math.min(partitions, from + AT_ONCE) - 1) + " loop execute"
                            + " format('create table p_%s partition of parted for values from (%s) to (%s)', i, i * 1000, (i + 1) *"
                            + " 1000); end loop; end $$");
        }
        database.executeAs(
                "app",
                "insert into parted select i, 'value ' || i % 100 from generate_series(0, " + (partitions * 1000L - 1)
                        + ", 50) i",
                "delete from parted where id % 100 = 0");
    }

    private static void large(Database database) {
        for (int i = 1; i <= 3; i++) {
            List<String> statements = new ArrayList<>(BloatCorpus.statements(1, i));
            statements.add("alter schema corpus rename to corpus" + i);
            statements.add("grant usage on schema corpus" + i + " to app");
            statements.add("grant select on all tables in schema corpus" + i + " to app");
            database.execute(statements.toArray(String[]::new));
        }
    }

    private static void print(String format, Object... values) {
        System.out.println(String.format(Locale.ROOT, format, values));
    }
}

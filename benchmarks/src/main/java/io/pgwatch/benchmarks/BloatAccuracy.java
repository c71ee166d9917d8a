package io.pgwatch.benchmarks;

import io.pgwatch.snapshot.BloatSample;
import io.pgwatch.snapshot.BloatSample.Kind;
import io.pgwatch.testsupport.BloatCorpus;
import io.pgwatch.testsupport.Database;
import io.pgwatch.testsupport.PgServer;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * Bloat as pgwatch predicts it, as the widely used estimates from pg_stats say it, and as pgstattuple_approx measures dead
 * and free space, beside the truth: VACUUM FULL on a copy. Run it with {@code benchmarks/run.sh bloat [major [scale
 * [seed]]]}.
 */
public final class BloatAccuracy {

    private BloatAccuracy() {}

    /** What one method says of one relation, as a share of it. */
    private record Said(String relation, double ratio, double halfWidth) {}

    /** Runs it; the arguments are the major version, the scale of the corpus, and the seed of its random numbers. */
    public static void main(String[] arguments) throws Exception {
        int major = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 18;
        double scale = arguments.length > 1 ? Double.parseDouble(arguments[1]) : 1;
        int seed = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 1;
        try (PgServer server = PgServer.major(major)
                .with("autovacuum", "off")
                .with("shared_buffers", "512MB")
                .start()) {
            Database corpus = server.database("app");
            corpus.execute(BloatCorpus.statements(scale, seed).toArray(String[]::new));
            corpus.execute(
                    "grant usage on schema corpus to plain",
                    "grant select on all tables in schema corpus to plain",
                    "create extension pgstattuple");
            Map<String, Long> now = sizes(corpus);
            print(
                    "PostgreSQL %d, scale %s, seed %d: %d relations, %d MB",
                    major, scale, seed, now.size(), sum(now) >> 20);
            BloatClient.Result ours = BloatClient.measure(corpus, "plain"); // before any statistics
            corpus.execute("analyze");
            long started = System.nanoTime();
            List<Said> estimated = ask(corpus, BloatEstimates.SQL);
            double estimatedSeconds = (System.nanoTime() - started) / 1e9;
            started = System.nanoTime();
            List<Said> scanned = scan(corpus, now);
            double scannedSeconds = (System.nanoTime() - started) / 1e9;
            server.execute("create database rebuilt template app");
            server.database("rebuilt").execute("vacuum full", "reindex database rebuilt");
            Map<String, Long> truth = sizes(server.database("rebuilt"));

            print("%-34s %5s %7s %7s %7s %9s %9s", "", "n", "mean", "p90", "worst", "by bytes", "covered");
            score("pgwatch, tables and TOAST", said(ours.sample(), false), now, truth);
            score(
                    "estimate from pg_stats, tables",
                    estimated.stream()
                            .filter(one -> !one.relation().endsWith(" btree"))
                            .toList(),
                    now,
                    truth);
            score("pgstattuple_approx, dead + free", scanned, now, truth);
            score("pgwatch, b-trees", said(ours.sample(), true), now, truth);
            score("estimate from pg_stats, b-trees", btrees(estimated), now, truth);
            Map<String, Integer> pages = new TreeMap<>();
            ours.sample().relations().forEach(one -> pages.put(one.table(), one.pagesRead()));
            print(
                    "pgwatch: %d tables, %.0f pages a table, %d at most; first time: %s.",
                    pages.size(),
                    pages.values().stream().mapToInt(read -> read).average().orElse(0),
                    pages.values().stream().mapToInt(read -> read).max().orElse(0),
                    ours.first());
            print(
                    "A table with its indexes, warm: %.1f ms, server %.1f ms of CPU, client %.1f ms.",
                    ours.warm().seconds() * 1000 / pages.size(),
                    ours.warm().serverCpu() * 1000 / pages.size(),
                    ours.warm().clientCpu() * 1000 / pages.size());
            print("estimates: %.2f s; pgstattuple_approx: %.2f s.", estimatedSeconds, scannedSeconds);
        }
    }

    private static List<Said> said(BloatSample sample, boolean btree) {
        return sample.relations().stream()
                .filter(one -> (one.kind() == Kind.BTREE) == btree)
                .map(one -> new Said(one.relation(), one.ratio(), one.halfWidth()))
                .toList();
    }

    private static List<Said> btrees(List<Said> all) {
        return all.stream()
                .filter(one -> one.relation().endsWith(" btree"))
                .map(one -> new Said(one.relation().replace(" btree", ""), one.ratio(), Double.NaN))
                .toList();
    }

    private static List<Said> scan(Database database, Map<String, Long> tables) throws SQLException {
        List<Said> all = new ArrayList<>();
        try (Connection connection = database.connect("postgres");
                Statement statement = connection.createStatement()) {
            try (ResultSet rows =
                    statement.executeQuery("select quote_ident(n.nspname) || '.' || quote_ident(c.relname),"
                            + " (a.approx_free_percent + a.dead_tuple_percent) / 100 from pg_class c join pg_namespace n on"
                            + " n.oid = c.relnamespace, pgstattuple_approx(c.oid) a where c.relkind in ('r', 'm') and n.nspname ="
                            + " 'corpus'")) {
                while (rows.next()) {
                    if (tables.getOrDefault(rows.getString(1), 0L) > 0) {
                        all.add(new Said(rows.getString(1), Math.min(1, rows.getDouble(2)), Double.NaN));
                    }
                }
            }
        }
        return all;
    }

    private static List<Said> ask(Database database, String sql) throws SQLException {
        List<Said> all = new ArrayList<>();
        try (Connection connection = database.connect("postgres");
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            while (rows.next()) {
                all.add(new Said(rows.getString(1), Math.max(0, Math.min(1, rows.getDouble(2))), Double.NaN));
            }
        }
        return all;
    }

    private static Map<String, Long> sizes(Database database) throws SQLException {
        Map<String, Long> sizes = new HashMap<>();
        try (Connection connection = database.connect("postgres");
                Statement statement = connection.createStatement();
                ResultSet rows =
                        statement.executeQuery("select quote_ident(n.nspname) || '.' || quote_ident(c.relname),"
                                + " pg_relation_size(c.oid) from pg_class c join pg_namespace n on n.oid = c.relnamespace left join"
                                + " pg_class t on t.reltoastrelid = c.oid where c.relkind in ('r', 'm', 'i', 't') and (n.nspname ="
                                + " 'corpus' or t.relnamespace = 'corpus'::regnamespace)")) {
            while (rows.next()) {
                sizes.put(rows.getString(1), rows.getLong(2));
            }
        }
        return sizes;
    }

    private static long sum(Map<String, Long> sizes) {
        return sizes.values().stream().mapToLong(size -> size).sum();
    }

    private static void score(String method, List<Said> all, Map<String, Long> now, Map<String, Long> truth) {
        List<Double> errors = new ArrayList<>();
        double bytes = 0;
        double weighted = 0;
        int covered = 0;
        for (Said one : all) {
            Long before = now.get(one.relation());
            Long after = truth.get(one.relation());
            if (before != null && after != null && before > 0) {
                double error = Math.abs(one.ratio() - Math.max(0, 1 - (double) after / before));
                errors.add(error);
                bytes += before;
                weighted += error * before;
                covered += error <= one.halfWidth() + 1e-9 ? 1 : 0;
            }
        }
        errors.sort(null);
        print(
                "%-34s %5d %7.2f %7.2f %7.2f %9.2f %9s",
                method,
                errors.size(),
                100 * errors.stream().mapToDouble(error -> error).average().orElse(0),
                100 * errors.get((int) (errors.size() * 0.9)),
                100 * errors.get(errors.size() - 1),
                100 * weighted / bytes,
                Double.isNaN(all.get(0).halfWidth())
                        ? ""
                        : String.format(Locale.ROOT, "%.1f %%", 100.0 * covered / errors.size()));
    }

    private static void print(String format, Object... values) {
        System.out.println(String.format(Locale.ROOT, format, values));
    }
}

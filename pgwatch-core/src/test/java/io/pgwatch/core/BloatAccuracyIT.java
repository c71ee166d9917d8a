package io.pgwatch.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgwatch.snapshot.BloatSample;
import io.pgwatch.snapshot.BloatSample.Kind;
import io.pgwatch.snapshot.BloatSample.Relation;
import io.pgwatch.testsupport.BloatCorpus;
import io.pgwatch.testsupport.Database;
import io.pgwatch.testsupport.FreshDatabase;
import io.pgwatch.testsupport.NoLeaks;
import io.pgwatch.testsupport.PgServer;
import io.pgwatch.testsupport.SupportedMajors;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;

/** What is predicted beside what VACUUM FULL leaves, on a corpus of tables and indexes bloated in known ways. */
@NoLeaks
class BloatAccuracyIT {

    private static final double SCALE = 0.4;

    /** Below this, one page more or less says nothing about the method. */
    private static final long FEW_PAGES = 50;

    /** One prediction beside the truth, in points of a hundred. */
    private record Scored(Relation relation, double error) {

        boolean covered() {
            return error <= relation.halfWidth() * 100 + 1e-9;
        }

        long pages() {
            return relation.bytes() / 8192;
        }
    }

    @ParameterizedTest
    @SupportedMajors
    void a_rebuild_gives_back_what_was_predicted(PgServer server) {
        try (FreshDatabase database = server.freshDatabase();
                FreshDatabase copy = server.freshDatabase()) {
            database.execute(BloatCorpus.statements(SCALE, server.major()).toArray(String[]::new));
            database.execute(
                    "grant usage on schema corpus to plain", "grant select on all tables in schema corpus to plain");
            BloatSample sample;
            try (Bloats bloats = Bloats.of(database, "plain")) {
                sample = bloats.readAll();
            }
            server.execute(
                    "drop database " + copy.name(), "create database " + copy.name() + " template " + database.name());
            copy.execute(
                    "vacuum full", "reindex database " + copy.name()); // the former only inserts into TOAST's indexes

            Map<String, Long> truth = sizes(copy);
            List<Scored> heaps = new ArrayList<>();
            List<Scored> btrees = new ArrayList<>();
            for (Relation relation : sample.relations()) {
                if (relation.table().startsWith("corpus.") && relation.bytes() > 8192) {
                    Scored scored = score(relation, truth);
                    (relation.kind() == Kind.BTREE ? btrees : heaps).add(scored);
                }
            }
            assertThat(sample.unmeasured()).noneMatch(one -> one.relation().contains("corpus."));
            assertThat(heaps).hasSizeGreaterThan(45);
            assertThat(btrees).hasSizeGreaterThan(80);
            String report =
                    server + "\n" + figures(heaps) + "\n" + figures(btrees) + "\n" + missed(heaps) + missed(btrees);
            System.out.println(report);
            assertThat(mean(heaps)).as(report).isLessThan(0.5);
            assertThat(mean(btrees)).as(report).isLessThan(0.75);
            assertThat(worst(heaps)).as(report).isLessThan(5);
            assertThat(worst(btrees)).as(report).isLessThan(8);
            assertThat(coverage(heaps)).as(report).isGreaterThan(0.93);
            assertThat(coverage(btrees)).as(report).isGreaterThan(0.93);
            assertThat(reclaimed(heaps, truth) + reclaimed(btrees, truth))
                    .as(report)
                    .isBetween(-0.02, 0.02);
            assertThat(pagesRead(sample)).as(report).isLessThan(300);
        }
    }

    private static Map<String, Long> sizes(Database database) {
        Map<String, Long> sizes = new HashMap<>();
        for (String line : database.ask(
                        "select string_agg(quote_ident(n.nspname) || '.' || quote_ident(c.relname) || '\t'"
                                + " || pg_relation_size(c.oid), E'\n') from pg_class c join pg_namespace n on n.oid = c.relnamespace"
                                + " where c.relkind in ('r', 'm', 'i', 't')")
                .split("\n")) {
            sizes.put(line.split("\t")[0], Long.valueOf(line.split("\t")[1]));
        }
        return sizes;
    }

    private static Scored score(Relation relation, Map<String, Long> truth) {
        double given = 1 - (double) truth.get(relation.relation()) / relation.bytes();
        return new Scored(relation, 100 * Math.abs(relation.ratio() - Math.max(0, given)));
    }

    private static double mean(List<Scored> scores) {
        return scores.stream().mapToDouble(Scored::error).average().orElseThrow();
    }

    private static double worst(List<Scored> scores) {
        return scores.stream()
                .filter(score -> score.pages() >= FEW_PAGES)
                .mapToDouble(Scored::error)
                .max()
                .orElseThrow();
    }

    private static double coverage(List<Scored> scores) {
        return (double) scores.stream().filter(Scored::covered).count() / scores.size();
    }

    /** By how much all together is off, as a share of what a rebuild gives back. */
    private static double reclaimed(List<Scored> scores, Map<String, Long> truth) {
        long predicted = scores.stream()
                .mapToLong(one -> one.relation().reclaimableBytes())
                .sum();
        long given = scores.stream()
                .mapToLong(one -> Math.max(
                        0, one.relation().bytes() - truth.get(one.relation().relation())))
                .sum();
        return (double) (predicted - given) / given / 2;
    }

    private static double pagesRead(BloatSample sample) {
        return sample.relations().stream()
                .filter(one -> one.kind() == Kind.HEAP && one.table().startsWith("corpus."))
                .mapToInt(Relation::pagesRead)
                .average()
                .orElseThrow();
    }

    private static String figures(List<Scored> scores) {
        List<Double> errors = scores.stream().map(Scored::error).sorted().toList();
        return String.format(
                Locale.ROOT,
                "%d relations, mean %.2f, p90 %.2f, worst %.2f points, coverage %.1f %%",
                scores.size(),
                mean(scores),
                errors.get((int) (errors.size() * 0.9)),
                errors.get(errors.size() - 1),
                100 * coverage(scores));
    }

    private static String missed(List<Scored> scores) {
        StringBuilder lines = new StringBuilder();
        scores.stream()
                .filter(one -> !one.covered())
                .sorted(Comparator.comparingDouble(Scored::error).reversed())
                .forEach(one -> lines.append(
                        String.format(Locale.ROOT, "off by %.2f points: %s%n", one.error(), one.relation())));
        return lines.toString();
    }
}

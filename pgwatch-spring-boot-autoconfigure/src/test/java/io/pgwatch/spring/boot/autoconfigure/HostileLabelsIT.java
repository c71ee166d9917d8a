package io.pgwatch.spring.boot.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.pgwatch.PgWatch;
import io.pgwatch.core.JdbcPgWatch;
import io.pgwatch.core.probes.BloatProbe;
import io.pgwatch.core.probes.HorizonProbe;
import io.pgwatch.core.probes.VacuumProbe;
import io.pgwatch.core.probes.WraparoundProbe;
import io.pgwatch.micrometer.PgWatchMetrics;
import io.pgwatch.testsupport.Exposition;
import io.pgwatch.testsupport.FreshDatabase;
import io.pgwatch.testsupport.NoLeaks;
import io.pgwatch.testsupport.PgServer;
import io.pgwatch.testsupport.Promtool;
import io.pgwatch.testsupport.SupportedMajors;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;

/** Whether a scrape can be read, and names what is meant, whatever those who own tables and databases call them. */
@NoLeaks
class HostileLabelsIT {

    private static final List<String> NAMES = List.of(
            "x\"} 1\n# HELP forged_total forged\nforged_total{a=\"b",
            "ends with\\",
            "\\n\\\"'{}=,#",
            "\r\t\b\u0001\u007f\u0085\u2028\u2029",
            "\u001b[31m\u001b]0;title\u0007",
            "\u202ebackwards\u202c \u200bnobody sees\ufeff",
            "<script>alert(1)</script>&amp;<b>",
            "elephant \ud83d\udc18",
            "\u00e9".repeat(31) + "e", // 63 bytes, all that the server keeps
            "\ud83d\udc18".repeat(15) + "abc");

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

    @ParameterizedTest
    @SupportedMajors(with = "autovacuum_naptime=2147483")
    void a_scrape_names_what_is_meant_and_nothing_breaks_out_of_a_label(PgServer server) throws Exception {
        registry.throwExceptionOnRegistrationFailure();
        try (AutoCloseable databases = databases(server);
                FreshDatabase database = server.freshDatabase()) {
            createTables(database);
            try (PgWatch watch = watch(database);
                    PgWatchMetrics metrics = new PgWatchMetrics(
                            watch, PgWatchMetrics.Options.defaults().withMaxSeries(100))) {
                metrics.bindTo(registry);
                awaitAll(database);
                assumeThat(Promtool.isHere()).isTrue();
                assertThat(Promtool.check(registry.scrape())).isEmpty();
            }
        }
    }

    private static AutoCloseable databases(PgServer server) {
        NAMES.forEach(name -> server.execute("create database " + quoted(name)));
        return () -> NAMES.forEach(name -> server.execute("drop database " + quoted(name) + " with (force)"));
    }

    private static void createTables(FreshDatabase database) {
        for (String name : NAMES) {
            String table = quoted(name) + "." + quoted(name);
            database.execute(
                    "create schema " + quoted(name),
                    "create table " + table + " (i int) with (autovacuum_enabled = off)",
                    "create index " + quoted(indexOf(name)) + " on " + table + " (i)",
                    "insert into " + table + " select generate_series(1, 20000)",
                    "vacuum " + table,
                    "delete from " + table + " where i % 10 > 0");
        }
    }

    /** Another one, as hostile and no longer. */
    private static String indexOf(String table) {
        return table.substring(table.offsetByCodePoints(0, 1));
    }

    private static PgWatch watch(FreshDatabase database) {
        return JdbcPgWatch.builder(database.dataSource("postgres"))
                .interval(Duration.ofMillis(500))
                .probes(List.of(
                        WraparoundProbe.withDefaults(),
                        HorizonProbe.withDefaults(),
                        new VacuumProbe(1, 1000, 0, 0, 0, Duration.ofHours(1)),
                        new BloatProbe(0.1, 1, 0.5, 100_000, false)))
                .start();
    }

    private void awaitAll(FreshDatabase database) {
        List<String> tables = inSql(database, NAMES.stream());
        List<String> relations =
                inSql(database, Stream.concat(NAMES.stream(), NAMES.stream().map(HostileLabelsIT::indexOf)));
        await().atMost(Duration.ofSeconds(60)).untilAsserted(() -> {
            Exposition told = new Exposition(registry.scrape());
            assertThat(told.labels("pgwatch_wraparound_xid_age_transactions", "database"))
                    .containsAll(NAMES);
            assertThat(told.labels("pgwatch_vacuum_dead_rows", "table")).containsAll(tables);
            assertThat(told.labels("pgwatch_vacuum_pressure", "table")).containsAll(tables);
            assertThat(told.labels("pgwatch_bloat_relation_reclaimable_bytes", "relation"))
                    .containsAll(relations);
            assertThat(told.labels("pgwatch_horizon_age_transactions", "holder"))
                    .allMatch(kind -> kind.matches("[a-z]+"));
        });
    }

    /** As the server itself writes the relation of that name, in the schema that is called like its table. */
    private static List<String> inSql(FreshDatabase database, Stream<String> names) {
        return names.map(name ->
                        database.ask("select quote_ident(n.nspname) || '.' || quote_ident(c.relname) from pg_class c"
                                + " join pg_namespace n on n.oid = c.relnamespace where c.relname = '"
                                + name.replace("'", "''") + "'"))
                .toList();
    }

    private static String quoted(String name) {
        return '"' + name.replace("\"", "\"\"") + '"';
    }
}

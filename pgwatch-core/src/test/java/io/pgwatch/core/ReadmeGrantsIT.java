package io.pgwatch.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgwatch.Report;
import io.pgwatch.core.probes.BloatProbe;
import io.pgwatch.core.probes.HorizonProbe;
import io.pgwatch.core.probes.IdleInTransactionProbe;
import io.pgwatch.core.probes.PoolSaturationProbe;
import io.pgwatch.core.probes.VacuumProbe;
import io.pgwatch.core.probes.WraparoundProbe;
import io.pgwatch.evidence.Bloat;
import io.pgwatch.evidence.ProbeIds;
import io.pgwatch.probe.Level;
import io.pgwatch.testsupport.FreshDatabase;
import io.pgwatch.testsupport.NoLeaks;
import io.pgwatch.testsupport.PgServer;
import io.pgwatch.testsupport.SupportedMajors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;

/** The role that the README makes: its grants let it see what a superuser sees, and none of them is one too many. */
@NoLeaks
class ReadmeGrantsIT {

    private static final Pattern SQL = Pattern.compile("## Grants.*?```sql\\n(.*?)```", Pattern.DOTALL);

    @ParameterizedTest
    @SupportedMajors
    void are_enough_and_none_is_superfluous(PgServer server) throws Exception {
        List<String> statements = statements();
        assertThat(statements).hasSize(3);
        try (FreshDatabase database = server.freshDatabase();
                OpenSessions open = new OpenSessions()) {
            database.executeAs(
                    "app",
                    "create table t as select generate_series(1, 10000) as i",
                    "create index on t (i)",
                    "analyze t",
                    "delete from t where i % 10 > 0");
            open.inTransaction(database, "innocent", "select 1", "show work_mem");

            Report asSuperuser = report(database, "postgres");
            assertThat(asSuperuser.unknown()).isEmpty();
            Report granted = as(database, statements);
            assertThat(granted.unknown()).isEmpty();
            assertThat(levels(granted)).isEqualTo(levels(asSuperuser));
            assertThat(granted.verdict(ProbeIds.IDLE_IN_TRANSACTION).level()).isEqualTo(Level.WARNING);
            assertThat(unmeasured(granted)).doesNotContain("public.t");

            assertThat(as(database, without(statements, "pg_read_all_stats")).unknown())
                    .containsExactly("idle-in-transaction");
            assertThat(unmeasured(as(database, without(statements, "pg_read_all_data"))))
                    .contains("public.t");

            database.execute("revoke connect on database " + database.name() + " from public");
            assertThat(as(database, statements).unknown()).contains("wraparound");
        }
    }

    private static List<String> statements() throws IOException {
        Matcher block = SQL.matcher(Files.readString(Path.of("..", "README.md")));
        assertThat(block.find()).isTrue();
        return Stream.of(block.group(1).replaceAll("--.*", "").split(";"))
                .map(String::strip)
                .filter(statement -> !statement.isEmpty())
                .toList();
    }

    private static List<String> without(List<String> statements, String grant) {
        return statements.stream()
                .filter(statement -> !statement.contains(grant))
                .toList();
    }

    private static Report as(FreshDatabase database, List<String> statements) {
        database.execute(statements.toArray(String[]::new));
        try {
            return report(database, "pgwatch");
        } finally {
            database.execute("drop role pgwatch");
        }
    }

    private static Report report(FreshDatabase database, String role) {
        try (Sweeper watch = Sweeper.of(
                database.dataSource(role),
                Sweeper.probes(
                        PoolSaturationProbe.withDefaults(),
                        new IdleInTransactionProbe(Duration.ZERO, Duration.ofHours(1), Duration.ZERO, 100),
                        HorizonProbe.withDefaults(),
                        WraparoundProbe.withDefaults(),
                        VacuumProbe.withDefaults(),
                        new BloatProbe(0.1, 1, 0.5, 100_000, false)))) {
            watch.sweep();
            watch.clock().advance(Duration.ofMinutes(5));
            while (watch.collector().readSlowly() < TimeUnit.SECONDS.toNanos(60)) {
                // goes on
            }
            return watch.sweep();
        }
    }

    private static List<String> unmeasured(Report report) {
        return report.verdict(ProbeIds.BLOAT).seen().orElseThrow().unmeasured().stream()
                .map(Bloat.Unmeasured::relation)
                .toList();
    }

    private static List<Level> levels(Report report) {
        return report.probes().stream().map(probe -> probe.verdict().level()).toList();
    }
}

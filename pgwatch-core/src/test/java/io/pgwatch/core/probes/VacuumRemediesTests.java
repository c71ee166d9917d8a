package io.pgwatch.core.probes;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgwatch.evidence.Vacuum.Why;
import io.pgwatch.probe.Level;
import io.pgwatch.probe.Remedy;
import io.pgwatch.snapshot.Autovacuum;
import io.pgwatch.snapshot.History;
import io.pgwatch.snapshot.Tables.Table;
import io.pgwatch.snapshot.Tables.Trigger;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Of each reason why a table lags: the SQL that mends it, for a table, for its TOAST table and for a catalog. */
class VacuumRemediesTests {

    private static final Instant NOW = Instant.parse("2026-11-21T02:00:00Z");

    private static final String EARLIER =
            "ALTER TABLE a.b SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000);";

    private static Lag lag(String table, @Nullable String toastOf, long trigger, Autovacuum.Vacuum... vacuums) {
        Autovacuum autovacuum = new Autovacuum(true, true, 60, 3, 2, 300, vacuums.length, List.of(vacuums));
        Table lagging = new Table(
                7,
                table,
                toastOf,
                true,
                40_000_000,
                20_000_000,
                0,
                40_000_000L,
                8L << 30,
                new Trigger(trigger, null, true, 50, 0.2),
                null,
                null,
                null,
                NOW.minusSeconds(3600),
                false);
        return new Lag(lagging, autovacuum, History.EMPTY, NOW, 180, 1L << 30);
    }

    private static Lag sensible(String table, @Nullable String toastOf) {
        return lag(table, toastOf, 100_000);
    }

    private static Lag late(Autovacuum.Vacuum... vacuums) {
        return lag("a.b", null, 8_000_050, vacuums);
    }

    private static Remedy remedy(Lag lag, Why why) {
        return Objects.requireNonNull(VacuumRemedies.of(lag, why));
    }

    @ParameterizedTest
    @EnumSource(names = {"TRACK_COUNTS_OFF", "AUTOVACUUM_OFF", "WORKERS_BUSY", "NEVER_ANALYZED", "DUE", "NOT_COUNTED"})
    void vacuum_it_by_hand(Why why) {
        assertThat(remedy(sensible("a.b", null), why).sql()).isEqualTo("VACUUM (ANALYZE) a.b;");
        assertThat(remedy(sensible("pg_toast.pg_toast_1", "a.b"), why).sql())
                .as("nothing of a TOAST table is analyzed")
                .isEqualTo("VACUUM pg_toast.pg_toast_1;");
    }

    @Test
    void switch_autovacuum_on_for_the_table() {
        assertThat(remedy(sensible("a.b", null), Why.DISABLED_FOR_TABLE).sql())
                .isEqualTo("ALTER TABLE a.b RESET (autovacuum_enabled);\nVACUUM (ANALYZE) a.b;");
        assertThat(remedy(late(), Why.DISABLED_FOR_TABLE).sql())
                .isEqualTo("ALTER TABLE a.b RESET (autovacuum_enabled);\n" + EARLIER + "\nVACUUM (ANALYZE) a.b;");
        assertThat(remedy(sensible("pg_toast.pg_toast_1", "a.b"), Why.DISABLED_FOR_TABLE)
                        .sql())
                .isEqualTo("ALTER TABLE a.b RESET (autovacuum_enabled, toast.autovacuum_enabled);\n"
                        + "VACUUM pg_toast.pg_toast_1;");
        assertThat(remedy(sensible("pg_catalog.pg_depend", null), Why.DISABLED_FOR_TABLE)
                        .sql())
                .as("options of a catalog cannot be set")
                .isEqualTo("VACUUM (ANALYZE) pg_catalog.pg_depend;");
    }

    @Test
    void switch_it_on_for_the_server() {
        assertThat(VacuumRemedies.switchOn("autovacuum").sql())
                .isEqualTo("ALTER SYSTEM SET autovacuum = on;\nSELECT pg_reload_conf();");
        assertThat(VacuumRemedies.switchOn("autovacuum").text())
                .as("no database and no role has it")
                .doesNotContain("ALTER DATABASE");
        assertThat(VacuumRemedies.switchOn("track_counts").text()).contains("ALTER DATABASE or ALTER ROLE … RESET it");
    }

    @Test
    void let_workers_do_more() {
        assertThat(remedy(late(), Why.THROTTLED).sql())
                .isEqualTo("ALTER SYSTEM SET autovacuum_vacuum_cost_limit = 1500;\nSELECT pg_reload_conf();");
        assertThat(remedy(sensible("a.b", null), Why.INDEX_PASSES).sql())
                .isEqualTo("ALTER SYSTEM SET autovacuum_work_mem = '1GB';\nSELECT pg_reload_conf();");
        assertThat(remedy(late(), Why.INDEX_PASSES)).satisfies(remedy -> {
            assertThat(remedy.sql()).endsWith("\n" + EARLIER);
            assertThat(remedy.text()).endsWith("a trigger of 2 % of its rows, not 8.0 M of them, starts it earlier:");
        });
    }

    @ParameterizedTest
    @CsvSource({
        "200, limit = 1000, do more",
        "1999, limit = 9995, do more",
        "2001, limit = 10000, do more",
        "9999, limit = 10000, do more",
        "10000, delay = '0.5ms', sleep less"
    })
    void ask_for_no_limit_that_the_server_does_not_take(int limit, String setting, String what) {
        Lag late = late();
        Autovacuum throttling = new Autovacuum(true, true, 60, 3, 2, limit, 1, List.of());
        Lag throttled = new Lag(late.table(), throttling, History.EMPTY, NOW, 180, 1L << 30);

        assertThat(remedy(throttled, Why.THROTTLED).text()).startsWith("Let the workers " + what);
        assertThat(remedy(throttled, Why.THROTTLED).sql())
                .isEqualTo("ALTER SYSTEM SET autovacuum_vacuum_cost_" + setting + ";\nSELECT pg_reload_conf();");
    }

    @Test
    void give_memory_to_the_session_that_vacuums_by_hand() {
        Lag byHand = late(new Autovacuum.Vacuum(1, 7L, false, "vacuuming heap", 9L, 5L, 2L, false, null));

        assertThat(remedy(byHand, Why.INDEX_PASSES)).satisfies(remedy -> {
            assertThat(remedy.text()).startsWith("It was started by hand: next time, first set maintenance_work_mem");
            assertThat(remedy.sql()).isEqualTo(EARLIER);
            assertThat(remedy.impact()).isEqualTo(Remedy.Impact.APPLICATION);
        });
        Lag byWorker = late(new Autovacuum.Vacuum(1, 7L, true, "vacuuming heap", 9L, 5L, 2L, false, null));
        assertThat(remedy(byWorker, Why.INDEX_PASSES).text()).startsWith("If a worker has less than 1 GB");
    }

    @Test
    void let_it_end_and_begin_earlier_the_next_time() {
        assertThat(remedy(late(), Why.AT_WORK).sql()).isEqualTo(EARLIER);
        assertThat(remedy(sensible("a.b", null), Why.AT_WORK))
                .isEqualTo(new Remedy("Let it end.", null, Remedy.Impact.ONLINE));
        assertThat(remedy(late(), Why.TRIGGER_HIGH).sql()).isEqualTo(EARLIER);
    }

    @Test
    void to_vacuum_what_is_pinned_is_in_vain() {
        assertThat(remedy(late(), Why.PINNED).sql()).isNull();
        assertThat(VacuumRemedies.of(late(), null)).isNull();
    }

    @ParameterizedTest
    @CsvSource(nullValues = "-", textBlock = """
                    1, 'a worker is on it (scanning heap, 10 of 100 pages), and does not keep up', true, 10, -
                    1, 'session 4711 vacuums it (scanning heap, 10 of 100 pages), and does not keep up', false, 10, -
                    1, 'a worker is on it, and does not keep up', true, -, -
                    2, 'a worker is on it, and goes through all indexes for the 3. time', true, -, -
                    1, 'a worker is on it, and sleeps because of its cost limit (300 shared by all workers, 2 ms each time)', true, -, 0.9
                    1, 'a worker is on it, and sleeps because of its cost limit (300 shared by all workers, 2 ms each time, 1 s of it by now)', true, -, 1
                    """)
    void what_is_on_it_is_told(
            long passes, String told, boolean automatic, @Nullable Long scanned, @Nullable Double delayed) {
        Autovacuum.Vacuum vacuum = new Autovacuum.Vacuum(
                4711,
                7L,
                automatic,
                scanned == null ? null : "scanning heap",
                100L,
                scanned,
                passes,
                delayed != null,
                delayed);

        String cause = new VacuumWords(VacuumProbe.withDefaults(), Optional.empty())
                .finding(Level.WARNING, late(vacuum))
                .cause();

        assertThat(cause).startsWith(told);
    }
}

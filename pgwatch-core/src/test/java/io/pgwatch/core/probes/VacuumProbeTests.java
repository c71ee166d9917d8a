package io.pgwatch.core.probes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.pgwatch.evidence.Vacuum;
import io.pgwatch.evidence.Vacuum.Why;
import io.pgwatch.probe.Finding;
import io.pgwatch.probe.Level;
import io.pgwatch.probe.Remedy;
import io.pgwatch.probe.Verdict;
import io.pgwatch.snapshot.Autovacuum;
import io.pgwatch.snapshot.Cause;
import io.pgwatch.snapshot.History;
import io.pgwatch.snapshot.Holders;
import io.pgwatch.snapshot.Reading;
import io.pgwatch.snapshot.Server;
import io.pgwatch.snapshot.Snapshot;
import io.pgwatch.snapshot.Tables;
import io.pgwatch.snapshot.Tables.Table;
import io.pgwatch.snapshot.Tables.Trigger;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VacuumProbeTests {

    private static final Instant NOW = Instant.parse("2026-11-21T02:00:00Z");
    private static final long MIB = 1 << 20;
    private static final Trigger TRIGGER = new Trigger(1_000_000, 1_000_000L, true, 50, 0.2);
    private static final Autovacuum QUIET = autovacuum(true, true, 0);

    private final VacuumProbe probe = VacuumProbe.withDefaults();

    @ParameterizedTest(name = "{0} dead rows of a trigger of 1,000,000 in {1} MiB for {2} s are {3}")
    @CsvSource({
        "1999999, 256, 180, OK",
        "2000000, 255, 180, OK",
        "2000000, 256, 165, OK",
        "2000000, 256, 180, WARNING",
        "4999999, 1024, 1800, WARNING",
        "5000000, 1023, 1800, WARNING",
        "5000000, 1024, 1785, WARNING",
        "5000000, 1024, 1800, CRITICAL"
    })
    void judges_by_pressure_size_and_time(long dead, long mebibytes, int seconds, Level expected) {
        assertThat(probe.judge(snapshot(table(dead, mebibytes), seconds)).level())
                .isEqualTo(expected);
    }

    @Test
    void a_worker_on_the_table_is_given_half_an_hour() {
        Autovacuum.Vacuum worker = worker(7L, 1, false);

        assertThat(probe.judge(snapshot(table(4_000_000, 2048), 1785, autovacuum(true, true, 1, worker)))
                        .level())
                .isEqualTo(Level.OK);
        assertThat(probe.judge(snapshot(table(4_000_000, 2048), 1800, autovacuum(true, true, 1, worker)))
                        .level())
                .isEqualTo(Level.WARNING);
    }

    @Test
    void a_vacuum_of_which_the_table_is_hidden_may_be_on_it() {
        Autovacuum hidden =
                autovacuum(true, true, 1, new Autovacuum.Vacuum(4711, null, true, null, null, null, null, null, null));

        assertThat(probe.judge(snapshot(table(4_000_000, 2048), 1000, hidden)).level())
                .isEqualTo(Level.OK);
        assertThat(evidence(snapshot(table(4_000_000, 2048), 1000, hidden)).cause())
                .isEqualTo(Why.AT_WORK);
    }

    @Test
    void rows_inserted_are_never_critical() {
        Table table = new Table(
                7,
                "a.b",
                null,
                true,
                9_000_000,
                0,
                9_000_000,
                5_000_000L,
                4096 * MIB,
                TRIGGER,
                null,
                null,
                null,
                NOW.minusSeconds(7200),
                false);

        Verdict<Vacuum> verdict = probe.judge(snapshot(table, 7200));

        assertThat(verdict.level()).isEqualTo(Level.WARNING);
        assertThat(verdict.summary())
                .startsWith("a.b has 9.0 M rows inserted since its last VACUUM, 9.0 times its trigger");
    }

    @Test
    void each_cause_decides_before_the_next() {
        Table table = table(4_000_000, 2048);
        Autovacuum busy = autovacuum(true, true, 3);

        assertThat(why(table, autovacuum(true, false, 3))).isEqualTo(Why.TRACK_COUNTS_OFF);
        assertThat(why(table, autovacuum(false, true, 3))).isEqualTo(Why.AUTOVACUUM_OFF);
        assertThat(why(disabled(table), busy)).isEqualTo(Why.DISABLED_FOR_TABLE);
        assertThat(why(vacuumed(table), busy)).isEqualTo(Why.PINNED);
        assertThat(why(table, autovacuum(true, true, 3, worker(7L, 2, true)))).isEqualTo(Why.THROTTLED);
        assertThat(why(table, autovacuum(true, true, 3, worker(7L, 2, false)))).isEqualTo(Why.INDEX_PASSES);
        assertThat(why(table, autovacuum(true, true, 3, worker(7L, 1, false)))).isEqualTo(Why.AT_WORK);
        assertThat(why(table, busy)).isEqualTo(Why.WORKERS_BUSY);
        assertThat(why(table, QUIET)).isEqualTo(Why.SKIPPED);
        assertThat(evidence(snapshot(table, 165)).cause()).isEqualTo(Why.DUE);
    }

    @Test
    void a_table_taken_for_empty_is_told_so() {
        Table fresh = new Table(
                7,
                "a.b",
                null,
                true,
                9_000_000,
                1_000_000,
                0,
                null,
                2048 * MIB,
                new Trigger(50, 1000L, true, 50, 0.2),
                null,
                null,
                null,
                NOW.minusSeconds(1000),
                false);

        assertThat(evidence(snapshot(fresh, 1000)).cause()).isEqualTo(Why.NEVER_ANALYZED);
    }

    @Test
    void a_table_below_a_trigger_that_is_too_high_raises_nothing_but_is_told() {
        Table huge = new Table(
                7,
                "a.b",
                null,
                true,
                1_000_000_000L,
                150_000_000,
                0,
                1_000_000_000L,
                200_000 * MIB,
                new Trigger(200_000_050, null, true, 50, 0.2),
                null,
                null,
                null,
                null,
                false);

        Verdict<Vacuum> verdict = probe.judge(snapshot(huge, 0));

        assertThat(verdict.level()).isEqualTo(Level.OK);
        assertThat(evidence(snapshot(huge, 0)).cause()).isEqualTo(Why.TRIGGER_HIGH);
    }

    @Test
    void the_remedy_puts_the_trigger_at_two_percent_of_the_rows_or_a_hundred_million() {
        assertThat(trigger(40_000_000, 8_000_050, null))
                .isEqualTo(
                        "ALTER TABLE a.b SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000);");
        assertThat(trigger(40_000_000, 8_000_050, "a.\"B c\""))
                .isEqualTo("ALTER TABLE a.\"B c\" SET (toast.autovacuum_vacuum_scale_factor = 0.02,"
                        + " toast.autovacuum_vacuum_threshold = 1000);");
        assertThat(trigger(10_000_000_000L, 2_000_000_050L, null))
                .isEqualTo(
                        "ALTER TABLE a.b SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 100000000);");
        assertThat(trigger(40_000_000, 801_000, null)).isNull();
    }

    private static @Nullable String trigger(long rows, long trigger, @Nullable String toastOf) {
        Table table = new Table(
                7,
                "a.b",
                toastOf,
                true,
                rows,
                trigger + 1,
                0,
                rows,
                rows * 200,
                new Trigger(trigger, null, true, 50, 0.2),
                null,
                null,
                null,
                null,
                false);
        return VacuumRemedies.trigger(new Lag(table, QUIET, History.EMPTY, NOW, 180, 1L << 30))
                .orElse(null);
    }

    @Test
    void rows_that_a_vacuum_left_are_explained_by_what_holds_them() {
        Snapshot pinned = snapshot(vacuumed(table(6_000_000, 2048)), 3600)
                .with(
                        Holders.SECTION,
                        taken(new Holders(
                                List.of(new Holders.Prepared("two phases", "app", "app", true, 20_000_000, 9000)),
                                List.of())));

        Finding finding = probe.judge(pinned).findings().get(0);

        assertThat(finding.cause())
                .contains("VACUUM ended at 2026-11-21T01:59:30Z", "prepared transaction 'two phases'");
        assertThat(finding.explainedBy()).isEqualTo("horizon/prepared-two phases");
    }

    @Test
    void a_switch_that_is_off_is_the_root() {
        Verdict<Vacuum> verdict = probe.judge(snapshot(table(6_000_000, 2048), 3600, autovacuum(false, true, 0)));

        assertThat(verdict.level()).isEqualTo(Level.CRITICAL);
        assertThat(verdict.findings()).extracting(Finding::id).containsExactly("vacuum/autovacuum", "vacuum/a.b");
        assertThat(verdict.findings()).extracting(Finding::explainedBy).containsExactly(null, "vacuum/autovacuum");
        assertThat(probe.judge(snapshot(table(0, 1), 0, autovacuum(true, false, 0)))
                        .findings())
                .extracting(Finding::id)
                .containsExactly("vacuum/track_counts");
    }

    @Test
    void is_unknown_before_the_first_turn_has_ended_unless_something_is_found() {
        Tables partly = new Tables(List.of(table(0, 1)), 4000, null, null);
        Tables found = new Tables(List.of(table(6_000_000, 2048)), 4000, null, null);

        Verdict<Vacuum> verdict = probe.judge(snapshot(partly, 3600, QUIET));

        assertThat(verdict).isInstanceOf(Verdict.Unknown.class);
        assertThat(((Verdict.Unknown<Vacuum>) verdict).cause()).isEqualTo(Cause.NOT_YET);
        assertThat(verdict.summary()).contains("4,000 relations");
        assertThat(probe.judge(snapshot(found, 3600, QUIET)).level()).isEqualTo(Level.CRITICAL);
    }

    @Test
    void is_unknown_while_large_tables_have_no_statistics() {
        Table lost = new Table(
                7, "a.b", null, false, 0, 0, 0, 1_000_000L, 256 * MIB, TRIGGER, null, null, null, null, false);

        Verdict<Vacuum> verdict = probe.judge(
                snapshot(new Tables(List.of(lost), 0, 10L, Instant.parse("2026-11-21T01:00:00.5Z")), 0, QUIET));

        assertThat(verdict.summary()).contains("no statistics of 1 large tables", "since 2026-11-21T01:00:00Z");
        Remedy remedy = ((Verdict.Unknown<Vacuum>) verdict).remedy();
        assertThat(Objects.requireNonNull(remedy).sql()).isEqualTo("ANALYZE a.b;");
        Vacuum.Table told = verdict.seen().orElseThrow().tables().get(0);
        assertThat(told.deadRows()).isNull();
        assertThat(told.pressure()).isNull();
    }

    @Test
    void is_not_applicable_on_a_standby() {
        Snapshot standby = snapshot(table(6_000_000, 2048), 3600)
                .with(Server.SECTION, taken(new Server("1", "h", 1, "18.0", 18, "app", "app", true, null)));

        assertThat(((Verdict.Unknown<Vacuum>) probe.judge(standby)).cause()).isEqualTo(Cause.NOT_APPLICABLE);
    }

    @Test
    void an_episode_before_the_last_calm_does_not_count() {
        Table again = new Table(
                7,
                "a.b",
                null,
                true,
                9_000_000,
                6_000_000,
                0,
                5_000_000L,
                2048 * MIB,
                TRIGGER,
                null,
                null,
                null,
                NOW.minusSeconds(60),
                false);

        assertThat(probe.judge(snapshot(again, 3600)).level()).isEqualTo(Level.OK);
    }

    @Test
    void forecasts_when_a_warning_becomes_critical_from_ten_minutes_of_growth() {
        History growing = History.EMPTY;
        for (int second = 0; second <= 1200; second += 15) {
            Table then = table(2_400_000 + second * 500L, 2048);
            growing = growing.with(NOW.minusSeconds(1200 - second), new Tables(List.of(then), 0, 1L, null));
        }
        Snapshot snapshot = snapshot(table(3_000_000, 2048), 3600);

        assertThat(probe.judge(snapshot.with(growing)).summary())
                .contains("; 5.0 times in about 67 min at the growth of the last 20 min");
        assertThat(probe.judge(snapshot).summary()).doesNotContain("growth");
    }

    @Test
    void names_in_sentences_stay_on_their_line_and_in_sql_as_they_are() {
        Table odd = new Table(
                7,
                "a.\"o'ne\ntwo\"",
                null,
                true,
                9_000_000,
                6_000_000,
                0,
                5_000_000L,
                2048 * MIB,
                TRIGGER,
                null,
                null,
                null,
                NOW.minusSeconds(3600),
                false);

        Finding finding = probe.judge(snapshot(odd, 3600)).findings().get(0);

        assertThat(finding.summary()).startsWith("a.\"o'ne two\" has");
        assertThat(Objects.requireNonNull(finding.remedy()).sql())
                .contains("relation = U&'a.\"o''ne\\+00000atwo\"'::regclass");
    }

    @Test
    void refuses_thresholds_that_contradict_each_other() {
        Duration half = Duration.ofMinutes(30);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new VacuumProbe(5, 2, 0, 0, 3, half))
                .withMessage("want 1 <= warning-pressure <= critical-pressure, got 5.0 and 2.0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new VacuumProbe(2, 5, 2, 1, 3, half))
                .withMessage("want 0 <= warning-bytes <= critical-bytes, got 2 and 1");
        assertThatIllegalArgumentException().isThrownBy(() -> new VacuumProbe(2, 5, 1, 1, -1, half));
        assertThatIllegalArgumentException().isThrownBy(() -> new VacuumProbe(2, 5, 1, 1, 3, half.negated()));
    }

    private static Why why(Table table, Autovacuum autovacuum) {
        return Objects.requireNonNull(
                evidence(snapshot(table, 3600, autovacuum)).cause());
    }

    private static Vacuum.Table evidence(Snapshot snapshot) {
        return VacuumProbe.withDefaults()
                .judge(snapshot)
                .seen()
                .orElseThrow()
                .tables()
                .get(0);
    }

    private static Table table(long dead, long mebibytes) {
        return new Table(
                7,
                "a.b",
                null,
                true,
                5_000_000,
                dead,
                0,
                5_000_000L,
                mebibytes * MIB,
                TRIGGER,
                null,
                null,
                null,
                NOW.minusSeconds(86_400),
                false);
    }

    private static Table disabled(Table table) {
        return new Table(
                7,
                "a.b",
                null,
                true,
                5_000_000,
                table.deadRows(),
                0,
                5_000_000L,
                table.bytes(),
                new Trigger(1_000_000, null, false, 50, 0.2),
                null,
                null,
                null,
                table.aboveSince(),
                false);
    }

    private static Table vacuumed(Table table) {
        return new Table(
                7,
                "a.b",
                null,
                true,
                5_000_000,
                table.deadRows(),
                0,
                5_000_000L,
                table.bytes(),
                TRIGGER,
                NOW.minusSeconds(30),
                null,
                null,
                table.aboveSince(),
                true);
    }

    private static Autovacuum.Vacuum worker(long table, long passes, boolean throttled) {
        return new Autovacuum.Vacuum(4711, table, true, "scanning heap", 100L, 10L, passes, throttled, 2.0);
    }

    private static Autovacuum autovacuum(boolean enabled, boolean trackCounts, int busy, Autovacuum.Vacuum... vacuums) {
        return new Autovacuum(enabled, trackCounts, 60, 3, 2, 200, busy, List.of(vacuums));
    }

    private static Snapshot snapshot(Table table, int seconds) {
        return snapshot(table, seconds, QUIET);
    }

    private static Snapshot snapshot(Table table, int seconds, Autovacuum autovacuum) {
        return snapshot(new Tables(List.of(table), 0, 10L, null), seconds, autovacuum);
    }

    /** With the same reading over and over for so long. */
    private static Snapshot snapshot(Tables tables, int seconds, Autovacuum autovacuum) {
        History history = History.EMPTY;
        for (int second = seconds; second >= 0; second -= 15) {
            history = history.with(NOW.minusSeconds(second), tables);
        }
        return Snapshot.at(NOW)
                .with(Server.SECTION, taken(new Server("1", "h", 1, "18.0", 18, "app", "app", false, null)))
                .with(Tables.SECTION, taken(tables))
                .with(Autovacuum.SECTION, taken(autovacuum))
                .with(history);
    }

    private static <T> Reading<T> taken(T value) {
        return new Reading.Taken<>(value, NOW);
    }
}

package io.pgwatch.core.probes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.pgwatch.evidence.Wraparound;
import io.pgwatch.probe.Finding;
import io.pgwatch.probe.Level;
import io.pgwatch.probe.Remedy;
import io.pgwatch.probe.Verdict;
import io.pgwatch.snapshot.Cause;
import io.pgwatch.snapshot.Databases;
import io.pgwatch.snapshot.Databases.Database;
import io.pgwatch.snapshot.History;
import io.pgwatch.snapshot.Holders;
import io.pgwatch.snapshot.MultixactMembers;
import io.pgwatch.snapshot.OldestTables;
import io.pgwatch.snapshot.Reading;
import io.pgwatch.snapshot.Server;
import io.pgwatch.snapshot.Snapshot;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WraparoundProbeTests {

    private static final Instant NOW = Instant.parse("2026-11-21T02:00:00Z");
    private static final long FREEZE_MAX_AGE = 200_000_000;

    private final WraparoundProbe probe = WraparoundProbe.withDefaults();

    @ParameterizedTest(name = "an age of {0} that stands still is {1}")
    @CsvSource({
        "0, OK",
        "200000000, OK",
        "399999999, OK",
        "400000000, WARNING",
        "799999999, WARNING",
        "800000000, CRITICAL",
        "2147483647, CRITICAL"
    })
    void judges_an_age_that_does_not_fall_by_multiples_of_freeze_max_age(long age, Level expected) {
        assertThat(probe.judge(still(age, FREEZE_MAX_AGE)).level()).isEqualTo(expected);
    }

    @ParameterizedTest(name = "with a freeze_max_age of {0}, a falling age of {1} is {2}")
    @CsvSource({
        "200000000, 799999999, OK",
        "200000000, 800000000, CRITICAL",
        "1000000000, 1099999999, OK",
        "1000000000, 1100000000, WARNING",
        "500000000, 858993459, OK",
        "500000000, 858993460, WARNING",
        "1000000000, 1599999999, WARNING",
        "1000000000, 1600000000, CRITICAL",
        "2000000000, 1599999999, OK",
        "2000000000, 1600000000, CRITICAL"
    })
    void lets_an_age_that_falls_come_nearer(long freezeMaxAge, long age, Level expected) {
        Snapshot falling = snapshot(age, freezeMaxAge, ages(age + 1_000_000, age));

        assertThat(probe.judge(falling).level()).isEqualTo(expected);
    }

    @Test
    void takes_an_age_for_not_falling_while_it_has_seen_too_little() {
        Verdict<Wraparound> verdict = probe.judge(snapshot(400_000_000, FREEZE_MAX_AGE, History.EMPTY));

        assertThat(verdict.level()).isEqualTo(Level.WARNING);
        assertThat(verdict.findings().get(0).cause()).contains("not observed for long enough");
    }

    @Test
    void forecasts_from_the_last_hour_and_is_critical_below_seven_days() {
        long sevenDaysAtAThousand = 1_000L * 7 * 86400;
        History burning = xids(Duration.ofHours(1), 1_000);

        long age = 2_147_483_647L - 3_000_000 - sevenDaysAtAThousand;
        WraparoundProbe relaxed = new WraparoundProbe(0.9, 30, 40, 2_147_000_000L, Duration.ofDays(7), 0.6, 0.75);

        assertThat(relaxed.judge(snapshot(age - 1_000_000, FREEZE_MAX_AGE, burning))
                        .level())
                .isEqualTo(Level.OK);
        assertThat(relaxed.judge(snapshot(age + 1_000_000, FREEZE_MAX_AGE, burning))
                        .level())
                .isEqualTo(Level.CRITICAL);
    }

    @Test
    void tells_rate_and_time_left_until_writes_are_refused() {
        Verdict<Wraparound> verdict =
                probe.judge(snapshot(147_483_647, FREEZE_MAX_AGE, xids(Duration.ofHours(1), 1_000)));

        Wraparound evidence = verdict.seen().orElseThrow();
        assertThat(evidence.xidsPerSecond()).isCloseTo(1_000, within(1.0));
        assertThat(evidence.secondsLeft()).isCloseTo((2_000_000_000 - 3_000_000) / 1e3, within(2_000.0));
        assertThat(verdict.summary()).contains("enough for 23 days");
    }

    @Test
    void forecasts_nothing_from_less_than_ten_minutes() {
        Wraparound evidence = probe.judge(snapshot(300_000_000, FREEZE_MAX_AGE, xids(Duration.ofMinutes(9), 1_000_000)))
                .seen()
                .orElseThrow();

        assertThat(evidence.xidsPerSecond()).isNull();
        assertThat(evidence.secondsLeft()).isNull();
    }

    @Test
    void has_no_time_left_to_tell_while_no_ids_are_consumed() {
        Wraparound evidence = probe.judge(snapshot(1000, FREEZE_MAX_AGE, xids(Duration.ofHours(1), 0)))
                .seen()
                .orElseThrow();

        assertThat(evidence.xidsPerSecond()).isZero();
        assertThat(evidence.secondsLeft()).isNull();
    }

    @ParameterizedTest(name = "{0} left: refused {1}")
    @CsvSource({"3000001, false", "3000000, true", "2458326, true"})
    void recognises_refused_writes_where_the_server_begins_to_refuse(long left, boolean refused) {
        Verdict<Wraparound> verdict = probe.judge(still(2_147_483_647L - left, FREEZE_MAX_AGE));

        assertThat(verdict.level()).isEqualTo(Level.CRITICAL);
        assertThat(verdict.summary().startsWith("writes are refused")).isEqualTo(refused);
    }

    @Test
    void blames_a_freeze_max_age_that_lets_autovacuum_wait_too_long() {
        Finding finding =
                probe.judge(still(1_700_000_000, 2_000_000_000)).findings().get(0);

        assertThat(finding.cause())
                .isEqualTo("autovacuum_freeze_max_age is 2,000 M, so autovacuum has not even begun to freeze");
        assertThat(finding.remedy().text())
                .endsWith(
                        " Reads and writes go on meanwhile. Then lower autovacuum_freeze_max_age, which wants a restart."
                                + " A managed service has it among its own parameters.");
        assertThat(finding.remedy().sql())
                .isEqualTo("VACUUM (FREEZE, VERBOSE);\nALTER SYSTEM SET autovacuum_freeze_max_age = 200000000;");
        assertThat(finding.remedy().impact()).isEqualTo(Remedy.Impact.CONFIGURATION);
    }

    @Test
    void lowers_the_setting_of_multixacts_to_their_own_default() {
        Standing waiting = new Standing(
                IdSpace.MULTIXACT,
                new Database("shop", 5, 1_700_000_000, true),
                2_000_000_000,
                Optional.empty(),
                Optional.empty());

        assertThat(new Freezing(List.of(), Optional.empty(), null, null)
                        .of(waiting, false, Optional.empty())
                        .sql())
                .endsWith(";\nALTER SYSTEM SET autovacuum_multixact_freeze_max_age = 400000000;");
    }

    @Test
    void judges_multixacts_by_their_own_freeze_max_age() {
        Databases seen = new Databases(
                1,
                1,
                FREEZE_MAX_AGE,
                400_000_000,
                1_600_000_000,
                1_600_000_000,
                List.of(database("shop", 5, 800_000_000)));

        Verdict<Wraparound> verdict = probe.judge(snapshot(seen, History.EMPTY));

        assertThat(verdict.level()).isEqualTo(Level.WARNING);
        assertThat(verdict.findings()).extracting(Finding::id).containsExactly("wraparound/multixact");
    }

    @Test
    void freezes_the_oldest_tables_of_its_own_database() {
        Snapshot own = still(900_000_000, FREEZE_MAX_AGE)
                .with(Server.SECTION, taken(server("shop", false)))
                .with(
                        OldestTables.SECTION,
                        taken(new OldestTables(List.of(
                                table("public.\"Orders\"", 900_000_000, FREEZE_MAX_AGE),
                                table("public.own_limit", 150_000_000, 100_000_000),
                                table("public.young", 150_000_000, FREEZE_MAX_AGE),
                                new OldestTables.Table(
                                        "pg_temp_7.t", 850_000_000, 2, 8192, FREEZE_MAX_AGE, 400_000_000, true, 4711),
                                new OldestTables.Table(
                                        "pg_temp_8.t",
                                        840_000_000,
                                        2,
                                        8192,
                                        FREEZE_MAX_AGE,
                                        400_000_000,
                                        true,
                                        null)))));

        Remedy remedy = probe.judge(own).findings().get(0).remedy();

        assertThat(remedy.sql()).isEqualTo("""
                        VACUUM (FREEZE, VERBOSE) public."Orders";
                        -- pg_temp_7.t is a temporary table, which its own session alone can freeze: it goes with session 4711.
                        -- pg_temp_8.t is a temporary table, which its own session alone can freeze: it goes with its session;\
                         where that is gone, DROP it.
                        VACUUM (FREEZE, VERBOSE) public.own_limit;""");
        assertThat(remedy.impact()).isEqualTo(Remedy.Impact.ONLINE);
        assertThat(remedy.text()).contains("single-user mode").doesNotContain("primary");
    }

    @Test
    void names_what_holds_the_age_and_points_to_its_finding() {
        Snapshot held = still(900_000_000, FREEZE_MAX_AGE)
                .with(Server.SECTION, taken(server("shop", false)))
                .with(Holders.SECTION, taken(new Holders(List.of(prepared("shop", true, 890_000_000)), List.of())));

        Finding finding = probe.judge(held).findings().get(0);

        assertThat(finding.cause())
                .endsWith("; prepared transaction 'it''s' of role app holds back what is 890 M transactions old");
        assertThat(finding.explainedBy()).isEqualTo("horizon/prepared-it's");
        assertThat(finding.remedy().text())
                .startsWith("First release what prepared transaction 'it''s' of role app holds back");
        assertThat(finding.remedy().sql()).isEqualTo("VACUUM (FREEZE, VERBOSE);");
    }

    @Test
    void releases_what_holds_the_age_of_another_database_itself() {
        Snapshot held = still(900_000_000, FREEZE_MAX_AGE)
                .with(Server.SECTION, taken(server("orders", false)))
                .with(Holders.SECTION, taken(new Holders(List.of(prepared("shop", false, 890_000_000)), List.of())));

        Remedy remedy = probe.judge(held).findings().get(0).remedy();

        assertThat(remedy.sql())
                .isEqualTo("-- connected to database shop\nROLLBACK PREPARED 'it''s';\nVACUUM (FREEZE, VERBOSE);");
        assertThat(remedy.text())
                .startsWith("First release what prepared transaction")
                .contains("Ask its transaction manager first", "Then freeze the tables of database shop");
        assertThat(remedy.impact()).as("no session is behind it").isEqualTo(Remedy.Impact.ONLINE);
    }

    @Test
    void blames_nothing_that_is_younger_than_what_autovacuum_lets_stand() {
        Snapshot held = still(900_000_000, FREEZE_MAX_AGE)
                .with(Holders.SECTION, taken(new Holders(List.of(prepared("shop", true, 190_000_000)), List.of())));

        Finding finding = probe.judge(held).findings().get(0);

        assertThat(finding.explainedBy()).isNull();
        assertThat(finding.cause()).doesNotContain("prepared");
    }

    private static Holders.Prepared prepared(String database, boolean here, long age) {
        return new Holders.Prepared("it's", "app", database, here, age, 3600);
    }

    @Test
    void sends_the_reader_to_the_other_database_or_the_primary() {
        Snapshot standby = still(900_000_000, FREEZE_MAX_AGE).with(Server.SECTION, taken(server("other", true)));

        Remedy remedy = probe.judge(standby).findings().get(0).remedy();

        assertThat(remedy.text())
                .startsWith("On the primary: ")
                .contains("freeze the tables of database shop, connected to it as a superuser");
        assertThat(remedy.sql()).isEqualTo("VACUUM (FREEZE, VERBOSE);");
    }

    @Test
    void leaves_a_database_that_nobody_can_connect_to_to_autovacuum() {
        Databases seen = new Databases(
                1,
                1,
                FREEZE_MAX_AGE,
                400_000_000,
                1_600_000_000,
                1_600_000_000,
                List.of(new Database("template0", 900_000_000, 5, false)));

        Finding finding = probe.judge(snapshot(seen, History.EMPTY)).findings().get(0);

        assertThat(finding.subject()).isEqualTo("database template0");
        assertThat(finding.remedy().sql()).isEqualTo("SHOW autovacuum;");
    }

    @ParameterizedTest(name = "{0} members of {1} multixacts in use are {2}")
    @CsvSource({
        "2576980376, 1000000, OK",
        "2576983000, 1000000, WARNING",
        "3221225471, 1000000, WARNING",
        "3221229000, 1000000, CRITICAL",
        "4294900000, 1000000, CRITICAL"
    })
    void judges_how_full_the_space_of_multixact_members_is(long members, long multixacts, Level expected) {
        Verdict<Wraparound> verdict = probe.judge(still(5, FREEZE_MAX_AGE)
                .with(MultixactMembers.SECTION, taken(new MultixactMembers(members, multixacts + 1, 1))));

        assertThat(verdict.level()).isEqualTo(expected);
        assertThat(verdict.seen().orElseThrow().multixactMembers().left())
                .isCloseTo(4_294_914_944L - members, within(5_000L));
        assertThat(verdict.findings())
                .extracting(Finding::id)
                .containsExactlyElementsOf(expected == Level.OK ? List.of() : List.of("wraparound/members"));
    }

    @Test
    void counts_the_members_that_it_saw_come_and_takes_the_older_ones_for_average() {
        MultixactMembers before = new MultixactMembers(200_000, 100_001, 50_001);
        MultixactMembers now = new MultixactMembers(9_200_000, 130_001, 50_001);
        History history = History.EMPTY.with(NOW.minusSeconds(3600), before).with(NOW, now);

        long used = MemberSpace.of(now, history).members().used();

        assertThat(used).isCloseTo(9_000_000 + 50_000 * 2, within(10L));
    }

    @Test
    void counts_members_beyond_the_wrap_of_their_numbers() {
        long size = 1L << 32;
        MultixactMembers before = new MultixactMembers(size - 2_000_000_000L, 200_000_001, 20_000_000);
        MultixactMembers wrapping = new MultixactMembers(size - 10, 300_000_001, 120_000_000);
        MultixactMembers now = new MultixactMembers(999_999_990, 350_000_001, 180_000_001);
        History history = History.EMPTY
                .with(NOW.minusSeconds(7200), before)
                .with(NOW.minusSeconds(3600), wrapping)
                .with(NOW, now);

        long used = MemberSpace.of(now, history).members().used();

        assertThat(used).isCloseTo(3_000_000_000L + 20_000_000L * 20, within(1000L));
    }

    @Test
    void says_that_members_cannot_be_seen() {
        Snapshot hidden = still(50_000_000, FREEZE_MAX_AGE)
                .with(MultixactMembers.SECTION, new Reading.Missing<>(Cause.NOT_PERMITTED, "permission denied"));

        assertThat(probe.judge(hidden).level()).isEqualTo(Level.OK);
        assertThat(probe.judge(hidden).summary()).endsWith("; multixact members cannot be seen: permission denied");
    }

    @Test
    void does_not_take_numbers_of_members_that_have_wrapped_for_few() {
        MultixactMembers wrapped = new MultixactMembers(5, 2_000_000_000, 1);

        assertThat(MemberSpace.of(wrapped, History.EMPTY).members().used()).isEqualTo(2_999_999_999L);
    }

    @Test
    void compares_the_last_hour_with_the_last_days() {
        History history = xids(Duration.ofHours(30), 100);
        for (int second = 15; second <= 3600; second += 15) {
            double xid = 1e9 + 30 * 3600 * 100 + second * 1000.0;
            history = history.with(NOW.plusSeconds(second), recorder -> recorder.record(Databases.NEXT_XID, xid));
        }

        assertThat(probe.judge(snapshot(147_483_647, FREEZE_MAX_AGE, history)).summary())
                .contains("enough for 23 days at the rate of the last hour, for 179 days at that of the last 31 h");
    }

    @Test
    void is_unknown_rather_than_ok_when_the_ages_are_not_there() {
        Snapshot blind = Snapshot.at(NOW).with(Databases.SECTION, new Reading.Missing<>(Cause.TIMED_OUT, "too slow"));

        assertThat(probe.judge(blind)).isEqualTo(new Verdict.Unknown<>(Cause.TIMED_OUT, "too slow"));
    }

    @ParameterizedTest(name = "{0}, {1}, {2}, {3}, {4} days is refused: {5}")
    @CsvSource({
        "0, 2, 4, 1600000000, 7, want 0 < warning-share < 1",
        "1, 2, 4, 1600000000, 7, want 0 < warning-share < 1",
        "0.4, 1, 4, 1600000000, 7, want 1 < warning-times <= critical-times",
        "0.4, 5, 4, 1600000000, 7, want 1 < warning-times <= critical-times",
        "0.9, 2, 4, 1600000000, 7, want a critical-age from warning-share",
        "0.4, 2, 4, 3000000000, 7, want a critical-age from warning-share",
        "0.4, 2, 4, 1600000000, -1, want a critical-time-left of 0s or more"
    })
    void refuses_thresholds_that_contradict_each_other(
            double share, double warning, double critical, long age, int days, String message) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new WraparoundProbe(share, warning, critical, age, Duration.ofDays(days), 0.6, 0.75))
                .withMessageStartingWith(message)
                .withMessageContaining("got");
    }

    @ParameterizedTest(name = "{0} and {1} are refused")
    @CsvSource({"0, 0.5", "0.8, 0.7", "0.5, 1"})
    void refuses_shares_of_members_that_contradict_each_other(double warning, double critical) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new WraparoundProbe(0.4, 2, 4, 1_600_000_000, Duration.ofDays(7), warning, critical))
                .withMessage("want 0 < warning-members <= critical-members < 1, got " + warning + " and " + critical);
    }

    private static OldestTables.Table table(String name, long xidAge, long freezeMaxAge) {
        return new OldestTables.Table(name, xidAge, 1, 8192, freezeMaxAge, 400_000_000, false, null);
    }

    private static Snapshot still(long age, long freezeMaxAge) {
        return snapshot(age, freezeMaxAge, ages(age, age));
    }

    private static Snapshot snapshot(long age, long freezeMaxAge, History history) {
        Databases seen = new Databases(
                1, 1, freezeMaxAge, 400_000_000, 1_600_000_000, 1_600_000_000, List.of(database("shop", age, 5)));
        return snapshot(seen, history);
    }

    private static Snapshot snapshot(Databases seen, History history) {
        return Snapshot.at(NOW).with(Databases.SECTION, taken(seen)).with(history);
    }

    private static Database database(String name, long xidAge, long multixactAge) {
        return new Database(name, xidAge, multixactAge, true);
    }

    private static Server server(String database, boolean standby) {
        return new Server("1", "localhost", 5432, "18.6", 18, database, "app", standby, null);
    }

    private static <T> Reading<T> taken(T value) {
        return new Reading.Taken<>(value, NOW);
    }

    private static History ages(long before, long now) {
        return History.EMPTY
                .with(NOW.minusSeconds(1800), recorder -> recorder.record(Databases.xidAge("shop"), before))
                .with(NOW, recorder -> recorder.record(Databases.xidAge("shop"), now));
    }

    private static History xids(Duration length, double perSecond) {
        History history = History.EMPTY;
        for (long second = 0; second <= length.toSeconds(); second += 15) {
            double xid = 1e9 + second * perSecond;
            history = history.with(
                    NOW.minus(length).plusSeconds(second), recorder -> recorder.record(Databases.NEXT_XID, xid));
        }
        return history;
    }
}

package io.pgwatch.core.probes;

import static io.pgwatch.core.probes.Facts.NOW;
import static io.pgwatch.core.probes.Facts.idle;
import static org.assertj.core.api.Assertions.assertThat;

import io.pgwatch.evidence.Vacuum;
import io.pgwatch.probe.Finding;
import io.pgwatch.probe.Level;
import io.pgwatch.probe.Verdict;
import io.pgwatch.snapshot.Autovacuum;
import io.pgwatch.snapshot.Cause;
import io.pgwatch.snapshot.History;
import io.pgwatch.snapshot.Reading;
import io.pgwatch.snapshot.Server;
import io.pgwatch.snapshot.Sessions.Session;
import io.pgwatch.snapshot.Snapshot;
import io.pgwatch.snapshot.Tables;
import io.pgwatch.snapshot.Tables.Table;
import io.pgwatch.snapshot.Tables.Trigger;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is said of a table that lags: by how much, until when, why, and what explains it. */
class VacuumWordsTests {

    private static final VacuumWords WORDS = new VacuumWords(VacuumProbe.withDefaults(), Optional.empty());

    private static final Autovacuum QUIET = autovacuum(true, true, 0);

    private static final Trigger MILLION = new Trigger(1_000_000, null, true, 50, 0.2);

    private static Autovacuum autovacuum(boolean enabled, boolean trackCounts, int busy, Autovacuum.Vacuum... vacuums) {
        return new Autovacuum(enabled, trackCounts, 60, 3, 2, 200, busy, List.of(vacuums));
    }

    private static Table table(@Nullable String toastOf, long dead, long inserted, Trigger trigger) {
        return table(toastOf, dead, inserted, trigger, null);
    }

    /** Of 40 bytes a row. */
    private static Table table(
            @Nullable String toastOf, long dead, long inserted, Trigger trigger, @Nullable Instant vacuumed) {
        return new Table(
                7,
                "a.b",
                toastOf,
                true,
                5_000_000,
                dead,
                inserted,
                5_000_000L,
                200_000_000,
                trigger,
                vacuumed,
                null,
                null,
                NOW.minusSeconds(3600),
                vacuumed != null);
    }

    private static Lag lag(Table table, Autovacuum autovacuum, History history) {
        return new Lag(table, autovacuum, history, NOW, 180, 1L << 30);
    }

    private static Finding finding(Table table, Autovacuum autovacuum) {
        return WORDS.finding(Level.WARNING, lag(table, autovacuum, History.EMPTY));
    }

    @ParameterizedTest
    @CsvSource({
        "true, false, 0, track_counts is off, vacuum/track_counts",
        "false, true, 0, autovacuum is off, vacuum/autovacuum",
        "true, true, 3, 'no worker is on it: all 3 are busy with other tables',",
        "true, true, 2, autovacuum is about to take it,"
    })
    void says_why_it_is_not_taken_and_what_explains_that(
            boolean enabled, boolean counts, int busy, String cause, @Nullable String root) {
        Finding finding = finding(table(null, 3_000_000, 0, MILLION), autovacuum(enabled, counts, busy));

        assertThat(finding.cause()).isEqualTo(cause);
        assertThat(finding.explainedBy()).isEqualTo(root);
    }

    @Test
    void says_whose_option_turns_autovacuum_off() {
        Trigger off = new Trigger(1_000_000, null, false, 50, 0.2);

        assertThat(finding(table(null, 3_000_000, 0, off), QUIET).cause())
                .isEqualTo("the option autovacuum_enabled of the table turns autovacuum off");
        assertThat(finding(table("a.main", 3_000_000, 0, off), QUIET)).satisfies(finding -> {
            assertThat(finding.cause())
                    .isEqualTo("the option autovacuum_enabled of it or of its main table turns autovacuum off");
            assertThat(finding.subject()).isEqualTo("table a.b (TOAST of a.main)");
        });
    }

    @Test
    void says_that_the_role_may_not_see_what_is_on_it() {
        Autovacuum.Vacuum hidden = new Autovacuum.Vacuum(4711, null, true, null, null, null, null, null, null);

        assertThat(finding(table(null, 3_000_000, 0, MILLION), autovacuum(true, true, 1, hidden))
                        .cause())
                .isEqualTo("a VACUUM is at work in this database, on which table the role may not see");
    }

    @Test
    void names_no_holder_that_came_after_the_vacuum() {
        Table pinned = table(null, 3_000_000, 0, MILLION, NOW.minusSeconds(30));
        Pin pin = Pin.of(idle(4711, 24, 9L, null), 9); // its transaction began 5 s before it fell idle

        assertThat(pinned(pinned, idle(4711, 25, 9L, null)))
                .satisfies(finding -> assertThat(finding.cause())
                        .endsWith("and the dead rows stayed: session 4711 of role app (orders) may still need to see"
                                + " them"))
                .satisfies(finding -> assertThat(finding.explainers())
                        .containsExactly("idle-in-transaction/4711", "horizon/session-4711"));
        assertThat(new VacuumWords(VacuumProbe.withDefaults(), Optional.of(pin))
                        .finding(Level.WARNING, lag(pinned, QUIET, History.EMPTY)))
                .satisfies(finding -> assertThat(finding.cause())
                        .endsWith("a transaction, a prepared one, a slot or a standby may still need to see them"))
                .satisfies(finding -> assertThat(finding.explainedBy()).isNull());
    }

    private static Finding pinned(Table table, Session holder) {
        return new VacuumWords(VacuumProbe.withDefaults(), Optional.of(Pin.of(holder, 9)))
                .finding(Level.WARNING, lag(table, QUIET, History.EMPTY));
    }

    @ParameterizedTest(name = "{0} dead of 1,000,000, {1} inserted of {2}")
    @CsvSource({
        "2500000, 9000000, , 'a.b has 2.5 M dead rows, 2.5 times its trigger of 1.0 M, for 0 s'",
        "2500000, 2500000, 1000000, 'a.b has 2.5 M dead rows, 2.5 times its trigger of 1.0 M, for 0 s'",
        "2500000, 7800000, 3000000, 'a.b has 7.8 M rows inserted since its last VACUUM, 2.6 times its trigger of 3.0 M, for 0 s'",
        "99999999, 0, , 'a.b has 100.0 M dead rows, 99.9 times its trigger of 1.0 M, for 0 s'",
        "100000000, 0, , 'a.b has 100 M dead rows, 100 times its trigger of 1.0 M, for 0 s'"
    })
    void says_by_how_much_it_lags(long dead, long inserted, @Nullable Long trigger, String words) {
        Trigger both = new Trigger(1_000_000, trigger, true, 50, 0.2);

        assertThat(finding(table(null, dead, inserted, both), QUIET).summary()).isEqualTo(words);
    }

    @ParameterizedTest(name = "{0} dead rows, {1} more than an hour ago: {2}")
    @CsvSource({
        "4395200, 3600, false", // at one a second, five times the trigger are 7 days away
        "4395201, 3600, true",
        "4999999, 3600, true",
        "5000000, 3600, false",
        "4999999, 0, false"
    })
    void says_when_it_will_be_critical_where_that_is_near(long dead, long more, boolean told) {
        History history = History.EMPTY
                .with(NOW.minusSeconds(3600), recorder -> recorder.record(Tables.deadRows(7), dead - more))
                .with(NOW, recorder -> recorder.record(Tables.deadRows(7), dead));

        Finding finding = WORDS.finding(Level.WARNING, lag(table(null, dead, 0, MILLION), QUIET, history));

        assertThat(finding.summary().contains("; 5.0 times in about")).isEqualTo(told);
    }

    @Test
    void tells_how_many_more_there_are() {
        Finding one = finding(table(null, 2_500_000, 0, MILLION), QUIET);

        assertThat(VacuumWords.more(List.of(one))).isEmpty();
        assertThat(VacuumWords.more(List.of(one, one, one))).isEqualTo("; and 2 more");
    }

    @Test
    void is_unknown_while_a_part_is_not_read() {
        Snapshot tables = Snapshot.at(NOW)
                .with(Server.SECTION, Facts.taken(Facts.server(false)))
                .with(Tables.SECTION, Facts.taken(new Tables(List.of(), 1, 1L, null)));

        assertThat(judge(tables.with(Autovacuum.SECTION, Facts.taken(QUIET))).level())
                .isEqualTo(Level.OK);
        assertThat(judge(tables.with(Autovacuum.SECTION, new Reading.Missing<>(Cause.FAILED, "broken"))))
                .isEqualTo(new Verdict.Unknown<>(Cause.FAILED, "broken"));
        assertThat(judge(tables.with(Autovacuum.SECTION, Facts.taken(QUIET))
                        .with(Tables.SECTION, new Reading.Missing<>(Cause.TIMED_OUT, "too slow"))))
                .isEqualTo(new Verdict.Unknown<>(Cause.TIMED_OUT, "too slow"));
        assertThat(judge(tables.with(Server.SECTION, new Reading.Missing<>(Cause.NOT_YET, "soon"))))
                .as("it may be a standby")
                .isEqualTo(new Verdict.Unknown<>(Cause.NOT_YET, "soon"));
    }

    private static Verdict<Vacuum> judge(Snapshot snapshot) {
        return VacuumProbe.withDefaults().judge(snapshot);
    }

    @Test
    void tells_the_most_where_none_lags() {
        Vacuum evidence = new Vacuum(List.of(), 0, 3, 1234, 1234L, null);
        Lag below = lag(table(null, 1_000_000, 0, MILLION), QUIET, History.EMPTY);
        Lag above = lag(table(null, 1_290_000, 0, MILLION), QUIET, History.EMPTY);

        assertThat(WORDS.calm(List.of(below), evidence)).isEqualTo("no table is above its trigger");
        assertThat(WORDS.calm(List.of(below), new Vacuum(List.of(), 0, 3, 0, 0L, null)))
                .isEqualTo("the database has no table yet");
        assertThat(WORDS.calm(List.of(below, above), evidence))
                .as("of 256 MiB or more none is above")
                .isEqualTo("no large table lags; what is above its trigger is small, 190 MB at most");
        VacuumWords ofSmall = new VacuumWords(new VacuumProbe(2, 5, 0, 0, 3, Duration.ofMinutes(30)), Optional.empty());
        assertThat(ofSmall.calm(List.of(below, above), evidence))
                .isEqualTo("no table lags; the most, a.b, is at 1.2 times its trigger");
    }

    @ParameterizedTest(name = "{0} dead rows, a VACUUM on table {1}")
    @CsvSource({
        "1999999, , '1.9 times its trigger'",
        "2000000, , '2.0 times its trigger, but not for long yet'",
        "1452000000, , '1,452 times its trigger, but not for long yet'",
        "2000000, 7, '2.0 times its trigger, and a VACUUM is on it'",
        "2000000, 8, '2.0 times its trigger, but not for long yet'",
        "2000000, 0, '2.0 times its trigger, and a VACUUM may be on it'"
    })
    void tells_why_a_great_multiple_is_no_lag(long dead, @Nullable Long vacuumed, String told) {
        VacuumWords ofSmall = new VacuumWords(new VacuumProbe(2, 5, 0, 0, 3, Duration.ofMinutes(30)), Optional.empty());
        Autovacuum autovacuum = vacuumed == null
                ? QUIET
                : autovacuum(
                        true,
                        true,
                        1,
                        new Autovacuum.Vacuum(
                                4711, vacuumed == 0 ? null : vacuumed, true, null, null, null, null, null, null));
        Lag lag = lag(table(null, dead, 0, MILLION), autovacuum, History.EMPTY);

        assertThat(ofSmall.calm(List.of(lag), new Vacuum(List.of(), 0, 3, 1234, 1234L, null)))
                .isEqualTo("no table lags; the most, a.b, is at " + told);
    }
}

package io.pgwatch.core.probes;

import static io.pgwatch.core.probes.Facts.NOW;
import static io.pgwatch.core.probes.Facts.taken;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

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
import io.pgwatch.snapshot.Sessions;
import io.pgwatch.snapshot.Snapshot;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which database is told first, what holds its age, and what is to be frozen, at the edges. */
class WraparoundEdgesTests {

    private static final long FREEZE_MAX_AGE = 200_000_000;

    private static Snapshot snapshot(long freezeMaxAge, Database... databases) {
        return Snapshot.at(NOW)
                .with(
                        Databases.SECTION,
                        taken(new Databases(
                                1, 1, freezeMaxAge, 400_000_000, 1_600_000_000, 1_600_000_000, List.of(databases))))
                .with(
                        Server.SECTION,
                        taken(new Server("1", "localhost", 5432, "18.6", 18, "shop", "app", false, null)));
    }

    private static Database database(String name, long age) {
        return new Database(name, age, 5, true);
    }

    private static Holders prepared(String database, long age) {
        return new Holders(
                List.of(new Holders.Prepared("tx", "app", database, database.equals("shop"), age, 3600)), List.of());
    }

    private static Verdict<Wraparound> judge(Snapshot snapshot) {
        return WraparoundProbe.withDefaults().judge(snapshot);
    }

    private static Finding first(Snapshot snapshot) {
        return judge(snapshot).findings().get(0);
    }

    @Test
    void of_databases_as_bad_the_one_that_is_held_is_told_and_else_the_older() {
        Snapshot both = snapshot(FREEZE_MAX_AGE, database("shop", 500_000_000), database("other", 600_000_000));

        assertThat(first(both).subject()).isEqualTo("database other");
        assertThat(first(both.with(Holders.SECTION, taken(prepared("shop", 490_000_000))))
                        .subject())
                .isEqualTo("database shop");
    }

    @ParameterizedTest(name = "a holder of age {0}: {1}")
    @CsvSource({"199999999,", "200000000, horizon/prepared-tx"})
    void a_holder_is_blamed_from_the_age_on_at_which_autovacuum_freezes(long age, @Nullable String root) {
        Snapshot held = snapshot(FREEZE_MAX_AGE, database("shop", 500_000_000))
                .with(Holders.SECTION, taken(prepared("shop", age)));

        assertThat(first(held).explainedBy()).isEqualTo(root);
    }

    @Test
    void the_failsafe_starts_later_where_autovacuum_does() {
        assertThat(judge(snapshot(FREEZE_MAX_AGE, database("shop", 5)))
                        .seen()
                        .orElseThrow()
                        .failsafeAge())
                .isEqualTo(1_600_000_000);
        assertThat(judge(snapshot(2_000_000_000, database("shop", 5)))
                        .seen()
                        .orElseThrow()
                        .failsafeAge())
                .as("105 % of the freeze_max_age, says the server")
                .isEqualTo(2_100_000_000);
    }

    @ParameterizedTest(name = "{0} members are {1}")
    @CsvSource({"2147483647, OK", "2147483648, WARNING", "3221225471, WARNING", "3221225472, CRITICAL"})
    void judges_members_from_the_share_on(long members, Level expected) {
        WraparoundProbe half = new WraparoundProbe(0.4, 2, 4, 1_600_000_000, Duration.ofDays(7), 0.5, 0.75);
        Snapshot full = snapshot(FREEZE_MAX_AGE, database("shop", 5))
                .with(MultixactMembers.SECTION, taken(new MultixactMembers(members, 1 << 20, 0)));

        Verdict<Wraparound> verdict = half.judge(full);

        assertThat(verdict.level()).isEqualTo(expected);
        if (expected == Level.CRITICAL) {
            assertThat(verdict.summary())
                    .isEqualTo("multixact members fill about 75 % of their space (3,221 M in use, 1,074 M left)");
            assertThat(verdict.findings().get(0).cause()).startsWith("many sessions lock the same rows");
            assertThat(Objects.requireNonNull(verdict.findings().get(0).remedy())
                            .text())
                    .startsWith("First look for what holds old rows back")
                    .contains("in each database");
        }
    }

    @Test
    void takes_members_for_average_where_it_saw_more_multixacts_come_than_are_kept() {
        History history = History.EMPTY
                .with(NOW.minusSeconds(3600), new MultixactMembers(200_000, 100_000, 0))
                .with(NOW, new MultixactMembers(600_000, 200_000, 150_000));

        MemberSpace space = MemberSpace.of(new MultixactMembers(600_000, 200_000, 150_000), history);

        assertThat(space.members().used()).as("4 each of 50,000").isEqualTo(200_000);
        assertThat(space.secondsLeft()).hasValue((4_294_914_944L - 200_000) / (400_000 / 3600.0));
        assertThat(MemberSpace.of(new MultixactMembers(6_000_000, 200_000, 150_000), perSecond(50_000))
                        .inWords())
                .endsWith(" left, enough for 23 h at the rate of the last hour)");
    }

    private static History perSecond(long members) {
        return History.EMPTY
                .with(NOW.minusSeconds(3600), new MultixactMembers(0, 100_000, 0))
                .with(NOW, new MultixactMembers(members * 3600, 200_000, 150_000));
    }

    @Test
    void says_from_which_age_on_a_critical_one_may_be() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new WraparoundProbe(0.4, 2, 4, 1, Duration.ofDays(7), 0.5, 0.75))
                .withMessage(
                        "want a critical-age from warning-share of 2^31 (here 858993459) to below 2147483648, got 1");
    }

    @Test
    void names_tables_that_are_overdue_unless_there_may_be_more_of_them() {
        Snapshot shop = snapshot(FREEZE_MAX_AGE, database("shop", 500_000_000));

        assertThat(frozen(shop, tables(9, 220_000_001)))
                .as("1.1 times the freeze_max_age")
                .startsWith("VACUUM (FREEZE, VERBOSE) public.t0;")
                .hasLineCount(9);
        assertThat(frozen(shop, tables(9, 220_000_000))).isEqualTo("VACUUM (FREEZE, VERBOSE);");
        assertThat(frozen(shop, tables(10, 220_000_001))).isEqualTo("VACUUM (FREEZE, VERBOSE);");
        assertThat(frozen(snapshot(FREEZE_MAX_AGE, database("other", 500_000_000)), tables(1, 220_000_001)))
                .as("of another database")
                .isEqualTo("VACUUM (FREEZE, VERBOSE);");
    }

    private static String frozen(Snapshot snapshot, List<OldestTables.Table> tables) {
        return Objects.requireNonNull(Objects.requireNonNull(
                        first(snapshot.with(OldestTables.SECTION, taken(new OldestTables(tables))))
                                .remedy())
                .sql());
    }

    private static List<OldestTables.Table> tables(int count, long age) {
        return IntStream.range(0, count)
                .mapToObj(i -> new OldestTables.Table(
                        "public.t" + i, age - i / 100, 1, 8192, FREEZE_MAX_AGE, 400_000_000, false, null))
                .toList();
    }

    @Test
    void says_where_and_in_which_order() {
        Database closed = new Database("template0", 900_000_000, 5, false);

        assertThat(first(snapshot(FREEZE_MAX_AGE, database("shop", 500_000_000))))
                .satisfies(finding -> assertThat(
                                Objects.requireNonNull(finding.remedy()).text())
                        .isEqualTo(
                                "First look for what holds old rows back, a long or idle transaction, a prepared one or a"
                                        + " replication slot, and end it; a session that is ended loses what it has not committed. Then"
                                        + " freeze the tables of database shop, connected to it as a superuser or a member of pg_maintain:"
                                        + " other roles skip the shared catalogs, and the age stays. Neither VACUUM FULL nor single-user"
                                        + " mode is needed."));
        assertThat(Objects.requireNonNull(
                                first(snapshot(FREEZE_MAX_AGE, closed)).remedy())
                        .text())
                .endsWith("Then leave template0 to autovacuum, which alone can freeze it; see that it is on.");
        assertThat(judge(snapshot(FREEZE_MAX_AGE)).summary()).isEqualTo("the server has no database");
    }

    @ParameterizedTest(name = "on {0} as a superuser{1}")
    @CsvSource({"16, ''", "17, ' or a member of pg_maintain'"})
    void only_some_may_freeze_what_all_databases_share(int major, String orElse) {
        Snapshot shop = snapshot(FREEZE_MAX_AGE, database("shop", 500_000_000))
                .with(
                        Server.SECTION,
                        taken(new Server("1", "localhost", 5432, "x", major, "shop", "app", false, null)));

        assertThat(told(shop)).contains(" as a superuser" + orElse + ": other roles skip the shared catalogs");
        assertThat(told(shop.with(OldestTables.SECTION, taken(new OldestTables(tables(1, 500_000_000))))))
                .contains("freeze the oldest tables, as their owner.");
        OldestTables.Table shared =
                new OldestTables.Table("pg_authid", 500_000_000, 1, 8192, FREEZE_MAX_AGE, 400_000_000, false, null);
        assertThat(told(shop.with(OldestTables.SECTION, taken(new OldestTables(List.of(shared))))))
                .contains("freeze the oldest tables, as a superuser" + orElse + ": other roles skip");
    }

    private static String told(Snapshot snapshot) {
        return Objects.requireNonNull(first(snapshot).remedy()).text();
    }

    @Test
    void names_the_other_databases_that_are_too_old_and_freezes_all_at_once() {
        Database closed = new Database("template0", 480_000_000, 5, false);
        Database[] five = {
            database("shop", 500_000_000),
            database("a", 490_000_000),
            closed,
            database("b", 470_000_000),
            database("c", 460_000_000),
            database("young", 300_000_000)
        };

        assertThat(first(snapshot(FREEZE_MAX_AGE, five)).cause())
                .endsWith("; 4 more databases are too old: a, template0, b …");
        assertThat(told(snapshot(FREEZE_MAX_AGE, five)))
                .contains(" All databases at once, from a shell, as a superuser: vacuumdb --all --freeze.");
        Snapshot alone = snapshot(FREEZE_MAX_AGE, database("shop", 500_000_000), closed);
        assertThat(first(alone).cause()).endsWith("; one more database is too old: template0");
        assertThat(told(alone)).as("vacuumdb cannot connect to template0").doesNotContain("vacuumdb");
        assertThat(told(snapshot(FREEZE_MAX_AGE, closed, database("shop", 470_000_000))))
                .contains("leave template0 to autovacuum", "vacuumdb --all --freeze");
    }

    @Test
    void tells_once_how_all_databases_are_frozen() {
        Snapshot xids = snapshot(FREEZE_MAX_AGE, database("shop", 900_000_000), database("other", 900_000_000));
        Snapshot xidsAndMultixacts = snapshot(
                FREEZE_MAX_AGE,
                new Database("shop", 900_000_000, 950_000_000, true),
                new Database("other", 900_000_000, 950_000_000, true));
        Snapshot shopOnly = snapshot(FREEZE_MAX_AGE, database("shop", 900_000_000));

        assertThat(howAllAreFrozen(withFullMembers(xids)))
                .containsExactly("xid, from a shell", "members by vacuumdb, as told for the transaction ids.");
        assertThat(howAllAreFrozen(withFullMembers(xidsAndMultixacts)))
                .containsExactly(
                        "xid, from a shell",
                        "multixact by vacuumdb, as told for the transaction ids.",
                        "members by vacuumdb, as told for the transaction ids.");
        assertThat(howAllAreFrozen(withFullMembers(shopOnly))).containsExactly("members, from a shell");
    }

    private static Snapshot withFullMembers(Snapshot snapshot) {
        return snapshot.with(MultixactMembers.SECTION, taken(new MultixactMembers(3_000_000_000L, 1_000_000_001, 1)));
    }

    private static List<String> howAllAreFrozen(Snapshot snapshot) {
        Pattern allAtOnce = Pattern.compile(" All databases at once(, from a shell| by vacuumdb, [^.]*\\.)");
        return judge(snapshot).findings().stream()
                .flatMap(finding -> allAtOnce
                        .matcher(Objects.requireNonNull(finding.remedy()).text())
                        .results()
                        .map(told -> finding.id().substring("wraparound/".length()) + told.group(1)))
                .toList();
    }

    @Test
    void says_of_a_closed_database_that_autovacuum_was_told_to_wait() {
        Snapshot waiting = snapshot(2_000_000_000, new Database("template0", 1_700_000_000, 5, false));

        assertThat(told(waiting))
                .endsWith(" Then lower autovacuum_freeze_max_age, which wants a restart. A managed service has it among"
                        + " its own parameters.");
        assertThat(Objects.requireNonNull(first(waiting).remedy()).sql())
                .isEqualTo("SHOW autovacuum;\nALTER SYSTEM SET autovacuum_freeze_max_age = 200000000;");
        assertThat(Objects.requireNonNull(first(waiting).remedy()).impact()).isEqualTo(Remedy.Impact.CONFIGURATION);
    }

    @ParameterizedTest(name = "the oldest holder is {0} old: looks {1}")
    @CsvSource({", false", "199999999, false", "200000000, true"})
    void looks_for_no_holder_where_none_that_old_is_there(@Nullable Long age, boolean looks) {
        Holders holders = age == null ? Facts.NO_HOLDERS : prepared("other", age);
        Snapshot shop = snapshot(FREEZE_MAX_AGE, database("shop", 500_000_000))
                .with(Sessions.SECTION, taken(Facts.sessions()))
                .with(Holders.SECTION, taken(holders));

        assertThat(told(shop)).startsWith(looks ? "First look for what holds" : "Freeze the tables of database shop");
        assertThat(told(shop.with(Sessions.SECTION, new Reading.Missing<>(Cause.TIMED_OUT, "too slow"))))
                .startsWith("First look for");
        assertThat(told(shop.with(Server.SECTION, taken(Facts.server(true)))))
                .as("a standby does not see what its primary holds")
                .startsWith("On the primary: First look for");
    }

    @Test
    void multixact_ids_have_a_rate_and_a_setting_of_their_own() {
        History history = History.EMPTY;
        for (int second = 3600; second >= 0; second -= 60) {
            double next = 1e9 - second * 1000.0;
            history =
                    history.with(NOW.minusSeconds(second), recorder -> recorder.record(Databases.NEXT_MULTIXACT, next));
        }
        Snapshot old = snapshot(FREEZE_MAX_AGE, new Database("shop", 5, 1_700_000_000, true))
                .with(history);

        assertThat(first(old).id()).isEqualTo("wraparound/multixact");
        assertThat(judge(old).seen().orElseThrow().secondsLeft()).isEqualTo((447_483_647 - 3_000_000) / 1e3);
        assertThat(judge(old).seen().orElseThrow().xidsPerSecond()).isNull();
    }
}

package io.pgwatch.core.probes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.pgwatch.evidence.Bloat;
import io.pgwatch.probe.Finding;
import io.pgwatch.probe.Level;
import io.pgwatch.probe.Remedy.Impact;
import io.pgwatch.probe.Verdict;
import io.pgwatch.snapshot.BloatSample;
import io.pgwatch.snapshot.BloatSample.Circumstances;
import io.pgwatch.snapshot.BloatSample.Kind;
import io.pgwatch.snapshot.BloatSample.Relation;
import io.pgwatch.snapshot.BloatSample.Unmeasured;
import io.pgwatch.snapshot.Cause;
import io.pgwatch.snapshot.Reading;
import io.pgwatch.snapshot.Server;
import io.pgwatch.snapshot.Snapshot;
import io.pgwatch.snapshot.Tables;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BloatProbeTests {

    private static final long MIB = 1 << 20;
    private static final Instant NOW = Instant.parse("2026-11-21T02:41:00Z");
    private static final Circumstances QUIET = new Circumstances(true, 0, true);

    private final BloatProbe probe = BloatProbe.withDefaults();

    private static Relation relation(String name, Kind kind, long bytes, long reclaimable, double halfWidth) {
        return relation(name, kind, bytes, reclaimable, halfWidth, QUIET);
    }

    private static Relation relation(
            String name, Kind kind, long bytes, long reclaimable, double halfWidth, Circumstances circumstances) {
        return new Relation(name, kind, "app.orders", bytes, reclaimable, halfWidth, 300, NOW, circumstances);
    }

    private static Unmeasured unmeasured(String name, long bytes, Cause cause, @Nullable String grant) {
        return new Unmeasured(name, "table", bytes, cause, "why", grant);
    }

    private Verdict<Bloat> judge(BloatSample sample) {
        return judge(sample, "15.18");
    }

    private Verdict<Bloat> judge(BloatSample sample, String version) {
        return probe.judge(Snapshot.at(NOW)
                .with(BloatSample.SECTION, new Reading.Taken<>(sample, NOW))
                .with(
                        Server.SECTION,
                        new Reading.Taken<>(
                                new Server(null, "localhost", 5432, version, 15, "orders", "app", false, null), NOW)));
    }

    private static BloatSample sample(Relation... relations) {
        return new BloatSample(List.of(relations), List.of(), 0, List.of());
    }

    private Finding finding(Relation relation) {
        return judge(sample(relation)).findings().get(0);
    }

    @ParameterizedTest(name = "{1} of {0} MiB, give or take {2}, is {3}")
    @CsvSource({
        "3000, 1250, 0.001, WARNING",
        "3000, 1250, 0.02, OK",
        "3000, 1150, 0.001, OK",
        "2000, 1030, 0.001, WARNING",
        "2000, 1030, 0.01, OK",
        "2000, 1000, 0.001, OK",
        "100, 90, 0.001, OK",
    })
    void judges_by_the_lower_end_of_the_interval(long bytes, long reclaimable, double halfWidth, Level expected) {
        Verdict<Bloat> verdict =
                judge(sample(relation("app.orders", Kind.HEAP, bytes * MIB, reclaimable * MIB, halfWidth)));

        assertThat(verdict.level()).isEqualTo(expected);
    }

    @Test
    void never_is_critical() {
        assertThat(judge(sample(relation("app.orders", Kind.HEAP, 1L << 44, (1L << 44) - 8192, 0)))
                        .level())
                .isEqualTo(Level.WARNING);
    }

    @Test
    void adds_up_what_was_measured_and_what_was_not() {
        List<Relation> relations = new ArrayList<>();
        List<Unmeasured> unmeasured = new ArrayList<>();
        for (int i = 1; i <= 30; i++) {
            relations.add(relation("app.t" + i, Kind.HEAP, 10 * i * MIB, i * MIB, 0.01));
            unmeasured.add(unmeasured("app.u" + i, i * MIB, Cause.NOT_PERMITTED, null));
        }

        Bloat evidence = judge(new BloatSample(relations, unmeasured, 0, List.of()))
                .seen()
                .orElseThrow();

        assertThat(evidence.reclaimableBytes()).isEqualTo(465 * MIB);
        assertThat(evidence.measuredBytes()).isEqualTo(4650 * MIB);
        assertThat(evidence.unmeasuredBytes()).isEqualTo(465 * MIB);
        assertThat(evidence.relations())
                .hasSize(20)
                .first()
                .satisfies(worst -> assertThat(worst.relation()).isEqualTo("app.t30"));
        assertThat(evidence.unmeasured())
                .hasSize(20)
                .first()
                .satisfies(largest -> assertThat(largest.relation()).isEqualTo("app.u30"));
    }

    @Test
    void what_could_hide_a_warning_makes_it_unknown_and_names_the_grant() {
        String grant = "GRANT USAGE ON SCHEMA app TO me;\nGRANT SELECT ON app.big TO me;";

        Verdict<Bloat> verdict = judge(new BloatSample(
                List.of(relation("app.orders", Kind.HEAP, 10 * MIB, MIB, 0.01)),
                List.of(unmeasured("app.big", 2048 * MIB, Cause.NOT_PERMITTED, grant)),
                0,
                List.of()));

        assertThat(verdict).isInstanceOfSatisfying(Verdict.Unknown.class, unknown -> {
            assertThat(unknown.cause()).isEqualTo(Cause.NOT_PERMITTED);
            assertThat(unknown.detail())
                    .isEqualTo(
                            "app.big (2,048 MB) was not measured: why; of the rest, a rebuild would give back 1.0 MB of"
                                    + " 10 MB; 2,048 MB not measured");
            assertThat(Objects.requireNonNull(unknown.remedy()).sql()).isEqualTo(grant);
        });
        assertThat(verdict.seen()).isPresent();
    }

    @Test
    void what_is_too_small_to_hide_a_warning_or_nobody_can_measure_is_told_beside_ok() {
        Verdict<Bloat> verdict = judge(new BloatSample(
                List.of(),
                List.of(
                        unmeasured("app.small", 100 * MIB, Cause.NOT_PERMITTED, null),
                        unmeasured("app.gin", 5000 * MIB, Cause.NOT_SUPPORTED, null),
                        unmeasured("app.unlogged", 5000 * MIB, Cause.NOT_APPLICABLE, null)),
                0,
                List.of()));

        assertThat(verdict.level()).isEqualTo(Level.OK);
        assertThat(verdict.summary()).isEqualTo("nothing measured of 10,100 MB; app.gin: why");
    }

    @Test
    void is_unknown_until_the_first_round_is_over_but_for_what_it_found() {
        BloatSample underWay = new BloatSample(
                List.of(relation("app.orders", Kind.HEAP, 10 * MIB, MIB, 0.01)), List.of(), 12, List.of());
        assertThat(judge(underWay))
                .isInstanceOfSatisfying(
                        Verdict.Unknown.class,
                        unknown -> assertThat(unknown.cause()).isEqualTo(Cause.NOT_YET));
        assertThat(judge(underWay).summary())
                .isEqualTo(
                        "12 of the first tables are still to be looked at; so far a rebuild would give back 1.0 MB of"
                                + " 10 MB");
        assertThat(judge(new BloatSample(List.of(), List.of(), 1, List.of())).summary())
                .isEqualTo("one of the first tables is still to be looked at");

        BloatSample found = new BloatSample(
                List.of(relation("app.orders", Kind.HEAP, 4096 * MIB, 3000 * MIB, 0.01)), List.of(), 12, List.of());
        assertThat(judge(found).level()).isEqualTo(Level.WARNING);
    }

    @Test
    void says_that_nothing_was_measured_rather_than_none_of_nothing() {
        assertThat(judge(new BloatSample(
                                List.of(),
                                List.of(unmeasured("pg_catalog.pg_proc", 5 * MIB, Cause.NOT_YET, null)),
                                0,
                                List.of()))
                        .summary())
                .isEqualTo("nothing measured yet, 5.0 MB to go");
        assertThat(judge(new BloatSample(
                                List.of(),
                                List.of(unmeasured("app.mine", 42 * MIB, Cause.NOT_PERMITTED, "GRANT")),
                                0,
                                List.of()))
                        .summary())
                .isEqualTo("nothing measured of 42 MB; app.mine: why, which a GRANT changes");
        assertThat(judge(new BloatSample(
                                List.of(),
                                List.of(unmeasured("app.mine", 4200 * MIB, Cause.NOT_PERMITTED, "GRANT")),
                                0,
                                List.of()))
                        .summary())
                .isEqualTo("app.mine (4,200 MB) was not measured: why");
    }

    @Test
    void lists_no_empty_relation_and_of_those_that_give_back_nothing_the_largest_first() {
        BloatSample sample = sample(
                relation("app.a", Kind.BTREE, 8192, 0, 1),
                relation("app.b", Kind.BTREE, 0, 0, 0),
                relation("app.c", Kind.HEAP, MIB, 0, 0.01));

        assertThat(judge(sample).seen().orElseThrow().relations())
                .extracting(Bloat.Relation::relation)
                .containsExactly("app.c", "app.a");
    }

    @ParameterizedTest(name = "{0} s ago: {1}")
    @CsvSource({"0, just measured", "9, just measured", "10, measured 10 s ago", "480, measured 8 min ago"})
    void says_when_it_was_measured(long secondsAgo, String words) {
        Relation before = new Relation(
                "app.orders",
                Kind.HEAP,
                "app.orders",
                4096 * MIB,
                3072 * MIB,
                0.004,
                300,
                NOW.minusSeconds(secondsAgo),
                QUIET);

        assertThat(finding(before).summary()).endsWith("; " + words + ")");
    }

    @Test
    void an_index_and_its_table_are_one_story_unless_its_keys_have_emptied_it() {
        Relation table = relation("app.orders", Kind.HEAP, 4096 * MIB, 2500 * MIB, 0.004);
        Finding index = judge(sample(table, relation("app.i", Kind.BTREE, 4096 * MIB, 3072 * MIB, 0.004)))
                .findings()
                .get(0);
        assertThat(index.explainers()).containsExactly("bloat/app.orders");
        assertThat(index.cause()).isEqualTo("its table would give back 61 %, too");
        assertThat(index.remedy()).isNull();

        Finding emptier = judge(sample(table, relation("app.i", Kind.BTREE, 4096 * MIB, 3600 * MIB, 0.004)))
                .findings()
                .get(0);
        assertThat(emptier.explainers()).containsExactly("vacuum/app.orders");
        assertThat(emptier.remedy()).isNotNull();
    }

    @Test
    void says_who_else_reads() {
        Verdict<Bloat> verdict = probe.judge(Snapshot.at(NOW)
                .with(BloatSample.SECTION, new Reading.Missing<>(Cause.ELSEWHERE, "session 4711 reads")));

        assertThat(verdict.summary()).isEqualTo("session 4711 reads");
    }

    @Test
    void an_index_is_rebuilt_while_it_is_in_use() {
        Finding finding = finding(relation("app.\"By day\"", Kind.BTREE, 4096 * MIB, 3072 * MIB, 0.004));

        assertThat(finding.id()).isEqualTo("bloat/app.\"By day\"");
        assertThat(finding.summary())
                .isEqualTo(
                        "a rebuild would give back 3,072 MB of 4,096 MB (75 %, give or take 1 point; just measured)");
        assertThat(Objects.requireNonNull(finding.remedy()))
                .satisfies(remedy -> assertThat(remedy.sql()).isEqualTo("REINDEX INDEX CONCURRENTLY app.\"By day\";"))
                .satisfies(remedy -> assertThat(remedy.impact()).isEqualTo(Impact.ONLINE))
                .satisfies(remedy -> assertThat(remedy.text()).contains("1,024 MB of disk"));
    }

    @ParameterizedTest
    @CsvSource({"14.0, LOCKS", "14.3, LOCKS", "14.4, ONLINE", "14.13, ONLINE", "15.1, ONLINE", "18.6, ONLINE"})
    void reindexing_concurrently_is_not_advised_where_it_corrupts(String version, Impact expected) {
        Verdict<Bloat> verdict = judge(sample(relation("app.i", Kind.BTREE, 4096 * MIB, 3072 * MIB, 0.004)), version);

        assertThat(Objects.requireNonNull(verdict.findings().get(0).remedy()).impact())
                .isEqualTo(expected);
    }

    @Test
    void an_index_that_cannot_be_rebuilt_concurrently_is_told_to_lock() {
        Circumstances catalog = new Circumstances(true, 0, false);
        Finding finding = finding(relation("pg_catalog.i", Kind.BTREE, 4096 * MIB, 3072 * MIB, 0.004, catalog));

        assertThat(Objects.requireNonNull(finding.remedy()))
                .satisfies(remedy -> assertThat(remedy.sql()).isEqualTo("REINDEX INDEX pg_catalog.i;"))
                .satisfies(remedy -> assertThat(remedy.impact()).isEqualTo(Impact.LOCKS));
    }

    @Test
    void vacuum_full_is_advised_with_its_lock_and_only_where_nothing_better_is_installed() {
        Relation table = relation("app.orders", Kind.HEAP, 4096 * MIB, 3072 * MIB, 0.004);

        assertThat(Objects.requireNonNull(finding(table).remedy()))
                .satisfies(remedy -> assertThat(remedy.sql()).isEqualTo("VACUUM (FULL, VERBOSE) app.orders;"))
                .satisfies(remedy -> assertThat(remedy.text()).contains("ACCESS EXCLUSIVE"))
                .satisfies(remedy -> assertThat(remedy.impact()).isEqualTo(Impact.LOCKS));
        for (String extension : List.of("pg_repack", "pg_squeeze")) {
            Finding finding = judge(new BloatSample(List.of(table), List.of(), 0, List.of(extension)))
                    .findings()
                    .get(0);
            assertThat(Objects.requireNonNull(finding.remedy()))
                    .satisfies(remedy -> assertThat(remedy.text()).contains(extension))
                    .satisfies(remedy -> assertThat(remedy.impact()).isEqualTo(Impact.ONLINE));
        }
    }

    @Test
    void a_toast_relation_is_rebuilt_with_its_table() {
        Finding finding = finding(relation("pg_toast.pg_toast_1", Kind.TOAST, 4096 * MIB, 3072 * MIB, 0.004));

        assertThat(Objects.requireNonNull(finding.remedy()).sql()).isEqualTo("VACUUM (FULL, VERBOSE) app.orders;");
    }

    @Test
    void says_why_where_that_shows() {
        assertThat(cause(Kind.HEAP, new Circumstances(false, 0, true)))
                .isEqualTo("autovacuum is switched off for table app.orders");
        assertThat(cause(Kind.HEAP, new Circumstances(true, 0.6, true)))
                .isEqualTo("60 % of the pages of table app.orders hold no row, as after deleting many at once");
        assertThat(cause(Kind.BTREE, QUIET)).as("nothing is known of its table").isNull();
        assertThat(cause(Kind.HEAP, QUIET)).isEqualTo("rows were deleted or updated faster than new ones came");
    }

    @Test
    void an_index_that_is_much_emptier_than_its_table_has_keys_that_only_rise() {
        assertThat(besideItsTable(1024 * MIB))
                .isEqualTo(
                        "it is emptier than its table (25 %): new rows fill the room of old ones there, but their keys fall"
                                + " elsewhere, as where keys only rise; an index page is used again only when nothing is left on it");
        assertThat(besideItsTable(1500 * MIB))
                .as("a table that is not worth a rebuild itself")
                .startsWith("it is emptier than its table (36 %)");
    }

    private @Nullable String besideItsTable(long reclaimableOfTable) {
        return judge(sample(
                        relation("app.orders", Kind.HEAP, 4096 * MIB, reclaimableOfTable, 0.004),
                        relation("app.i", Kind.BTREE, 4096 * MIB, 3072 * MIB, 0.004)))
                .findings()
                .stream()
                .filter(one -> one.id().equals("bloat/app.i"))
                .findFirst()
                .orElseThrow()
                .cause();
    }

    @Test
    void names_what_held_the_dead_rows_when_vacuum_came_and_leads_to_its_finding() {
        assertThat(heldBack(true))
                .satisfies(finding -> assertThat(finding.explainers())
                        .containsExactly("idle-in-transaction/4711", "horizon/session-4711", "vacuum/app.orders"))
                .satisfies(
                        finding -> assertThat(finding.cause())
                                .startsWith(
                                        "VACUUM came and could not remove the dead rows of table app.orders, which session 4711"));
        assertThat(heldBack(false))
                .as("no VACUUM came")
                .satisfies(finding -> assertThat(finding.explainers()).containsExactly("vacuum/app.orders"))
                .satisfies(finding -> assertThat(finding.cause())
                        .isEqualTo(
                                "by the server's counts, 900,000 of 1.9 M rows of table app.orders are dead and wait for"
                                        + " VACUUM"));
    }

    @Test
    void what_holds_dead_rows_is_ended_before_anything_else() {
        assertThat(Objects.requireNonNull(heldBack(true).remedy()).text())
                .startsWith("First end what keeps the dead rows");
    }

    private Finding heldBack(boolean vacuumed) {
        Tables.Table table = new Tables.Table(
                7,
                "app.orders",
                null,
                true,
                1_000_000,
                900_000,
                0,
                1_000_000L,
                4096 * MIB,
                new Tables.Trigger(200_000, null, true, 50, 0.2),
                Facts.NOW.minusSeconds(60),
                null,
                null,
                Facts.NOW.minusSeconds(300),
                vacuumed);
        BloatSample seen = sample(relation("app.orders", Kind.HEAP, 4096 * MIB, 3072 * MIB, 0.004));
        return probe.judge(Facts.snapshot(Facts.idle(4711, 600, 20_000_000L, 20_000_000L))
                        .with(BloatSample.SECTION, new Reading.Taken<>(seen, NOW))
                        .with(Tables.SECTION, new Reading.Taken<>(new Tables(List.of(table), 1, 1L, null), NOW)))
                .findings()
                .get(0);
    }

    @Test
    void the_index_of_a_toast_relation_is_rebuilt_with_those_of_its_table() {
        Finding finding = finding(relation("pg_toast.pg_toast_1_index", Kind.BTREE, 4096 * MIB, 3072 * MIB, 0.004));

        assertThat(Objects.requireNonNull(finding.remedy()).sql()).isEqualTo("REINDEX TABLE CONCURRENTLY app.orders;");
    }

    private @Nullable String cause(Kind kind, Circumstances circumstances) {
        return finding(relation("app.orders", kind, 4096 * MIB, 3072 * MIB, 0.004, circumstances))
                .cause();
    }

    @Test
    void wrong_settings_are_refused_in_one_sentence() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new BloatProbe(0, 1, 0.02, 200, false))
                .withMessage("want 0 < warning-ratio < 1, got 0.0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new BloatProbe(0.4, -1, 0.02, 200, false))
                .withMessage("want warning-bytes of 0 or more, got -1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new BloatProbe(0.4, 1, 0, 200, false))
                .withMessage("want 0 < cpu-share <= 1, got 0.0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new BloatProbe(0.4, 1, 0.02, 0, false))
                .withMessage("want pages-per-second of 1 or more, got 0");
    }
}

package io.pgwatch.core.probes;

import static io.pgwatch.core.probes.Facts.idle;
import static io.pgwatch.core.probes.Facts.snapshot;
import static io.pgwatch.core.probes.Facts.taken;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.pgwatch.evidence.Bloat;
import io.pgwatch.probe.Finding;
import io.pgwatch.probe.Level;
import io.pgwatch.probe.Remedy;
import io.pgwatch.probe.Verdict;
import io.pgwatch.snapshot.BloatSample;
import io.pgwatch.snapshot.BloatSample.Circumstances;
import io.pgwatch.snapshot.BloatSample.Kind;
import io.pgwatch.snapshot.BloatSample.Relation;
import io.pgwatch.snapshot.BloatSample.Unmeasured;
import io.pgwatch.snapshot.Cause;
import io.pgwatch.snapshot.Server;
import io.pgwatch.snapshot.Tables;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** From where on a relation is worth a rebuild, and from where on what made it so is worth a word. */
class RebuildTests {

    private static final long GIB = 1L << 30;

    private static Relation relation(Kind kind, long bytes, long reclaimable, double halfWidth, Circumstances seen) {
        return new Relation(
                kind == Kind.BTREE ? "app.i" : "app.orders",
                kind,
                "app.orders",
                bytes,
                reclaimable,
                halfWidth,
                300,
                Facts.NOW,
                seen);
    }

    private static Relation half(double halfWidth) {
        return relation(Kind.HEAP, 4 * GIB, 2 * GIB, halfWidth, new Circumstances(true, 0, true));
    }

    private static Verdict<Bloat> judge(List<Relation> relations, Unmeasured... unmeasured) {
        return BloatProbe.withDefaults()
                .judge(snapshot()
                        .with(
                                BloatSample.SECTION,
                                taken(new BloatSample(relations, List.of(unmeasured), 0, List.of()))));
    }

    private static Rebuild rebuild(Optional<Server> server, List<String> extensions, Relation... measured) {
        return new Rebuild(server, new BloatSample(List.of(measured), List.of(), 0, extensions), List.of());
    }

    private static Remedy remedy(Rebuild rebuild, Relation relation) {
        return rebuild.remedy(relation, Optional.empty());
    }

    private static @Nullable String cause(double ratio, Kind kind, double ofTable, Circumstances seen) {
        return rebuild(Optional.empty(), List.of(), relation(Kind.HEAP, 1000, Math.round(1000 * ofTable), 0, seen))
                .cause(relation(kind, 1000, Math.round(1000 * ratio), 0, seen), Optional.empty());
    }

    private static Rebuild counted(long dead, long live) {
        return new Rebuild(
                Optional.empty(),
                new BloatSample(List.of(half(0)), List.of(), 0, List.of("pg_repack")),
                List.of(table(dead, live, 200, true)));
    }

    private static Tables.Table table(long dead, long live, long trigger, boolean enabled) {
        return new Tables.Table(
                7,
                "app.orders",
                null,
                true,
                live,
                dead,
                0,
                live,
                4 * GIB,
                new Tables.Trigger(trigger, null, enabled, 50, 0.2),
                null,
                null,
                null,
                null,
                false);
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '|',
            value = {"app.orders_2, app.orders_2", "app.my-orders, 'app.my-orders'", "app.it's, 'app.it'\\''s'"})
    void what_goes_to_a_shell_is_quoted_for_it(String table, String word) {
        Relation relation =
                new Relation(table, Kind.HEAP, table, 1000, 500, 0, 1, Facts.NOW, new Circumstances(true, 0, true));

        assertThat(remedy(rebuild(Optional.empty(), List.of("pg_repack")), relation)
                        .text())
                .contains(" pg_repack --table=" + word + ". ");
        assertThat(remedy(rebuild(Optional.of(Facts.server(false)), List.of("pg_repack")), relation)
                        .text())
                .contains(" pg_repack --dbname=shop --table=" + word + ". ");
    }

    @Test
    void of_a_catalog_is_beyond_the_extensions() {
        Relation catalog = relation(Kind.HEAP, 4 * GIB, 2 * GIB, 0, new Circumstances(true, 0, false));

        assertThat(remedy(rebuild(Optional.empty(), List.of("pg_repack", "pg_squeeze")), catalog)
                        .sql())
                .startsWith("VACUUM (FULL");
    }

    @Test
    void is_for_the_primary_where_a_standby_was_asked() {
        Rebuild onStandby = rebuild(Optional.of(Facts.server(true)), List.of());

        for (Kind kind : Kind.values()) {
            Relation relation = relation(kind, 4 * GIB, 2 * GIB, 0, new Circumstances(true, 0, true));
            assertThat(remedy(onStandby, relation).text()).startsWith("On the primary: ");
        }
    }

    @ParameterizedTest(name = "{0} of the pages empty: {1}")
    @CsvSource({
        "0.3, rows were deleted or updated faster than new ones came",
        "0.31, '31 % of the pages of table app.orders hold no row, as after deleting many at once'"
    })
    void empty_pages_are_told_where_there_are_many(double emptyPages, String told) {
        assertThat(cause(0.5, Kind.HEAP, 0.5, new Circumstances(true, emptyPages, true)))
                .isEqualTo(told);
    }

    @ParameterizedTest(name = "{0} dead and {1} live rows: {2}")
    @CsvSource({"1000, 0,", "1001, 4004,", "1001, 4003, '1,001 of 5,004 rows of table app.orders'", "190000, 0,"})
    void dead_rows_are_told_as_the_newest_reading_counts_them(long dead, long live, @Nullable String told) {
        assertThat(counted(dead, live).cause(half(0), Optional.empty()))
                .isEqualTo(
                        told == null
                                ? "rows were deleted or updated faster than new ones came"
                                : "by the server's counts, " + told + " are dead and wait for VACUUM");
    }

    @Test
    void dead_rows_of_a_table_that_holds_no_other_are_told_alone() {
        Relation empty = relation(Kind.HEAP, 4 * GIB, 4 * GIB, 0, new Circumstances(true, 0, true));
        Rebuild rebuild = new Rebuild(
                Optional.empty(),
                new BloatSample(List.of(empty), List.of(), 0, List.of()),
                List.of(table(190_000, 0, 200, true)));

        assertThat(rebuild.cause(empty, Optional.empty()))
                .isEqualTo("by the server's counts, 190,000 rows of table app.orders are dead and wait for VACUUM");
    }

    @Test
    void what_vacuum_removes_is_left_to_it_before_anything_is_rebuilt() {
        assertThat(remedy(counted(2000, 1000), half(0)))
                .isEqualTo(new Remedy(
                        "First vacuum the table, or wait for autovacuum, which is due and mostly comes within minutes."
                                + " New rows then fill the room. Rebuild only what is still to be given back when it"
                                + " has been measured again.",
                        "VACUUM (ANALYZE) app.orders;",
                        Remedy.Impact.ONLINE));
        assertThat(remedy(counted(1001, 4004), half(0)).text()).contains("pg_repack");
    }

    @ParameterizedTest(name = "a trigger of {0}, autovacuum on for the table: {1}")
    @CsvSource({"2000, true", "200, false"})
    void autovacuum_is_not_promised_where_it_does_not_come(long trigger, boolean enabled) {
        Rebuild rebuild = new Rebuild(
                Optional.empty(),
                new BloatSample(List.of(half(0)), List.of(), 0, List.of()),
                List.of(table(2000, 1000, trigger, enabled)));

        assertThat(remedy(rebuild, half(0)).text()).startsWith("First vacuum the table. New rows");
    }

    @Test
    void a_second_copy_is_as_large_as_what_stays_of_the_table_and_its_indexes() {
        Circumstances seen = new Circumstances(true, 0, true);
        Relation table = half(0);
        Rebuild rebuild = rebuild(Optional.empty(), List.of(), table, relation(Kind.BTREE, 3 * GIB, 2 * GIB, 0, seen));

        assertThat(remedy(rebuild, table).text())
                .contains("a second copy of the table and its indexes, 3,072 MB by what was measured")
                .contains("VACUUM FULL, which rebuilds the indexes too,")
                .contains("REINDEX TABLE CONCURRENTLY app.orders.");
    }

    @ParameterizedTest(name = "{0} of an index and {1} of its table: {2}")
    @CsvSource({
        "0.5, 0.3, 'rows were deleted or updated faster than new ones came: its table would give back 30 %, too'",
        "0.51, 0.3, 'it is emptier than its table (30 %): new rows fill'",
        "0.4, 0.2,",
        "0.3, 0.21, 'rows were deleted or updated faster'"
    })
    void an_index_is_compared_with_its_table(double ratio, double ofTable, @Nullable String told) {
        String cause = cause(ratio, Kind.BTREE, ofTable, new Circumstances(true, 0, true));

        if (told == null) {
            assertThat(cause).isNull();
        } else {
            assertThat(cause).startsWith(told);
        }
    }

    @ParameterizedTest(name = "{0} of a {1} whose table would give back {2}: {3}")
    @CsvSource({
        "0.2, HEAP, 0.2,",
        "0.21, HEAP, 0.21, rows were deleted or updated faster than new ones came",
        "0.9, TOAST, 0.9,"
    })
    void a_table_much_of_which_is_empty_lost_rows_faster_than_it_got_them(
            double ratio, Kind kind, double ofTable, @Nullable String told) {
        assertThat(cause(ratio, kind, ofTable, new Circumstances(true, 0, true)))
                .isEqualTo(told);
    }

    @Test
    void warns_from_the_share_and_from_the_bytes_on_at_the_lower_end() {
        assertThat(judge(List.of(half(0.1))).level()).as("40 %").isEqualTo(Level.WARNING);
        assertThat(judge(List.of(half(0.101))).level()).isEqualTo(Level.OK);
        Circumstances quiet = new Circumstances(true, 0, true);
        assertThat(judge(List.of(relation(Kind.HEAP, 2 * GIB, GIB, 0, quiet))).level())
                .as("1 GiB")
                .isEqualTo(Level.WARNING);
        assertThat(judge(List.of(relation(Kind.HEAP, 2 * GIB, GIB - 8192, 0, quiet)))
                        .level())
                .isEqualTo(Level.OK);
    }

    @Test
    void what_was_not_measured_hides_a_warning_from_as_many_bytes_on() {
        assertThat(judge(List.of(), new Unmeasured("app.big", "table", GIB, Cause.TIMED_OUT, "locked", null))
                        .level())
                .isEqualTo(Level.UNKNOWN);
        assertThat(judge(List.of(), new Unmeasured("app.big", "table", GIB - 1, Cause.TIMED_OUT, "locked", null))
                        .level())
                .isEqualTo(Level.OK);
        assertThat(judge(List.of()).summary()).isEqualTo("there is nothing to measure");
    }

    @Test
    void says_what_it_is_and_how_far_that_may_be_off() {
        Relation index = relation(Kind.BTREE, 4 * GIB, 3 * GIB, 0.054, new Circumstances(true, 0, true));

        assertThat(judge(List.of(index, half(0.01))).findings())
                .extracting(Finding::subject, Finding::summary)
                .containsExactly(
                        tuple(
                                "index app.i",
                                "a rebuild would give back 3,072 MB of 4,096 MB (75 %, give or take 5 points; just measured)"),
                        tuple(
                                "table app.orders",
                                "a rebuild would give back 2,048 MB of 4,096 MB (50 %, give or take 1 point; just measured)"));
    }

    @Test
    void each_relation_is_measured_by_name_and_kind() {
        Bloat evidence = judge(List.of(half(0.01))).seen().orElseThrow();

        List<Object> rows = new ArrayList<>();
        BloatProbe.withDefaults()
                .measures()
                .get(3)
                .source()
                .read(evidence, (tags, value) -> rows.add(tuple(tags, value)));

        assertThat(rows).containsExactly(tuple(List.of("app.orders", "heap"), 2.0 * GIB));
    }

    @ParameterizedTest(name = "{0} dead rows, a VACUUM {1} s ago, a transaction of 65 s: {2}")
    @CsvSource({"200000, 60, vacuum/app.orders", "200001, 60, idle-in-transaction/4711", "200001, 66, vacuum/app.orders"
    })
    void a_holder_explains_only_what_a_vacuum_found_it_holding(long dead, long secondsAgo, String root) {
        Tables.Table table = new Tables.Table(
                7,
                "app.orders",
                null,
                true,
                1_000_000,
                dead,
                0,
                1_000_000L,
                4 * GIB,
                new Tables.Trigger(200_000, null, true, 50, 0.2),
                Facts.NOW.minusSeconds(secondsAgo),
                null,
                null,
                Facts.NOW.minusSeconds(300),
                true);

        Finding finding = BloatProbe.withDefaults()
                .judge(snapshot(idle(4711, 60, 20_000_000L, null))
                        .with(BloatSample.SECTION, taken(new BloatSample(List.of(half(0.01)), List.of(), 0, List.of())))
                        .with(Tables.SECTION, taken(new Tables(List.of(table), 1, 1L, null))))
                .findings()
                .get(0);

        assertThat(finding.explainedBy()).isEqualTo(root);
    }
}

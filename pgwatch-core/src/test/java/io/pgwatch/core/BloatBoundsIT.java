package io.pgwatch.core;

import static io.pgwatch.core.Bloats.relation;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.pgwatch.core.probes.BloatProbe;
import io.pgwatch.probe.Finding;
import io.pgwatch.probe.Verdict;
import io.pgwatch.snapshot.BloatSample;
import io.pgwatch.snapshot.BloatSample.Kind;
import io.pgwatch.snapshot.BloatSample.Relation;
import io.pgwatch.snapshot.BloatSample.Unmeasured;
import io.pgwatch.snapshot.Cause;
import io.pgwatch.snapshot.Reading;
import io.pgwatch.snapshot.Snapshot;
import io.pgwatch.testsupport.FreshDatabase;
import io.pgwatch.testsupport.NoLeaks;
import io.pgwatch.testsupport.PgServer;
import io.pgwatch.testsupport.Postgres;
import io.pgwatch.testsupport.SupportedMajors;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;

/** That nothing hides: every byte was measured or is told as unmeasured, and what the sample cannot show is not guessed. */
@NoLeaks
class BloatBoundsIT {

    private static final Duration MINUTES = Duration.ofMinutes(6);

    private static final String WIDE =
            "(select string_agg(md5(i::text || j::text), '') from generate_series(1, 200) j)";

    @ParameterizedTest
    @SupportedMajors
    void what_was_measured_and_what_was_not_add_up_to_the_database(PgServer server) {
        try (FreshDatabase database = server.freshDatabase()) {
            database.executeAs(
                    "app",
                    "create table readable (id int primary key, body text, tags int[])",
                    "insert into readable select i, " + WIDE + ", array[i, i + 1] from generate_series(1, 300) i",
                    "create index on readable using gin (tags)",
                    "create materialized view view as select id from readable",
                    "create table secret (id int primary key, body text)",
                    "insert into secret select i, " + WIDE + " from generate_series(1, 200) i",
                    "grant select on readable, view to plain");
            database.execute("vacuum", "analyze");
            try (Bloats bloats = Bloats.of(database, "plain")) {
                bloats.readAll();
                BloatSample sample = bloats.readAllAfter(MINUTES);

                assertThat(sample.relations()).extracting(Relation::table).contains("pg_catalog.pg_class");
                long all = Long.parseLong(database.ask("select sum(pg_relation_size(oid)) from pg_class"
                        + " where relkind in ('r', 'm', 't', 'i') and not relisshared"));
                assertThat(measured(sample) + unmeasured(sample)).isBetween(all * 98 / 100, all * 102 / 100);
            }
        }
    }

    private static long measured(BloatSample sample) {
        return sample.relations().stream().mapToLong(Relation::bytes).sum();
    }

    private static long unmeasured(BloatSample sample) {
        return sample.unmeasured().stream().mapToLong(Unmeasured::bytes).sum();
    }

    @ParameterizedTest
    @SupportedMajors
    void the_index_of_wide_values_is_measured_and_its_remedy_works(PgServer server) {
        try (FreshDatabase database = server.freshDatabase();
                Bloats bloats = Bloats.of(database, "app")) {
            database.executeAs(
                    "app",
                    "create table documents (id int primary key, body text)",
                    "alter table documents alter body set storage external",
                    "insert into documents select i, " + WIDE + " from generate_series(1, 5000) i",
                    "delete from documents where id % 10 <> 0");
            awaitChunks(database, 2000);
            database.executeAs("app", "vacuum (truncate off) documents");
            awaitChunks(database, 2000);
            String index = "pg_toast."
                    + database.ask("select c.relname from pg_index i join pg_class c on c.oid = i.indexrelid where"
                            + " i.indrelid = (select reltoastrelid from pg_class where relname = 'documents')");

            Relation bloated = relation(bloats.readAll(), index);

            assertThat(bloated.kind()).isEqualTo(Kind.BTREE);
            assertThat(bloated.ratio()).isBetween(0.85, 0.92);
            database.executeAs("app", remedyOfItsOwn(bloated));
            Relation rebuilt = relation(bloats.readAllAfter(Duration.ofHours(25)), index);
            assertThat(rebuilt.ratio()).isZero();
            assertThat(rebuilt.bytes()).as("as predicted").isEqualTo(bloated.bytes() - bloated.reclaimableBytes());
        }
    }

    /** On 14 counts arrive a moment later, and what arrives after a VACUUM comes on top of what that has counted. */
    private static void awaitChunks(FreshDatabase database, int chunks) {
        await().until(() -> database.ask(
                        "select pg_stat_get_live_tuples(reltoastrelid) from pg_class" + " where relname = 'documents'")
                .equals(Integer.toString(chunks)));
    }

    /** As if its table were not bloated, which would be rebuilt with it. */
    private static String remedyOfItsOwn(Relation relation) {
        BloatSample alone = new BloatSample(List.of(relation), List.of(), 0, List.of());
        Verdict<?> verdict = new BloatProbe(0.4, 1, 0.5, 1000, false)
                .judge(Snapshot.at(Instant.now()).with(BloatSample.SECTION, new Reading.Taken<>(alone, Instant.now())));
        Finding finding = verdict.findings().get(0);
        return Objects.requireNonNull(Objects.requireNonNull(finding.remedy()).sql());
    }

    @Test
    void wide_values_of_a_few_rows_among_many_are_not_taken_for_bloat(@Postgres PgServer server) {
        try (FreshDatabase database = server.freshDatabase();
                Bloats bloats = Bloats.of(database, "app")) {
            database.executeAs(
                    "app",
                    "create table documents (id int primary key, body text)",
                    "alter table documents alter body set storage external",
                    "insert into documents select i, 'x' from generate_series(1, 400000) i",
                    "insert into documents select -i, repeat(" + WIDE + ", 1000) from generate_series(1, 4) i",
                    "vacuum analyze documents");
            await().until(() -> database.ask("select pg_stat_get_live_tuples(reltoastrelid) > 0 from pg_class"
                            + " where relname = 'documents'")
                    .equals("t"));

            BloatSample sample = bloats.readAll();

            assertThat(sample.relations())
                    .filteredOn(one -> one.relation().startsWith("pg_toast.")
                            && one.table().equals("public.documents"))
                    .allSatisfy(one ->
                            assertThat(one.ratio()).as("the page was met").isLessThan(0.1));
            assertThat(sample.unmeasured())
                    .filteredOn(one -> one.relation().startsWith("pg_toast.") && one.bytes() > 1_000_000)
                    .allSatisfy(one -> assertThat(one.cause()).isEqualTo(Cause.NOT_SUPPORTED))
                    .allSatisfy(one -> assertThat(one.detail()).contains("rows so few"));
        }
    }

    @Test
    void a_large_table_that_nobody_counted_is_not_lost_among_small_ones(@Postgres PgServer server) {
        try (FreshDatabase database = server.freshDatabase();
                Bloats bloats = Bloats.of(database, "app")) {
            database.executeAs(
                    "app",
                    "create table large (id int) with (autovacuum_enabled = off)",
                    "insert into large select generate_series(1, 100000)",
                    "do $$ begin for i in 1..300 loop execute"
                            + " format('create table small_%s (id int) with (autovacuum_enabled = off)', i); end loop; end $$");
            await().until(() -> database.ask("select pg_stat_get_tuples_inserted('large'::regclass)")
                    .equals("100000"));

            BloatSample sample = bloats.readAll();

            assertThat(relation(sample, "public.large").bytes()).isEqualTo(443 * 8192L);
            assertThat(sample.unmeasured())
                    .filteredOn(one -> one.relation().endsWith(" smaller tables"))
                    .allSatisfy(one -> assertThat(one.bytes()).isLessThan(100 * 8192L));
        }
    }

    @ParameterizedTest
    @SupportedMajors
    void keys_that_an_index_compresses_are_within_the_interval(PgServer server) {
        try (FreshDatabase database = server.freshDatabase();
                Bloats bloats = Bloats.of(database, "app")) {
            database.executeAs(
                    "app",
                    "create table pages (id int primary key, body text) with (autovacuum_enabled = off)",
                    "insert into pages select i, repeat(md5(i::text), 20 + i % 30) from generate_series(1, 2000) i",
                    "create index on pages (body)",
                    "delete from pages where id % 2 = 0",
                    "vacuum (truncate off) pages");

            Relation predicted = relation(bloats.readAll(), "public.pages_body_idx");

            database.executeAs("app", "reindex index pages_body_idx");
            double given = 1
                    - Double.parseDouble(database.ask("select pg_relation_size('pages_body_idx')")) / predicted.bytes();
            assertThat(given).isBetween(0.4, 0.6);
            assertThat(predicted.ratio()).isBetween(given - predicted.halfWidth(), given + predicted.halfWidth());
            assertThat(predicted.leastReclaimableBytes())
                    .as("what is told is there")
                    .isLessThan((long) (given * predicted.bytes()));
        }
    }

    @ParameterizedTest
    @SupportedMajors
    void columns_that_hold_nothing_or_may_yet_be_null_are_measured_as_they_are(PgServer server) {
        try (FreshDatabase database = server.freshDatabase();
                FreshDatabase copy = server.freshDatabase()) {
            database.executeAs(
                    "app",
                    "create table odd (id int, v bigint, w bigint) with (autovacuum_enabled = off)",
                    "insert into odd select i, case when i % 4 = 0 then i end, i from generate_series(1, 40000) i",
                    "create index on odd (v, w)",
                    "delete from odd where id % 2 = 1");
            if (server.major() >= 18) {
                database.executeAs(
                        "app",
                        "alter table odd add constraint not_yet not null v not valid",
                        "alter table odd add sum bigint generated always as (id + 1) virtual");
            }
            BloatSample sample;
            try (Bloats bloats = Bloats.of(database, "app")) {
                sample = bloats.readAll();
            }
            server.execute(
                    "drop database " + copy.name(), "create database " + copy.name() + " template " + database.name());
            copy.execute("vacuum full odd");

            for (String name : new String[] {"odd", "odd_v_w_idx"}) {
                Relation predicted = relation(sample, "public." + name);
                long after = Long.parseLong(copy.ask("select pg_relation_size('" + name + "')"));
                assertThat((double) (predicted.bytes() - predicted.reclaimableBytes()))
                        .as(name)
                        .isBetween(after * 0.98, after * 1.02);
            }
        }
    }
}

package io.pgwatch;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgwatch.evidence.PoolSaturation;
import io.pgwatch.evidence.ProbeIds;
import io.pgwatch.evidence.Wraparound;
import io.pgwatch.probe.Finding;
import io.pgwatch.probe.Level;
import io.pgwatch.probe.Remedy;
import io.pgwatch.probe.Verdict;
import io.pgwatch.snapshot.Cause;
import io.pgwatch.snapshot.Ceiling;
import io.pgwatch.snapshot.ClientPools.ClientPool;
import io.pgwatch.snapshot.Server;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ReportTests {

    private static final Instant SAMPLED = Instant.parse("2026-11-21T02:41:00Z");
    private static final Instant NOW = SAMPLED.plusMillis(3200);

    private static final PoolSaturation USED = new PoolSaturation(
            List.of(new ClientPool("ord\"ers\n", "hikari", null, 1, 10, 2, 0, null, 0)),
            List.of(new Ceiling(Ceiling.Kind.SERVER, "max_connections", 95, 97)),
            1,
            null,
            null,
            null,
            List.of(),
            null);

    private static final Finding FULL = Finding.of(
            ProbeIds.POOL_SATURATION,
            Level.CRITICAL,
            "server",
            "the server",
            "95 of 97 connections in use (97 %), of which pgwatch's own is only the one that counts them",
            "after 2 more, connections will be refused",
            new Remedy(
                    "See who holds the connections; lower the maximum sizes of pools that mostly idle, before raising"
                            + " max_connections, which wants a restart.",
                    "SELECT usename, count(*)\nFROM pg_stat_activity GROUP BY 1;",
                    Remedy.Impact.READ_ONLY));

    private static final Report REPORT = new Report(
            "orders",
            Level.CRITICAL,
            SAMPLED,
            new Server("7423", "localhost", 5432, "15.18", 15, "orders", "app", false, null),
            List.of(
                    new ProbeReport<>(
                            ProbeIds.POOL_SATURATION,
                            Level.CRITICAL,
                            new Verdict.Judged<>(Level.CRITICAL, FULL.summary(), USED, List.of(FULL)),
                            Level.CRITICAL),
                    new ProbeReport<>(
                            ProbeIds.WRAPAROUND,
                            Level.UNKNOWN,
                            new Verdict.Unknown<Wraparound>(
                                    Cause.NOT_PERMITTED,
                                    "databases: permission denied (SQLSTATE 42501)",
                                    new Remedy(
                                            "Let the role look.",
                                            "GRANT EXECUTE ON FUNCTION age(xid) TO app;",
                                            Remedy.Impact.ONLINE),
                                    null),
                            null)),
            new Sweep(0.004, 2));

    @Test
    void is_stale_where_every_probe_is_whether_it_weighs_or_not() {
        assertThat(because(Cause.STALE, Cause.STALE).isStale()).isTrue();
        assertThat(because(Cause.STALE, Cause.NOT_APPLICABLE).isStale())
                .as("the one that reads tables may have lost its lock's holder")
                .isFalse();
        assertThat(REPORT.isStale()).isFalse();
    }

    private static Report because(Cause saturation, Cause wraparound) {
        return new Report(
                "orders",
                Level.UNKNOWN,
                SAMPLED,
                null,
                List.of(
                        new ProbeReport<>(
                                ProbeIds.POOL_SATURATION,
                                Level.UNKNOWN,
                                new Verdict.Unknown<>(saturation, "it is old"),
                                null),
                        new ProbeReport<>(
                                ProbeIds.WRAPAROUND, Level.UNKNOWN, new Verdict.Unknown<>(wraparound, "it is"), null)),
                new Sweep(0.004, 0));
    }

    @Test
    void reads_well_in_a_terminal_of_100_columns() {
        assertThat(REPORT.text(NOW)).isEqualTo("""
                        orders: CRITICAL, 3 s ago, PostgreSQL 15.18, orders at localhost:5432

                          CRITICAL  pool-saturation  95 of 97 connections in use (97 %), of which pgwatch's own is only the
                                                     one that counts them
                          UNKNOWN   wraparound       databases: permission denied (SQLSTATE 42501)

                        CRITICAL  the server
                          because after 2 more, connections will be refused
                          do      See who holds the connections; lower the maximum sizes of pools that mostly idle, before
                                  raising max_connections, which wants a restart. (only reads)
                                    SELECT usename, count(*)
                                    FROM pg_stat_activity GROUP BY 1;

                        UNKNOWN   wraparound: databases: permission denied (SQLSTATE 42501)
                          do      Let the role look. (reads and writes go on meanwhile)
                                    GRANT EXECUTE ON FUNCTION age(xid) TO app;
                        """);
        assertThat(REPORT.text(NOW).lines()).allMatch(line -> line.length() <= 100);
    }

    @Test
    void tells_a_story_from_its_root() {
        Finding root = Finding.of(
                ProbeIds.POOL_SATURATION,
                Level.WARNING,
                "4711",
                "session 4711",
                "idle in transaction for 412 s",
                "it has written and not committed",
                new Remedy("End it.", "SELECT pg_terminate_backend(4711);", Remedy.Impact.ENDS_SESSION));
        Finding old = Finding.of(
                        ProbeIds.WRAPAROUND,
                        Level.CRITICAL,
                        "xid",
                        "database orders",
                        "its age does not fall",
                        null,
                        new Remedy("Freeze it.", "VACUUM (FREEZE);", Remedy.Impact.ONLINE))
                .explainedBy(root.id());
        List<Finding> tables = IntStream.rangeClosed(1, 6)
                .mapToObj(i -> Finding.of(
                                ProbeIds.WRAPAROUND, Level.WARNING, "t" + i, "table t" + i, "swells", null, null)
                        .explainedBy(root.id()))
                .toList();
        Finding same = Finding.of(
                        ProbeIds.WRAPAROUND,
                        Level.CRITICAL,
                        "held",
                        "session 4711 of app",
                        "session 4711 of app holds rows",
                        null,
                        new Remedy("End it.", "SELECT pg_terminate_backend(4711);", Remedy.Impact.ENDS_SESSION))
                .explainedBy(root.id());
        List<Finding> effects = new ArrayList<>(tables);
        effects.add(same);
        effects.add(old);
        Finding other =
                Finding.of(ProbeIds.POOL_SATURATION, Level.WARNING, "other", "the pool", "is small", null, null);

        String text = new Report(
                        "orders",
                        Level.CRITICAL,
                        SAMPLED,
                        null,
                        List.of(report(List.of(other, root)), report(effects)),
                        new Sweep(0, 0))
                .text(NOW);

        assertThat(text.substring(text.lastIndexOf("see below") + "see below\n\n".length()))
                .isEqualTo("""
                        CRITICAL  session 4711: idle in transaction for 412 s
                          because it has written and not committed
                          so      session 4711 of app holds rows
                          so      database orders: its age does not fall
                          so      table t1: swells
                          so      table t2: swells
                          so      table t3: swells
                          so      3 more like these
                          do      End it. (ends a session; what it has not committed is lost)
                                    SELECT pg_terminate_backend(4711);
                          then    Freeze it. (reads and writes go on meanwhile)
                                    VACUUM (FREEZE);

                        WARNING   the pool: is small
                        """);
    }

    @Test
    void tells_once_why_several_probes_know_nothing() {
        Remedy remedy = new Remedy("Start it.", null, Remedy.Impact.ONLINE);
        Report lost = new Report(
                "orders",
                Level.UNKNOWN,
                SAMPLED,
                null,
                List.of(
                        new ProbeReport<>(ProbeIds.POOL_SATURATION, Level.UNKNOWN, lost(remedy), null),
                        new ProbeReport<>(ProbeIds.WRAPAROUND, Level.UNKNOWN, lost(remedy), null),
                        new ProbeReport<>(ProbeIds.VACUUM, Level.UNKNOWN, lost(null), null)),
                new Sweep(0, 0));

        assertThat(lost.text(NOW)).isEqualTo("""
                        orders: UNKNOWN, 3 s ago

                          UNKNOWN   pool-saturation  cannot connect to db:5432: refused
                          UNKNOWN   wraparound       the same as pool-saturation
                          UNKNOWN   vacuum           the same as pool-saturation

                        UNKNOWN   pool-saturation, wraparound: cannot connect to db:5432: refused
                          do      Start it. (reads and writes go on meanwhile)
                        """);
    }

    private static <E> Verdict<E> lost(@Nullable Remedy remedy) {
        return new Verdict.Unknown<>(Cause.FAILED, "cannot connect to db:5432: refused", remedy, null);
    }

    private static ProbeReport<?> report(List<Finding> findings) {
        return new ProbeReport<>(
                ProbeIds.POOL_SATURATION,
                Level.WARNING,
                new Verdict.Judged<>(Level.WARNING, "see below", USED, findings),
                Level.WARNING);
    }

    @Test
    void shows_nothing_that_would_steer_the_terminal() {
        Report hostile =
                new Report("orders\u001b[2J\u0007\u009b", Level.UNKNOWN, SAMPLED, null, List.of(), new Sweep(0, 0));

        assertThat(hostile.text(NOW).lines().findFirst()).contains("orders?[2J??: UNKNOWN, 3 s ago");
    }

    @Test
    void has_the_json_form_that_users_rely_on() {
        assertThat(REPORT.json(NOW))
                .isEqualTo(
                        "{\"watch\":\"orders\",\"level\":\"CRITICAL\",\"sampledAt\":\"2026-11-21T02:41:00Z\",\"ageSeconds\":3.2,"
                                + "\"unknown\":[\"wraparound\"],"
                                + "\"server\":{\"id\":\"7423\",\"host\":\"localhost\",\"port\":5432,\"version\":\"15.18\",\"database\":\"orders\",\"standby\":false,\"pooler\":null},"
                                + "\"probes\":{\"pool-saturation\":{\"level\":\"CRITICAL\",\"rawLevel\":\"CRITICAL\","
                                + "\"summary\":\"95 of 97 connections in use (97 %), of which pgwatch's own is only the one that counts them\","
                                + "\"evidence\":{\"pools\":[{\"name\":\"ord\\\"ers\\n\",\"kind\":\"hikari\",\"active\":null,\"idle\":1,\"max\":10,\"min\":2,\"pending\":0,\"timeouts\":null,\"fullSeconds\":0.0}],"
                                + "\"ceilings\":[{\"kind\":\"server\",\"name\":\"max_connections\",\"used\":95,\"limit\":97}],\"monitors\":1,\"fleet\":null,\"newPerSecond\":null,\"secondsUntilFull\":null,"
                                + "\"poolers\":[],\"diagnosis\":null},"
                                + "\"findings\":[{\"id\":\"pool-saturation/server\",\"level\":\"CRITICAL\",\"subject\":\"the server\","
                                + "\"summary\":\"95 of 97 connections in use (97 %), of which pgwatch's own is only the one that counts them\","
                                + "\"cause\":\"after 2 more, connections will be refused\","
                                + "\"remedy\":{\"text\":\"See who holds the connections; lower the maximum sizes of pools that mostly idle, before raising max_connections, which wants a restart.\","
                                + "\"sql\":\"SELECT usename, count(*)\\nFROM pg_stat_activity GROUP BY 1;\",\"impact\":\"READ_ONLY\"},\"explainedBy\":null}]},"
                                + "\"wraparound\":{\"level\":\"UNKNOWN\",\"summary\":\"databases: permission denied (SQLSTATE 42501)\",\"evidence\":null,"
                                + "\"missing\":{\"cause\":\"NOT_PERMITTED\",\"detail\":\"databases: permission denied (SQLSTATE 42501)\","
                                + "\"remedy\":{\"text\":\"Let the role look.\",\"sql\":\"GRANT EXECUTE ON FUNCTION age(xid) TO app;\",\"impact\":\"ONLINE\"}}}}}");
    }

    @Test
    void gives_typed_access_to_each_verdict() {
        Verdict<PoolSaturation> verdict = REPORT.verdict(ProbeIds.POOL_SATURATION);

        assertThat(verdict.seen().orElseThrow().ceilings().get(0).free()).isEqualTo(2);
    }

    @Test
    void tells_a_probe_that_does_not_run_from_one_that_is_well() {
        Report without = new Report("orders", Level.UNKNOWN, SAMPLED, null, List.of(), new Sweep(0, 0));

        assertThat(without.verdict(ProbeIds.WRAPAROUND))
                .isEqualTo(new Verdict.Unknown<>(Cause.NOT_APPLICABLE, "probe wraparound is not enabled"));
    }

    @Test
    void is_never_younger_than_now() {
        assertThat(REPORT.age(SAMPLED.minusSeconds(5))).isZero();
    }
}

package io.pgwatch.core;

import static io.pgwatch.probe.Level.CRITICAL;
import static io.pgwatch.probe.Level.OK;
import static io.pgwatch.probe.Level.UNKNOWN;
import static io.pgwatch.probe.Level.WARNING;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.pgwatch.ProbeReport;
import io.pgwatch.Report;
import io.pgwatch.Sweep;
import io.pgwatch.evidence.ProbeIds;
import io.pgwatch.probe.Finding;
import io.pgwatch.probe.Level;
import io.pgwatch.probe.ProbeId;
import io.pgwatch.probe.Remedy;
import io.pgwatch.probe.Verdict;
import io.pgwatch.snapshot.Cause;
import io.pgwatch.snapshot.Server;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class AssemblyTests {

    private static final Instant NOW = Instant.parse("2026-11-21T02:00:00Z");

    private record Seen(int count) {}

    private static final ProbeId<Seen> BLOAT = new ProbeId<>("bloat", Seen.class);
    private static final ProbeId<Seen> HORIZON = new ProbeId<>("horizon", Seen.class);

    @Test
    void holds_a_level_that_has_just_calmed_down_for_one_more_sweep() {
        Report critical = next(null, judged(CRITICAL));
        Report calmed = next(critical, judged(OK));
        Report calm = next(calmed, judged(OK));

        assertThat(levels(critical, calmed, calm)).containsExactly(CRITICAL, CRITICAL, OK);
        assertThat(calmed.probes().get(0).held()).isTrue();
        assertThat(calmed.probes().get(0).verdict().level()).isEqualTo(OK);
    }

    @Test
    void steps_down_one_sweep_late_and_up_at_once() {
        Report critical = next(null, judged(CRITICAL));
        Report warning = next(critical, judged(WARNING));
        Report ok = next(warning, judged(OK));
        Report again = next(ok, judged(CRITICAL));

        assertThat(levels(critical, warning, ok, again)).containsExactly(CRITICAL, CRITICAL, WARNING, CRITICAL);
    }

    @Test
    void an_unknown_in_between_does_not_end_the_hold() {
        Report critical = next(null, judged(CRITICAL));
        Report blind = next(critical, unknown(Cause.TIMED_OUT));
        Report seeing = next(blind, judged(OK));
        Report calm = next(seeing, judged(OK));

        assertThat(levels(critical, blind, seeing, calm)).containsExactly(CRITICAL, UNKNOWN, CRITICAL, OK);
    }

    @Test
    void takes_the_heaviest_level_and_unknown_weighs_more_than_ok() {
        assertThat(overall(judged(OK), unknown(Cause.TIMED_OUT))).isEqualTo(UNKNOWN);
        assertThat(overall(judged(WARNING), unknown(Cause.TIMED_OUT))).isEqualTo(WARNING);
        assertThat(overall(judged(OK), judged(CRITICAL))).isEqualTo(CRITICAL);
    }

    @Test
    void what_does_not_apply_or_is_read_elsewhere_weighs_nothing() {
        assertThat(overall(judged(OK), unknown(Cause.NOT_APPLICABLE))).isEqualTo(OK);
        assertThat(overall(judged(OK), unknown(Cause.ELSEWHERE))).isEqualTo(OK);
    }

    @Test
    void is_unknown_rather_than_ok_when_nobody_looks_at_anything() {
        assertThat(overall(unknown(Cause.NOT_APPLICABLE), unknown(Cause.ELSEWHERE)))
                .isEqualTo(UNKNOWN);
        assertThat(Assembly.next("orders", null, Map.of(), NOW, null, new Sweep(0, 0))
                        .level())
                .isEqualTo(UNKNOWN);
    }

    @Test
    void links_a_finding_to_its_root_only_where_the_root_was_found_too() {
        Finding root = Finding.of(HORIZON, CRITICAL, "4711", "session 4711", "pins", null, null);
        Finding explained = Finding.of(BLOAT, WARNING, "orders", "table orders", "swells", null, null)
                .explainedBy("horizon/4711");
        Finding orphan = Finding.of(BLOAT, WARNING, "lines", "table lines", "swells", null, null)
                .explainedBy("horizon/4712");
        Map<ProbeId<?>, Verdict<?>> verdicts = new LinkedHashMap<>();
        verdicts.put(HORIZON, new Verdict.Judged<>(CRITICAL, "", new Seen(1), List.of(root)));
        verdicts.put(BLOAT, new Verdict.Judged<>(WARNING, "", new Seen(2), List.of(explained, orphan)));

        Report report = Assembly.next("orders", null, verdicts, NOW, null, new Sweep(0, 0));

        assertThat(report.verdict(BLOAT).findings())
                .extracting(Finding::explainedBy)
                .containsExactly("horizon/4711", null);
    }

    @Test
    void links_a_chain_of_findings_to_the_root_of_all() {
        Finding session = Finding.of(HORIZON, CRITICAL, "4711", "session 4711", "idles", null, null);
        Finding horizon = Finding.of(HORIZON, CRITICAL, "tables", "horizon", "old", null, null)
                .explainedBy("horizon/4711");
        Finding table = Finding.of(BLOAT, WARNING, "orders", "table orders", "swells", null, null)
                .explainedBy("horizon/tables");

        assertThat(explainers(List.of(session, horizon), List.of(table)))
                .containsExactly(null, "horizon/4711", "horizon/4711");
    }

    @Test
    void links_to_the_closest_of_several_that_were_raised() {
        Finding session = Finding.of(HORIZON, CRITICAL, "4711", "session 4711", "idles", null, null);
        Finding horizon = Finding.of(HORIZON, CRITICAL, "tables", "horizon", "old", null, null);
        Finding table = Finding.of(BLOAT, WARNING, "orders", "table orders", "swells", null, null)
                .explainedByFirstOf(List.of("horizon/4711", "horizon/tables"));

        assertThat(explainers(List.of(session, horizon), List.of(table))).containsExactly(null, null, "horizon/4711");
        assertThat(explainers(List.of(horizon), List.of(table))).containsExactly(null, "horizon/tables");
        assertThat(explainers(List.of(), List.of(table))).containsOnlyNulls();
    }

    @Test
    void findings_that_explain_each_other_stand_for_themselves() {
        Finding one =
                Finding.of(HORIZON, CRITICAL, "one", "one", "is", null, null).explainedBy("bloat/other");
        Finding other =
                Finding.of(BLOAT, WARNING, "other", "other", "is", null, null).explainedBy("horizon/one");
        Finding third =
                Finding.of(BLOAT, WARNING, "third", "third", "is", null, null).explainedBy("horizon/one");
        Finding own = Finding.of(BLOAT, WARNING, "own", "own", "is", null, null).explainedBy("bloat/own");

        assertThat(explainers(List.of(one), List.of(other, third, own))).containsOnlyNulls();
    }

    @Test
    void two_findings_that_differ_only_in_what_a_line_cannot_show_are_both_told() {
        Finding one = Finding.of(HORIZON, CRITICAL, "a b", "one", "is", null, null);
        Finding other = Finding.of(HORIZON, CRITICAL, "a b", "other", "is", null, null);
        Finding explained =
                Finding.of(BLOAT, WARNING, "t", "table", "is", null, null).explainedBy("horizon/a b");

        assertThat(explainers(List.of(one, other), List.of(explained))).containsExactly(null, null, "horizon/a b");
    }

    private static List<@Nullable String> explainers(List<Finding> ofHorizon, List<Finding> ofBloat) {
        Map<ProbeId<?>, Verdict<?>> verdicts = new LinkedHashMap<>();
        verdicts.put(HORIZON, new Verdict.Judged<>(CRITICAL, "", new Seen(1), ofHorizon));
        verdicts.put(BLOAT, new Verdict.Judged<>(WARNING, "", new Seen(2), ofBloat));
        Report report = Assembly.next("orders", null, verdicts, NOW, null, new Sweep(0, 0));
        List<@Nullable String> explainers = new ArrayList<>();
        report.probes()
                .forEach(probe -> probe.verdict().findings().forEach(finding -> explainers.add(finding.explainedBy())));
        return explainers;
    }

    @Test
    void a_stale_report_says_nothing_but_that_and_keeps_its_moment() {
        Report stale = Assembly.stale(next(null, judged(OK)), "nothing new for 46 s");

        assertThat(stale.level()).isEqualTo(UNKNOWN);
        assertThat(stale.sampledAt()).isEqualTo(NOW);
        assertThat(stale.verdict(BLOAT))
                .isEqualTo(new Verdict.Unknown<>(Cause.STALE, "nothing new for 46 s; before that: seen"));
    }

    @Test
    void a_stale_report_does_not_end_the_hold_either() {
        Report stale = Assembly.stale(next(null, judged(CRITICAL)), "nothing new for 46 s");

        assertThat(levels(next(stale, judged(OK)))).containsExactly(CRITICAL);
    }

    @Test
    void goes_on_with_the_server_that_it_knew_while_that_cannot_be_asked() {
        Server server = new Server("1", "localhost", 5432, "18.6", 18, "shop", "app", false, null);
        Report first = Assembly.next("orders", null, Map.of(), NOW, server, new Sweep(0, 0));

        assertThat(next(null, judged(OK)).server()).isNull();
        assertThat(next(first, judged(OK)).server()).isEqualTo(server);
    }

    @Test
    void a_standby_has_its_primary_grant_what_any_probe_lacks() {
        Remedy grant = new Remedy("Grant it.", "GRANT pg_monitor TO app;", Remedy.Impact.ONLINE);
        Remedy setting = new Remedy("Set it.", "ALTER SYSTEM SET it = on;", Remedy.Impact.CONFIGURATION);
        Remedy advice = new Remedy("Ask for it.", null, Remedy.Impact.ONLINE);

        assertThat(toldBy(true, grant)).isEqualTo(grant.onThePrimary());
        assertThat(toldBy(false, grant)).isEqualTo(grant);
        assertThat(List.of(toldBy(true, setting), toldBy(true, advice))).containsExactly(setting, advice);
    }

    private static Remedy toldBy(boolean standby, Remedy remedy) {
        Server server = new Server("1", "localhost", 5432, "18.6", 18, "shop", "app", standby, null);
        Verdict<Seen> lacking = new Verdict.Unknown<>(Cause.NOT_PERMITTED, "not seen", remedy, new Seen(1));
        Report report = Assembly.next("orders", null, Map.of(BLOAT, lacking), NOW, server, new Sweep(0, 0));
        return report.verdict(BLOAT).fold(judged -> null, unknown -> requireNonNull(unknown.remedy()));
    }

    @Test
    void knows_no_verdict_of_a_probe_that_does_not_run() {
        assertThat(next(null, judged(OK)).verdict(ProbeIds.WRAPAROUND).level()).isEqualTo(UNKNOWN);
    }

    private static Report next(@Nullable Report previous, Verdict<Seen> verdict) {
        return Assembly.next("orders", previous, Map.of(BLOAT, verdict), NOW, null, new Sweep(0, 0));
    }

    private static Level overall(Verdict<Seen> one, Verdict<Seen> other) {
        return Assembly.next("orders", null, Map.of(BLOAT, one, HORIZON, other), NOW, null, new Sweep(0, 0))
                .level();
    }

    private static List<Level> levels(Report... reports) {
        return java.util.stream.Stream.of(reports)
                .map(report -> report.find(BLOAT).map(ProbeReport::level).orElseThrow())
                .toList();
    }

    private static Verdict<Seen> judged(Level level) {
        return new Verdict.Judged<>(level, "seen", new Seen(1), List.of());
    }

    private static Verdict<Seen> unknown(Cause cause) {
        return new Verdict.Unknown<>(cause, "not seen");
    }
}

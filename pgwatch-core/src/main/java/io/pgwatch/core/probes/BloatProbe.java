package io.pgwatch.core.probes;

import static io.pgwatch.probe.Level.OK;
import static io.pgwatch.probe.Level.WARNING;

import io.pgwatch.evidence.Bloat;
import io.pgwatch.evidence.ProbeIds;
import io.pgwatch.probe.Finding;
import io.pgwatch.probe.Measure;
import io.pgwatch.probe.Probe;
import io.pgwatch.probe.ProbeId;
import io.pgwatch.probe.Remedy;
import io.pgwatch.probe.Verdict;
import io.pgwatch.snapshot.BloatSample;
import io.pgwatch.snapshot.BloatSample.Relation;
import io.pgwatch.snapshot.BloatSample.Unmeasured;
import io.pgwatch.snapshot.Cause;
import io.pgwatch.snapshot.Holders;
import io.pgwatch.snapshot.Section;
import io.pgwatch.snapshot.Server;
import io.pgwatch.snapshot.Sessions;
import io.pgwatch.snapshot.Snapshot;
import io.pgwatch.snapshot.Tables;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Warns of relations of which a rebuild would give back a large part. Bloat is chronic, so it is never critical.
 *
 * @param warningRatio share of a relation that a rebuild must give back, at the lower end of the interval; default 0.4
 * @param warningBytes that it must give back besides, at the lower end too; default 1 GiB
 * @param cpuShare of one core of the server that reading pages may take on the average; default 0.02
 * @param pagesPerSecond that may be read on the average; default 200
 * @param runUserFunctions whether indexes are measured whose expressions or predicates name functions or operators that are
 *     no part of PostgreSQL, which runs them with the rights of the watch's role; default false
 */
public record BloatProbe(
        double warningRatio, long warningBytes, double cpuShare, int pagesPerSecond, boolean runUserFunctions)
        implements Probe<Bloat> {

    private static final int SHOWN = 20;

    public BloatProbe {
        if (!(0 < warningRatio && warningRatio < 1)) {
            throw new IllegalArgumentException("want 0 < warning-ratio < 1, got " + warningRatio);
        }
        if (warningBytes < 0) {
            throw new IllegalArgumentException("want warning-bytes of 0 or more, got " + warningBytes);
        }
        if (!(0 < cpuShare && cpuShare <= 1)) {
            throw new IllegalArgumentException("want 0 < cpu-share <= 1, got " + cpuShare);
        }
        if (pagesPerSecond < 1) {
            throw new IllegalArgumentException("want pages-per-second of 1 or more, got " + pagesPerSecond);
        }
    }

    public static BloatProbe withDefaults() {
        return new BloatProbe(0.40, 1L << 30, 0.02, 200, false);
    }

    @Override
    public ProbeId<Bloat> id() {
        return ProbeIds.BLOAT;
    }

    @Override
    public String question() {
        return "How many bytes would a rebuild give back?";
    }

    @Override
    public Set<Section<?>> needs() {
        return Set.of(BloatSample.SECTION, Server.SECTION, Tables.SECTION, Sessions.SECTION, Holders.SECTION);
    }

    @Override
    public List<Measure<Bloat>> measures() {
        return List.of(
                Measure.of(
                        "bloat.reclaimable",
                        "bytes",
                        "Bytes that a rebuild of all tables and indexes measured would give back",
                        Bloat::reclaimableBytes),
                Measure.of(
                        "bloat.measured",
                        "bytes",
                        "Size of the tables and indexes whose bloat was measured",
                        Bloat::measuredBytes),
                Measure.of(
                        "bloat.unmeasured",
                        "bytes",
                        "Size of the tables and indexes whose bloat was not measured",
                        Bloat::unmeasuredBytes),
                new Measure<>(
                        "bloat.relation.reclaimable",
                        "bytes",
                        "Bytes that a rebuild of the table or index would give back",
                        List.of("relation", "kind"),
                        (evidence, sink) -> evidence.relations()
                                .forEach(relation -> sink.row(
                                        List.of(
                                                relation.relation(),
                                                relation.kind().toString()),
                                        relation.reclaimableBytes()))));
    }

    @Override
    public Verdict<Bloat> judge(Snapshot snapshot) {
        return snapshot.get(BloatSample.SECTION).fold(sample -> judge(sample, snapshot), Verdict::unknown);
    }

    private Verdict<Bloat> judge(BloatSample sample, Snapshot snapshot) {
        Bloat evidence = evidence(sample);
        List<Relation> worthIt =
                sample.relations().stream().filter(this::isWorthIt).limit(SHOWN).toList();
        if (!worthIt.isEmpty()) {
            Rebuild rebuild = Rebuild.of(sample, snapshot);
            List<Finding> findings = worthIt.stream()
                    .map(relation -> finding(relation, tableOf(relation, worthIt, rebuild), rebuild, snapshot))
                    .toList();
            return new Verdict.Judged<>(WARNING, summary(sample, evidence), evidence, findings);
        }
        Optional<Unmeasured> hides =
                sample.unmeasured().stream().filter(this::couldHideOne).findFirst();
        if (sample.pending() > 0) {
            return new Verdict.Unknown<>(
                    Cause.NOT_YET,
                    (sample.pending() == 1
                                    ? "one of the first tables is"
                                    : sample.pending() + " of the first tables are")
                            + " still to be looked at"
                            + (evidence.measuredBytes() > 0 ? "; so far " + summary(sample, evidence) : ""),
                    null,
                    evidence);
        }
        return hides.<Verdict<Bloat>>map(one -> unknown(one, sample, evidence))
                .orElseGet(() -> new Verdict.Judged<>(OK, summary(sample, evidence), evidence, List.of()));
    }

    private boolean isWorthIt(Relation relation) {
        return relation.leastReclaimableBytes() >= warningBytes
                && relation.ratio() - relation.halfWidth() >= warningRatio;
    }

    /** What nobody can measure is told of, but does not make the answer unknown for ever. */
    private boolean couldHideOne(Unmeasured one) {
        return one.cause() != Cause.NOT_SUPPORTED && one.cause().weighs() && one.bytes() >= Math.max(1, warningBytes);
    }

    private Verdict<Bloat> unknown(Unmeasured largest, BloatSample sample, Bloat evidence) {
        List<String> grants = sample.unmeasured().stream()
                .filter(this::couldHideOne)
                .limit(SHOWN)
                .flatMap(one -> one.lackingGrant().stream())
                .map(Words::sql)
                .flatMap(String::lines)
                .distinct()
                .toList();
        Remedy remedy = grants.isEmpty()
                ? null
                : new Remedy(
                        "Grant the role of the watch to read them; within minutes the watch sees it by itself.",
                        String.join("\n", grants),
                        Remedy.Impact.ONLINE);
        return new Verdict.Unknown<>(
                largest.cause(),
                Words.inLine(largest.relation()) + " (" + Words.bytes(largest.bytes()) + ") was not measured: "
                        + largest.detail()
                        + (evidence.measuredBytes() > 0 ? "; of the rest, " + summary(sample, evidence) : ""),
                remedy,
                evidence);
    }

    private static Bloat evidence(BloatSample sample) {
        return new Bloat(
                sample.relations().stream()
                        .mapToLong(Relation::reclaimableBytes)
                        .sum(),
                sample.relations().stream().mapToLong(Relation::bytes).sum(),
                sample.unmeasured().stream().mapToLong(Unmeasured::bytes).sum(),
                sample.relations().stream()
                        .filter(one -> one.bytes() > 0)
                        .limit(SHOWN)
                        .map(one -> new Bloat.Relation(
                                one.relation(),
                                one.kind(),
                                one.table(),
                                one.bytes(),
                                one.reclaimableBytes(),
                                one.ratio(),
                                one.halfWidth(),
                                one.pagesRead(),
                                one.measuredAt()))
                        .toList(),
                sample.unmeasured().stream()
                        .limit(SHOWN)
                        .map(one -> new Bloat.Unmeasured(
                                one.relation(), one.kind(), one.bytes(), one.cause(), one.detail()))
                        .toList());
    }

    private static String summary(BloatSample sample, Bloat evidence) {
        String unmeasured = Words.bytes(evidence.unmeasuredBytes());
        if (evidence.measuredBytes() > 0) {
            return "a rebuild would give back " + Words.bytes(evidence.reclaimableBytes()) + " of "
                    + Words.bytes(evidence.measuredBytes())
                    + (evidence.unmeasuredBytes() > 0 ? "; " + unmeasured + " not measured" : "");
        }
        if (evidence.unmeasuredBytes() == 0) {
            return "there is nothing to measure";
        }
        Unmeasured largest = sample.unmeasured().get(0);
        return largest.cause() == Cause.NOT_YET
                ? "nothing measured yet, " + unmeasured + " to go"
                : "nothing measured of " + unmeasured + "; " + Words.inLine(largest.relation()) + ": "
                        + largest.detail() + (largest.lackingGrant().isPresent() ? ", which a GRANT changes" : "");
    }

    /** What holds the dead rows of the table, if a VACUUM came and could not remove them. */
    private static Optional<Pin> holderOf(Relation relation, Snapshot snapshot) {
        return snapshot.get(Tables.SECTION).taken().map(Tables::tables).orElse(List.of()).stream()
                .filter(table ->
                        table.table().equals(relation.table()) && table.vacuumedSince() && table.deadPressure() > 1)
                .findFirst()
                .flatMap(table -> HolderRanking.rootOfDeadRows(snapshot)
                        .filter(pin -> pin.heldAt(table.lastVacuum(), snapshot.at())));
    }

    /** What holds its dead rows, or else the table's lag behind VACUUM, which names its own root. */
    private static List<String> explainers(Relation relation, Optional<Pin> holder) {
        return Stream.concat(
                        holder.map(Pin::explainers).orElse(List.of()).stream(),
                        Stream.of(ProbeIds.VACUUM + "/" + Words.inLine(relation.table())))
                .toList();
    }

    /** The table of an index or a TOAST relation that is worth a rebuild, too, for the same reason: that rebuilds both. */
    private static Optional<Relation> tableOf(Relation relation, List<Relation> worthIt, Rebuild rebuild) {
        return relation.kind() == BloatSample.Kind.HEAP || rebuild.hasOwnCause(relation)
                ? Optional.empty()
                : worthIt.stream()
                        .filter(one -> one.kind() == BloatSample.Kind.HEAP
                                && one.table().equals(relation.table()))
                        .findFirst();
    }

    private Finding finding(Relation relation, Optional<Relation> table, Rebuild rebuild, Snapshot snapshot) {
        Optional<Pin> holder = holderOf(relation, snapshot);
        String name =
                (relation.kind() == BloatSample.Kind.BTREE ? "index " : "table ") + Words.inLine(relation.relation());
        double age = Math.max(
                0, Duration.between(relation.measuredAt(), snapshot.at()).toMillis() / 1e3);
        Finding finding = Finding.of(
                id(),
                WARNING,
                Words.inLine(relation.relation()),
                name,
                "a rebuild would give back " + Words.bytes(relation.reclaimableBytes()) + " of "
                        + Words.bytes(relation.bytes()) + " (" + Words.percent(relation.ratio()) + ", give or take "
                        + points(relation.halfWidth()) + "; " + measured(age) + ")",
                table.isPresent() ? rebuild.itsTable(relation) : rebuild.cause(relation, holder),
                table.isPresent() ? null : rebuild.remedy(relation, holder));
        return finding.explainedByFirstOf(table.map(one -> List.of(id() + "/" + Words.inLine(one.relation())))
                .orElseGet(() -> explainers(relation, holder)));
    }

    private static String measured(double secondsAgo) {
        return secondsAgo < 10 ? "just measured" : "measured " + Words.duration(secondsAgo) + " ago";
    }

    private static String points(double share) {
        long points = Math.max(1, Math.round(share * 100));
        return points == 1 ? "1 point" : points + " points";
    }
}

package io.pgwatch.core.probes;

import static io.pgwatch.probe.Level.CRITICAL;
import static io.pgwatch.probe.Level.OK;
import static io.pgwatch.probe.Level.WARNING;

import io.pgwatch.core.text.Durations;
import io.pgwatch.evidence.Horizon;
import io.pgwatch.evidence.Horizon.Kind;
import io.pgwatch.evidence.Horizon.Scope;
import io.pgwatch.evidence.ProbeIds;
import io.pgwatch.probe.Finding;
import io.pgwatch.probe.Level;
import io.pgwatch.probe.Measure;
import io.pgwatch.probe.Probe;
import io.pgwatch.probe.ProbeId;
import io.pgwatch.probe.Verdict;
import io.pgwatch.snapshot.Cause;
import io.pgwatch.snapshot.Databases;
import io.pgwatch.snapshot.Holders;
import io.pgwatch.snapshot.Reading.Missing;
import io.pgwatch.snapshot.Section;
import io.pgwatch.snapshot.Series;
import io.pgwatch.snapshot.Server;
import io.pgwatch.snapshot.Sessions;
import io.pgwatch.snapshot.Snapshot;
import io.pgwatch.snapshot.Tables;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Names what keeps VACUUM from removing dead rows in this database, and the tables that suffer. What holds rows only in another
 * database raises nothing here, unless sessions of this one have inherited its id.
 *
 * @param warningAge of the oldest id held, in transactions; default 10 million
 * @param criticalAge default 100 million, half the age at which autovacuum begins to freeze whole tables
 * @param warningHeld holding an id for this long warns, if a table above its autovacuum trigger waits; default 1 h
 */
public record HorizonProbe(long warningAge, long criticalAge, Duration warningHeld) implements Probe<Horizon> {

    private static final int WORST = 10;

    /** Whatever runs holds back a few transactions. */
    private static final long WORTH_SAYING = 1000;

    public HorizonProbe {
        if (!(0 < warningAge && warningAge <= criticalAge)) {
            throw new IllegalArgumentException(
                    "want 0 < warning-age <= critical-age, got " + warningAge + " and " + criticalAge);
        }
        if (warningHeld.isNegative()) {
            throw new IllegalArgumentException("want a warning-held of 0s or more, got " + Durations.of(warningHeld));
        }
    }

    public static HorizonProbe withDefaults() {
        return new HorizonProbe(10_000_000, 100_000_000, Duration.ofHours(1));
    }

    @Override
    public ProbeId<Horizon> id() {
        return ProbeIds.HORIZON;
    }

    @Override
    public String question() {
        return "What keeps VACUUM from removing dead rows here?";
    }

    @Override
    public Set<Section<?>> needs() {
        return Set.of(Sessions.SECTION, Holders.SECTION, Databases.SECTION, Tables.SECTION, Server.SECTION);
    }

    @Override
    public List<Measure<Horizon>> measures() {
        return List.of(Measure.each(
                "horizon.age",
                "transactions",
                "Age of the oldest transaction whose dead rows VACUUM has to keep for holders of this kind",
                evidence -> Stream.of(Kind.values())
                        .map(kind -> new Oldest(kind, evidence))
                        .sorted(OLDEST_FIRST)
                        .toList(),
                "holder",
                oldest -> oldest.kind().toString(),
                Oldest::age));
    }

    private static final Comparator<Oldest> OLDEST_FIRST =
            Comparator.comparing(Oldest::age, Comparator.nullsLast(Comparator.reverseOrder()));

    private record Oldest(Kind kind, Horizon evidence) {

        @Nullable
        Long age() {
            return evidence.age() == null
                    ? null
                    : evidence.holders().stream()
                            .filter(holder -> holder.kind() == kind)
                            .map(Horizon.Holder::age)
                            .max(Comparator.naturalOrder())
                            .orElse(0L);
        }
    }

    @Override
    public Verdict<Horizon> judge(Snapshot snapshot) {
        HolderRanking ranking = HolderRanking.of(snapshot);
        Optional<? extends Missing<?>> unseen = Stream.of(
                        snapshot.get(Sessions.SECTION).missing(),
                        snapshot.get(Holders.SECTION).missing())
                .flatMap(Optional::stream)
                .findFirst();
        Optional<? extends Missing<?>> unjudged = unseen.isPresent() ? unseen : victimsUnseen(ranking, snapshot);
        Horizon evidence = evidence(ranking, unseen.isPresent(), snapshot);
        if (Primary.isElsewhere(snapshot)) {
            return Verdict.unknown(
                    new Missing<>(
                            Cause.NOT_APPLICABLE,
                            "a standby runs no VACUUM; what is held here shows on its primary, as a slot or standby"),
                    evidence);
        }
        List<Finding> findings = Stream.of(Scope.TABLES, Scope.CATALOGS)
                .flatMap(scope -> finding(scope, ranking, snapshot).stream())
                .toList();
        if (findings.isEmpty() && unjudged.isPresent()) {
            return Verdict.unknown(unjudged.get(), evidence);
        }
        return Judgement.of(evidence, findings, () -> inWords(ranking));
    }

    /** Why nobody knows whether tables wait for what is held for long; empty where they were seen, or nothing is. */
    private Optional<? extends Missing<?>> victimsUnseen(HolderRanking ranking, Snapshot snapshot) {
        return ranking.originOf(ranking.ofTables())
                .filter(origin -> heldForLong(origin, snapshot))
                .flatMap(origin -> snapshot.get(Tables.SECTION)
                        .fold(
                                seen -> seen.complete()
                                        ? Optional.empty()
                                        : Optional.of(new Missing<Tables>(
                                                Cause.NOT_YET, "the first turn through all tables goes on")),
                                Optional::of));
    }

    private static Horizon evidence(HolderRanking ranking, boolean unseen, Snapshot snapshot) {
        List<Pin> ofTables = ranking.ofTables();
        List<Pin> origins = new ArrayList<>();
        ranking.originOf(ofTables).ifPresent(origins::add);
        ranking.originOf(ranking.ofCatalogs()).ifPresent(origins::add);
        List<Horizon.Holder> holders =
                worst(ranking.pins().stream()
                                .filter(pin -> pin.here() || origins.contains(pin))
                                .toList())
                        .stream()
                        .map(pin -> pin.holder(origins.contains(pin)))
                        .toList();
        return new Horizon(
                ofTables.stream().map(Pin::age).findFirst().orElse(unseen ? null : Long.valueOf(0)),
                holders,
                ofTables.isEmpty() ? List.of() : victims(snapshot));
    }

    /** The oldest of each kind, and of the others as many as there is room for; the oldest first. */
    private static List<Pin> worst(List<Pin> oldestFirst) {
        Set<Pin> worst = new HashSet<>();
        for (Kind kind : Kind.values()) {
            oldestFirst.stream().filter(pin -> pin.kind() == kind).findFirst().ifPresent(worst::add);
        }
        int room = WORST - worst.size();
        oldestFirst.stream().filter(pin -> !worst.contains(pin)).limit(room).forEach(worst::add);
        return oldestFirst.stream().filter(worst::contains).toList();
    }

    private static List<Horizon.Victim> victims(Snapshot snapshot) {
        return overdue(snapshot)
                .sorted(Comparator.comparingLong(Tables.Table::deadRows).reversed())
                .limit(WORST)
                .map(table -> new Horizon.Victim(table.table(), table.deadRows(), table.bytes()))
                .toList();
    }

    private static Stream<Tables.Table> tables(Snapshot snapshot) {
        return snapshot.get(Tables.SECTION).taken().map(Tables::tables).orElse(List.of()).stream();
    }

    private Optional<Finding> finding(Scope scope, HolderRanking ranking, Snapshot snapshot) {
        List<Pin> pins = scope == Scope.TABLES ? ranking.ofTables() : ranking.ofCatalogs();
        Optional<Pin> origin = ranking.originOf(pins);
        Level level = origin.map(pin -> levelOf(pin, scope, snapshot)).orElse(OK);
        return level == OK
                ? Optional.empty()
                : Optional.of(finding(level, origin.orElseThrow(), scope, pins, snapshot));
    }

    private Level levelOf(Pin oldest, Scope scope, Snapshot snapshot) {
        if (oldest.age() >= criticalAge) {
            return CRITICAL;
        }
        boolean hurts =
                scope == Scope.TABLES && overdue(snapshot).findAny().isPresent() && heldForLong(oldest, snapshot);
        return oldest.age() >= warningAge || hurts ? WARNING : OK;
    }

    /** By its own account, or since its id was given out before: then others have been in between all the time. */
    private boolean heldForLong(Pin pin, Snapshot snapshot) {
        if (pin.seconds() != null) {
            return pin.seconds() >= warningHeld.toMillis() / 1e3;
        }
        Optional<Series.Change> consumed = snapshot.history()
                .series(Databases.NEXT_XID)
                .changeOver(warningHeld, warningHeld.multipliedBy(9).dividedBy(10));
        return consumed.map(change -> pin.age() > change.rise()).orElse(false);
    }

    private static String subject(Snapshot snapshot) {
        return snapshot.get(Server.SECTION)
                .taken()
                .map(server -> "database " + Words.inLine(server.database()))
                .orElse("this database");
    }

    private Finding finding(Level level, Pin origin, Scope scope, List<Pin> pins, Snapshot snapshot) {
        String where = scope == Scope.TABLES ? "" : " from system catalogs";
        return Finding.of(
                        id(),
                        level,
                        origin.key(),
                        subject(snapshot),
                        origin.inWords() + " keeps VACUUM from removing" + where + " what died in the last "
                                + Words.count(origin.age()) + " transactions",
                        cause(origin, pins) + (scope == Scope.TABLES ? worstVictim(snapshot) : ""),
                        HorizonRemedies.of(origin))
                .explainedBy(
                        origin.mayIdle() && origin.session() != null
                                ? IdleInTransactionProbe.findingId(
                                        origin.session().pid())
                                : null);
    }

    private static String cause(Pin origin, List<Pin> pins) {
        StringBuilder cause = new StringBuilder(HorizonRemedies.why(origin));
        if (origin.seconds() != null) {
            cause.append("; its transaction is ")
                    .append(Words.duration(origin.seconds()))
                    .append(" old");
        }
        List<String> heirs = pins.stream()
                .filter(pin -> pin.age() == origin.age() && !pin.equals(origin))
                .map(Pin::inWords)
                .toList();
        if (!heirs.isEmpty()) {
            cause.append("; ")
                    .append(heirs.size() == 1 ? "another has" : heirs.size() + " others have")
                    .append(" inherited its id and must end, too: ")
                    .append(String.join(", ", heirs.subList(0, Math.min(3, heirs.size()))))
                    .append(heirs.size() > 3 ? " …" : "");
        }
        return cause.toString();
    }

    /** Of the tables that autovacuum wants to clean; others are not worth the words. */
    private static String worstVictim(Snapshot snapshot) {
        return overdue(snapshot)
                .max(Comparator.comparingLong(Tables.Table::deadRows))
                .map(table -> "; most of all waits " + Words.inLine(table.table()) + " with "
                        + Words.count(table.deadRows()) + " dead rows")
                .orElse("");
    }

    private static Stream<Tables.Table> overdue(Snapshot snapshot) {
        return tables(snapshot).filter(table -> table.deadPressure() > 1);
    }

    private static String inWords(HolderRanking ranking) {
        Optional<String> ofTables = oldest(ranking.ofTables());
        Optional<String> ofCatalogs = oldest(ranking.ofCatalogs());
        return ofTables.map(age -> "the oldest transaction that holds back VACUUM is " + age)
                .or(() -> ofCatalogs.map(age -> "nothing old holds back VACUUM in tables; in system catalogs the oldest"
                        + " transaction that does is " + age))
                .orElse("nothing old holds back VACUUM");
    }

    private static Optional<String> oldest(List<Pin> oldestFirst) {
        return oldestFirst.stream()
                .findFirst()
                .filter(pin -> pin.age() >= WORTH_SAYING)
                .map(pin -> Words.count(pin.age()) + " transactions old");
    }
}

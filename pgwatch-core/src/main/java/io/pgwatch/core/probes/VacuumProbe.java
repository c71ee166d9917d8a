package io.pgwatch.core.probes;

import static io.pgwatch.probe.Level.CRITICAL;
import static io.pgwatch.probe.Level.OK;
import static io.pgwatch.probe.Level.WARNING;

import io.pgwatch.core.text.Durations;
import io.pgwatch.evidence.ProbeIds;
import io.pgwatch.evidence.Vacuum;
import io.pgwatch.probe.Finding;
import io.pgwatch.probe.Level;
import io.pgwatch.probe.Measure;
import io.pgwatch.probe.Probe;
import io.pgwatch.probe.ProbeId;
import io.pgwatch.probe.Verdict;
import io.pgwatch.snapshot.Autovacuum;
import io.pgwatch.snapshot.Cause;
import io.pgwatch.snapshot.Holders;
import io.pgwatch.snapshot.Reading;
import io.pgwatch.snapshot.Reading.Missing;
import io.pgwatch.snapshot.Section;
import io.pgwatch.snapshot.Server;
import io.pgwatch.snapshot.Sessions;
import io.pgwatch.snapshot.Snapshot;
import io.pgwatch.snapshot.Tables;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Warns when autovacuum does not keep up with a table: when its dead rows, or the rows inserted since its last VACUUM, stay
 * at a multiple of the number at which autovacuum should have taken it.
 *
 * @param warningPressure multiple of the table's own trigger that is a warning; default 2
 * @param criticalPressure multiple that is critical, of dead rows alone: inserted rows never are; default 5
 * @param warningBytes smaller tables raise nothing; default 256 MiB
 * @param criticalBytes smaller tables are never critical; default 1 GiB
 * @param warningNaptimes for how many times autovacuum_naptime, with no VACUUM on the table, the pressure is a warning; default 3
 * @param criticalAfter for how long the pressure is critical, and a warning though a VACUUM is on the table; default 30 min
 */
public record VacuumProbe(
        double warningPressure,
        double criticalPressure,
        long warningBytes,
        long criticalBytes,
        int warningNaptimes,
        Duration criticalAfter)
        implements Probe<Vacuum> {

    private static final int LISTED = 10;

    public VacuumProbe {
        if (!(1 <= warningPressure && warningPressure <= criticalPressure)) {
            throw new IllegalArgumentException("want 1 <= warning-pressure <= critical-pressure, got " + warningPressure
                    + " and " + criticalPressure);
        }
        if (!(0 <= warningBytes && warningBytes <= criticalBytes)) {
            throw new IllegalArgumentException(
                    "want 0 <= warning-bytes <= critical-bytes, got " + warningBytes + " and " + criticalBytes);
        }
        if (warningNaptimes < 0) {
            throw new IllegalArgumentException("want a warning-naptimes of 0 or more, got " + warningNaptimes);
        }
        if (criticalAfter.isNegative()) {
            throw new IllegalArgumentException(
                    "want a critical-after of 0s or more, got " + Durations.of(criticalAfter));
        }
    }

    public static VacuumProbe withDefaults() {
        return new VacuumProbe(2, 5, 256L << 20, 1L << 30, 3, Duration.ofMinutes(30));
    }

    @Override
    public ProbeId<Vacuum> id() {
        return ProbeIds.VACUUM;
    }

    @Override
    public String question() {
        return "Does autovacuum keep up with each table's own trigger?";
    }

    @Override
    public Set<Section<?>> needs() {
        return Set.of(Tables.SECTION, Autovacuum.SECTION, Sessions.SECTION, Holders.SECTION, Server.SECTION);
    }

    @Override
    public List<Measure<Vacuum>> measures() {
        return List.of(
                Measure.each(
                        "vacuum.dead",
                        "rows",
                        "Dead rows of the table that wait for VACUUM",
                        Vacuum::tables,
                        "table",
                        Vacuum.Table::table,
                        Vacuum.Table::deadRows),
                Measure.each(
                        "vacuum.pressure",
                        "",
                        "Dead rows of the table as a multiple of its trigger for autovacuum, or inserted rows of theirs",
                        Vacuum::tables,
                        "table",
                        Vacuum.Table::table,
                        Vacuum.Table::pressure));
    }

    @Override
    public Verdict<Vacuum> judge(Snapshot snapshot) {
        Reading<Server> server = snapshot.get(Server.SECTION);
        if (server instanceof Missing<Server> unknown) {
            return Verdict.unknown(unknown); // on a standby all rows would be counted as 0
        }
        if (Primary.isElsewhere(snapshot)) {
            return new Verdict.Unknown<>(
                    Cause.NOT_APPLICABLE, "a standby counts no rows and vacuums nothing; its primary does");
        }
        return snapshot.get(Tables.SECTION)
                .fold(
                        tables -> snapshot.get(Autovacuum.SECTION)
                                .fold(autovacuum -> judge(tables, autovacuum, snapshot), Verdict::unknown),
                        Verdict::unknown);
    }

    private Verdict<Vacuum> judge(Tables seen, Autovacuum autovacuum, Snapshot snapshot) {
        double round = warningNaptimes * autovacuum.naptimeSeconds();
        List<Lag> lags = seen.tables().stream()
                .map(table -> new Lag(table, autovacuum, snapshot.history(), snapshot.at(), round, criticalBytes))
                .sorted(Comparator.comparing(this::levelOf).reversed())
                .toList();
        Vacuum evidence = new Vacuum(
                lags.stream().limit(LISTED).map(Lag::evidence).toList(),
                autovacuum.busy(),
                autovacuum.maxWorkers(),
                seen.seen(),
                seen.relations(),
                seen.countedSince());
        VacuumWords words = new VacuumWords(this, HolderRanking.rootOfDeadRows(snapshot));
        List<Finding> findings = new ArrayList<>();
        lags.stream()
                .filter(lag -> levelOf(lag) != OK)
                .map(lag -> words.finding(levelOf(lag), lag))
                .forEach(findings::add);
        words.switchedOff(autovacuum, findings.stream().map(Finding::level).reduce(WARNING, Level::or))
                .ifPresent(root -> findings.add(0, root));
        Optional<Verdict<Vacuum>> unseen = findings.isEmpty() ? words.unseen(seen, lags, evidence) : Optional.empty();
        return unseen.orElseGet(
                () -> Judgement.of(evidence, findings, () -> words.calm(lags, evidence), VacuumWords.more(findings)));
    }

    private Level levelOf(Lag lag) {
        long bytes = lag.table().bytes();
        double pressure = lag.table().pressure();
        double held = lag.heldSeconds(warningPressure);
        boolean forLong = held >= criticalAfter.toMillis() / 1e3;
        if (lag.table().deadPressure() >= criticalPressure
                && bytes >= criticalBytes
                && lag.heldSeconds(criticalPressure) >= criticalAfter.toMillis() / 1e3) {
            return CRITICAL;
        }
        boolean unattended = held > 0 && held >= lag.round() && !lag.vacuumMayBeOnIt();
        return lag.table().isDue() && pressure >= warningPressure && bytes >= warningBytes && (unattended || forLong)
                ? WARNING
                : OK;
    }
}

package io.pgwatch.core.probes;

import io.pgwatch.evidence.ProbeIds;
import io.pgwatch.evidence.Vacuum;
import io.pgwatch.evidence.Vacuum.Why;
import io.pgwatch.probe.Finding;
import io.pgwatch.probe.Level;
import io.pgwatch.probe.Verdict;
import io.pgwatch.snapshot.Autovacuum;
import io.pgwatch.snapshot.Cause;
import io.pgwatch.snapshot.Tables;
import io.pgwatch.snapshot.Tables.Table;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the probe {@code vacuum} says, in sentences.
 *
 * @param holder what keeps dead rows from being removed in this database
 */
record VacuumWords(VacuumProbe probe, Optional<Pin> holder) {

    static final String TRACK_COUNTS = "track_counts";
    private static final String AUTOVACUUM = "autovacuum";

    /** Nobody plans for longer. */
    private static final double WORTH_SAYING = 7 * 86_400.0;

    Finding finding(Level level, Lag lag) {
        Why why = lag.why();
        Finding finding = Finding.of(
                ProbeIds.VACUUM,
                level,
                Words.inLine(lag.table().table()),
                "table " + name(lag.table()),
                lagInWords(lag),
                cause(lag, why),
                VacuumRemedies.of(lag, why));
        return finding.explainedByFirstOf(explainers(lag, why));
    }

    private List<String> explainers(Lag lag, @Nullable Why why) {
        if (why == Why.TRACK_COUNTS_OFF) {
            return List.of(ProbeIds.VACUUM + "/" + TRACK_COUNTS);
        }
        if (why == Why.AUTOVACUUM_OFF) {
            return List.of(ProbeIds.VACUUM + "/" + AUTOVACUUM);
        }
        return why == Why.PINNED ? holderOf(lag).map(Pin::explainers).orElse(List.of()) : List.of();
    }

    /** Only what was there already when the last VACUUM of the table ended. */
    private Optional<Pin> holderOf(Lag lag) {
        return holder.filter(pin -> pin.heldAt(lag.table().lastVacuum(), lag.now()));
    }

    /** The root of every table's lag: a switch that is off for the whole server. */
    Optional<Finding> switchedOff(Autovacuum autovacuum, Level level) {
        if (!autovacuum.trackCounts()) {
            return Optional.of(switchedOff(
                    TRACK_COUNTS,
                    level,
                    "track_counts is off, so autovacuum knows of no dead row, nor does this watch"));
        }
        return autovacuum.enabled()
                ? Optional.empty()
                : Optional.of(switchedOff(
                        AUTOVACUUM, level, "autovacuum is off, so nothing removes dead rows unless somebody vacuums"));
    }

    private static Finding switchedOff(String setting, Level level, String summary) {
        return Finding.of(
                ProbeIds.VACUUM,
                level,
                setting,
                "setting " + setting,
                summary,
                "the server, the database or the role is configured so",
                VacuumRemedies.switchOn(setting));
    }

    /** What goes behind the summary of the heaviest. */
    static String more(List<Finding> findings) {
        return findings.size() > 1 ? "; and " + (findings.size() - 1) + " more" : "";
    }

    /** Small tables may be at a great multiple of a small trigger: they are not named, since that does no harm. */
    String calm(List<Lag> lags, Vacuum evidence) {
        List<Lag> due = lags.stream().filter(lag -> lag.table().isDue()).toList();
        Optional<Lag> large = due.stream()
                .filter(lag -> lag.table().bytes() >= probe.warningBytes())
                .findFirst();
        if (large.isPresent()) {
            Table most = large.get().table();
            return "no table lags; the most, " + name(most) + ", is at " + times(most.pressure()) + " its trigger"
                    + whyNoLag(large.get());
        }
        if (due.isEmpty()) {
            return Long.valueOf(0).equals(evidence.relations())
                    ? "the database has no table yet"
                    : "no table is above its trigger";
        }
        return "no large table lags; what is above its trigger is small, "
                + Words.bytes(
                        due.stream().mapToLong(lag -> lag.table().bytes()).max().orElse(0))
                + " at most";
    }

    /** Why a great multiple does not count; empty for one that is not great. */
    private String whyNoLag(Lag lag) {
        if (lag.table().pressure() < probe.warningPressure()) {
            return "";
        }
        if (lag.vacuum().isPresent()) {
            return ", and a VACUUM is on it";
        }
        return lag.vacuumMayBeOnIt() ? ", and a VACUUM may be on it" : ", but not for long yet";
    }

    /** Where not all is known, nothing is no good news. */
    Optional<Verdict<Vacuum>> unseen(Tables seen, List<Lag> lags, Vacuum evidence) {
        if (!seen.complete()) {
            return Optional.of(new Verdict.Unknown<>(
                    Cause.NOT_YET,
                    "the first turn through all tables goes on; nothing lags among the first "
                            + Words.count(seen.seen()) + " relations",
                    null,
                    evidence));
        }
        List<Table> uncounted = lags.stream()
                .map(Lag::table)
                .filter(table -> !table.counted() && table.bytes() >= probe.warningBytes())
                .toList();
        if (uncounted.isEmpty()) {
            return Optional.empty();
        }
        Instant since = seen.countedSince();
        String when = since == null ? "" : "; it counts since " + since.truncatedTo(ChronoUnit.SECONDS);
        return Optional.of(new Verdict.Unknown<>(
                Cause.NOT_YET,
                "the server has no statistics of " + uncounted.size()
                        + " large tables, as after a crash, a reset or the"
                        + " promotion of a standby, so nobody knows their dead rows, autovacuum included" + when,
                VacuumRemedies.count(uncounted),
                evidence));
    }

    private String lagInWords(Lag lag) {
        Table table = lag.table();
        boolean byInserts = table.insertPressure() > table.deadPressure();
        long rows = byInserts ? table.insertedRows() : table.deadRows();
        Long trigger = byInserts
                ? table.trigger().inserted()
                : Long.valueOf(table.trigger().dead());
        return name(table) + " has " + Words.count(rows)
                + (byInserts ? " rows inserted since its last VACUUM" : " dead rows")
                + ", " + times(table.pressure()) + " its trigger of " + Words.count(trigger == null ? 0 : trigger)
                + ", for " + Words.duration(lag.heldSeconds(probe.warningPressure())) + forecast(lag);
    }

    /** When a warning would become critical, where that is near and the growth of long enough a time says so. */
    private String forecast(Lag lag) {
        double left =
                probe.criticalPressure() * Math.max(1, lag.table().trigger().dead())
                        - lag.table().deadRows();
        return lag.growth()
                .filter(change -> left > 0 && change.ratePerSecond() > 0)
                .filter(change -> left / change.ratePerSecond() < WORTH_SAYING)
                .map(change -> "; " + times(probe.criticalPressure()) + " in about "
                        + Words.duration(left / change.ratePerSecond()) + " at the growth of the last "
                        + Words.duration(change.seconds()))
                .orElse("");
    }

    private String cause(Lag lag, @Nullable Why why) {
        Table table = lag.table();
        if (why == null) {
            return "it is not known why";
        }
        return switch (why) {
            case TRACK_COUNTS_OFF -> "track_counts is off";
            case AUTOVACUUM_OFF -> "autovacuum is off";
            case DISABLED_FOR_TABLE ->
                "the option autovacuum_enabled of "
                        + (table.toastOf() == null ? "the table" : "it or of its main table") + " turns autovacuum off";
            case PINNED ->
                "VACUUM ended at " + String.valueOf(table.lastVacuum()).replaceFirst("\\.\\d+Z", "Z")
                        + ", and the dead rows stayed: "
                        + holderOf(lag)
                                .map(found -> found.inWords() + " may still need to see them")
                                .orElse(
                                        "a transaction, a prepared one, a slot or a standby may still need to see them");
            case THROTTLED, INDEX_PASSES, AT_WORK -> atWork(lag, why);
            case WORKERS_BUSY ->
                "no worker is on it: all " + lag.autovacuum().maxWorkers() + " are busy with other tables";
            case NEVER_ANALYZED -> "it was never analyzed, so that its trigger takes it for empty";
            case SKIPPED ->
                "workers are free and none stays on it: each finds it locked and skips it, or gives way to a lock that"
                        + " somebody asks for";
            case DUE -> "autovacuum is about to take it";
            case TRIGGER_HIGH -> "its trigger is high for its size";
            case NOT_COUNTED -> "the server has no statistics of it";
        };
    }

    private static String atWork(Lag lag, Why why) {
        Optional<Autovacuum.Vacuum> vacuum = lag.vacuum();
        if (vacuum.isEmpty()) {
            return "a VACUUM is at work in this database, on which table the role may not see";
        }
        Autovacuum.Vacuum one = vacuum.get();
        String progress = one.scanned() == null || one.blocks() == null || one.phase() == null
                ? ""
                : " (" + one.phase() + ", " + Words.count(one.scanned()) + " of " + Words.count(one.blocks())
                        + " pages)";
        String slept = one.delaySeconds() == null || one.delaySeconds() < 1
                ? ""
                : ", " + Words.duration(one.delaySeconds()) + " of it by now";
        return (one.automatic() ? "a worker is on it" : "session " + one.pid() + " vacuums it")
                + progress
                + switch (why) {
                    case THROTTLED ->
                        ", and sleeps because of its cost limit ("
                                + lag.autovacuum().costLimit() + " shared by all workers, "
                                + String.format(
                                        Locale.ROOT, "%.0f", lag.autovacuum().costDelayMillis())
                                + " ms each time" + slept + ")";
                    case INDEX_PASSES ->
                        ", and goes through all indexes for the "
                                + (1 + Optional.ofNullable(one.indexPasses()).orElse(0L))
                                + ". time, since its memory holds too few dead rows";
                    default -> ", and does not keep up";
                };
    }

    private static String times(double pressure) {
        return pressure < 100
                ? String.format(Locale.ROOT, "%.1f times", Math.floor(pressure * 10) / 10)
                : Words.count((long) pressure) + " times";
    }

    private static String name(Table table) {
        return Words.inLine(
                table.toastOf() == null ? table.table() : table.table() + " (TOAST of " + table.toastOf() + ")");
    }
}

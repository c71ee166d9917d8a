package io.pgwatch.core.probes;

import io.pgwatch.evidence.Vacuum;
import io.pgwatch.evidence.Vacuum.Why;
import io.pgwatch.snapshot.Autovacuum;
import io.pgwatch.snapshot.History;
import io.pgwatch.snapshot.Series;
import io.pgwatch.snapshot.Tables;
import io.pgwatch.snapshot.Tables.Table;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How far one table lags behind its own trigger, for how long, and why.
 *
 * @param now the moment of the snapshot
 * @param round how long a round of autovacuum may take, in seconds; a table above its trigger for less is merely due
 * @param muchBytes from which a trigger's worth of dead rows is too much for any table
 */
record Lag(Table table, Autovacuum autovacuum, History history, Instant now, double round, long muchBytes) {

    private static final Duration HOUR = Duration.ofHours(1);

    /** Growth over less than this would take one busy minute for the rule. */
    private static final Duration LEAST = Duration.ofMinutes(10);

    /** For how long the pressure has been so high, in seconds; 0 for a table that is below, or seen for the first time. */
    double heldSeconds(double pressure) {
        Instant above = table.aboveSince();
        return above == null
                ? 0
                : history.series(Tables.pressure(table.oid()))
                        .atLeastSince(pressure)
                        .map(since -> since.isBefore(above) ? above : since)
                        .map(since -> Math.max(0, Duration.between(since, now).toMillis() / 1e3))
                        .orElse(0.0);
    }

    /** The VACUUM that is on the table. */
    Optional<Autovacuum.Vacuum> vacuum() {
        return autovacuum.vacuums().stream()
                .filter(vacuum -> Objects.equals(vacuum.table(), table.oid()))
                .findFirst();
    }

    /** Whether a VACUUM is on the table, or one is at work here of which the role may not see the table. */
    boolean vacuumMayBeOnIt() {
        return vacuum().isPresent() || autovacuum.vacuums().stream().anyMatch(vacuum -> vacuum.table() == null);
    }

    /** What decides; null while nothing is wrong. */
    @Nullable
    Why why() {
        if (!table.counted()) {
            return Why.NOT_COUNTED;
        }
        if (!table.isDue()) {
            return triggerIsHigh() ? Why.TRIGGER_HIGH : null;
        }
        if (!autovacuum.trackCounts()) {
            return Why.TRACK_COUNTS_OFF;
        }
        if (!autovacuum.enabled()) {
            return Why.AUTOVACUUM_OFF;
        }
        if (!table.trigger().enabled()) {
            return Why.DISABLED_FOR_TABLE;
        }
        if (vacuumedInVain()) {
            return Why.PINNED;
        }
        return vacuum().map(Lag::atWork).orElseGet(this::unattended);
    }

    private static Why atWork(Autovacuum.Vacuum vacuum) {
        if (Boolean.TRUE.equals(vacuum.throttled())) {
            return Why.THROTTLED;
        }
        Long passes = vacuum.indexPasses();
        return passes != null && passes > 1 ? Why.INDEX_PASSES : Why.AT_WORK;
    }

    private Why unattended() {
        if (vacuumMayBeOnIt()) {
            return Why.AT_WORK;
        }
        if (autovacuum.saturated()) {
            return Why.WORKERS_BUSY;
        }
        if (heldSeconds(1) < round) {
            return Why.DUE;
        }
        boolean takenForEmpty = table.estimatedRows() == null
                && table.deadRows()
                        <= table.trigger().threshold() + table.trigger().scaleFactor() * table.liveRows();
        return takenForEmpty ? Why.NEVER_ANALYZED : Why.SKIPPED;
    }

    /** Whether a VACUUM ended while it was above the trigger for dead rows, and it still is. */
    boolean vacuumedInVain() {
        return table.vacuumedSince() && table.deadRows() > table.trigger().dead();
    }

    /** Whether as many dead rows as its trigger allows fill too many bytes. */
    boolean triggerIsHigh() {
        return table.trigger().dead() * bytesPerRow() >= muchBytes;
    }

    double bytesPerRow() {
        return (double) table.bytes() / Math.max(1, table.liveRows() + table.deadRows());
    }

    /** How many dead rows come a second, since they last became fewer, in the last hour at most; empty for too little history. */
    Optional<Series.Change> growth() {
        return history.series(Tables.deadRows(table.oid())).growthOver(HOUR, LEAST);
    }

    Vacuum.Table evidence() {
        boolean counted = table.counted();
        return new Vacuum.Table(
                table.table(),
                table.toastOf(),
                counted ? table.deadRows() : null,
                table.trigger().dead(),
                counted ? table.insertedRows() : null,
                table.trigger().inserted(),
                counted ? table.pressure() : null,
                table.bytes(),
                table.isDue() ? heldSeconds(0) : null,
                table.lastVacuum(),
                table.trigger().enabled(),
                why());
    }
}

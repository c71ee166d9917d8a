package io.pgwatch.core.probes;

import io.pgwatch.evidence.PoolSaturation.Fleet;
import io.pgwatch.evidence.ProbeIds;
import io.pgwatch.probe.Finding;
import io.pgwatch.probe.Level;
import io.pgwatch.snapshot.Arrivals;
import io.pgwatch.snapshot.Ceiling;
import io.pgwatch.snapshot.Series;
import io.pgwatch.snapshot.Series.Change;
import io.pgwatch.snapshot.Series.Point;
import io.pgwatch.snapshot.Sessions;
import io.pgwatch.snapshot.Snapshot;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Connections under a limit that grow steadily: in each third of the newest points, of which there are at least four over half a
 * minute, and by a tenth of the limit in all. A pool that starts grows once, and is done.
 */
final class Growth {

    private static final int THIRDS = 3;

    private static final Duration LEAST = Duration.ofSeconds(30);

    /** What is older is not the present pace. */
    private static final Duration MOST = Duration.ofMinutes(3);

    private static final double LEAST_SHARE = 0.1;

    private static final Duration MINUTE = Duration.ofMinutes(1);

    private final Ceiling ceiling;
    private final Change whole;
    private final double slowest;
    private final double fastest;

    private Growth(Ceiling ceiling, Change whole, double slowest, double fastest) {
        this.ceiling = ceiling;
        this.whole = whole;
        this.slowest = slowest;
        this.fastest = fastest;
    }

    /**
     * Under which limits they grow steadily, as far as enough is known. Pools that fit under all limits whatever they do are
     * no danger, and not counted while they grow.
     *
     * @param fleet null where the instances of this service cannot be counted
     */
    static List<Growth> of(List<Ceiling> ceilings, @Nullable Fleet fleet, Snapshot snapshot) {
        return ceilings.stream()
                .map(ceiling -> of(ceiling, fleet, snapshot))
                .filter(Objects::nonNull)
                .toList();
    }

    private static @Nullable Growth of(Ceiling ceiling, @Nullable Fleet fleet, Snapshot snapshot) {
        Sessions seen = snapshot.get(Sessions.SECTION).taken().orElse(null);
        boolean poolsFit = fleet != null
                && fleet.lacking() == 0
                && seen != null
                && seen.siblings() != null
                && seen.siblings().connections() <= fleet.poolMax();
        Series series = snapshot.history()
                .series(poolsFit ? Sessions.usedByOthers(ceiling.kind()) : Sessions.used(ceiling.kind()));
        return of(ceiling, series.newestFirst(MOST));
    }

    private static @Nullable Growth of(Ceiling ceiling, List<Point> newestFirst) {
        int last = THIRDS;
        while (last < newestFirst.size() && change(newestFirst, last, 0).seconds() < LEAST.toSeconds()) {
            last++;
        }
        if (last >= newestFirst.size()) {
            return null;
        }
        Change whole = change(newestFirst, last, 0);
        double slowest = Double.POSITIVE_INFINITY;
        double fastest = 0;
        for (int i = 0; i < THIRDS; i++) {
            double pace = change(newestFirst, last * (i + 1) / THIRDS, last * i / THIRDS)
                    .ratePerSecond();
            slowest = Math.min(slowest, pace);
            fastest = Math.max(fastest, pace);
        }
        return slowest > 0 && whole.rise() >= LEAST_SHARE * ceiling.limit()
                ? new Growth(ceiling, whole, slowest, fastest)
                : null;
    }

    private static Change change(List<Point> points, int start, int end) {
        return new Change(points.get(start), points.get(end));
    }

    /** Sessions established at the server, a second, in the last minute; null with less than half of one known. */
    static @Nullable Double newPerSecond(Snapshot snapshot) {
        return snapshot.get(Arrivals.SECTION)
                .taken()
                .flatMap(
                        arrivals -> snapshot.history().series(arrivals.series()).growthOver(MINUTE, LEAST))
                .map(Change::ratePerSecond)
                .orElse(null);
    }

    /** Until the first of the limits is reached; null while connections grow steadily under none. */
    static @Nullable Double secondsUntilFull(List<Growth> growing) {
        return growing.stream()
                .map(Growth::secondsUntilFull)
                .min(Comparator.naturalOrder())
                .orElse(null);
    }

    Ceiling ceiling() {
        return ceiling;
    }

    /** Until the limit is reached at the mean pace. */
    private double secondsUntilFull() {
        return ceiling.free() / whole.ratePerSecond();
    }

    /** Whether the limit is reached within that time even at the pace of the slowest third. */
    boolean fillsWithin(Duration time) {
        return ceiling.free() / slowest <= time.toMillis() / 1e3;
    }

    /**
     * What is said of it.
     *
     * @param newPerSecond sessions established at the whole server; null where not known
     */
    Finding finding(@Nullable Double newPerSecond) {
        String whose = CeilingFindings.describe(ceiling);
        return Finding.of(
                ProbeIds.POOL_SATURATION,
                Level.WARNING,
                "growth-" + ceiling.kind(),
                whose,
                "connections of " + whose + " grow by " + Words.pace(whole.ratePerSecond()) + ", " + ceiling.free()
                        + (ceiling.free() == 1 ? " is" : " are") + " free: full in about "
                        + Words.duration(secondsUntilFull()),
                "they grew by " + Words.count((long) whole.rise()) + " in " + Words.duration(whole.seconds())
                        + ", and in each third of that time: at the pace of the fastest the limit is reached in "
                        + Words.duration(ceiling.free() / fastest) + ", of the slowest in "
                        + Words.duration(ceiling.free() / slowest)
                        + (newPerSecond == null
                                ? ""
                                : "; in all, sessions are established at the server by " + Words.pace(newPerSecond)),
                PoolRemedies.whileGrowing());
    }

    /** Beside the words about a limit that is nearly reached. */
    String inWords() {
        return "; at the present pace in about " + Words.duration(secondsUntilFull());
    }
}

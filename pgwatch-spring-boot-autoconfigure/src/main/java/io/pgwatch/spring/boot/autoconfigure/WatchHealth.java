package io.pgwatch.spring.boot.autoconfigure;

import io.pgwatch.PgWatch;
import io.pgwatch.PgWatches;
import io.pgwatch.ProbeReport;
import io.pgwatch.Report;
import io.pgwatch.probe.Level;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What the newest report of a watch means for an application's health: hardly anything, for a sick database must not take the
 * application out of its load balancer unless its owner said so.
 */
final class WatchHealth {

    /** As both generations of Boot name them. */
    enum Status {
        UP,
        UNKNOWN,
        DOWN
    }

    /**
     * One look.
     *
     * @param details as Boot shows them
     */
    record Seen(Status status, Map<String, Object> details) {}

    private final PgWatch watch;
    private final Set<String> downOn;
    private final Clock clock;

    WatchHealth(PgWatch watch, Set<String> downOn, Clock clock) {
        this.watch = watch;
        this.downOn = downOn;
        this.clock = clock;
    }

    /** One health contributor for each watch, by a name of its own that Boot can put into a path; null when nothing is watched. */
    static <C> @Nullable Map<String, C> each(
            @Nullable PgWatches watches, PgWatchProperties properties, Function<WatchHealth, C> contributor) {
        if (watches == null) {
            return null;
        }
        Map<String, C> children = new LinkedHashMap<>();
        for (PgWatch watch : watches.all()) {
            Set<String> downOn = WatchSettings.of(properties, watch.name()).downOn();
            String name = watch.name().replace('/', '_');
            while (children.containsKey(name)) {
                name += "_";
            }
            children.put(name, contributor.apply(new WatchHealth(watch, downOn, Clock.systemUTC())));
        }
        return children;
    }

    Seen look() {
        Optional<Report> latest = watch.latest();
        return latest.map(report -> new Seen(statusOf(report), detailsOf(report)))
                .orElseGet(() -> new Seen(Status.UNKNOWN, Map.of("level", Level.UNKNOWN.name())));
    }

    private Status statusOf(Report report) {
        if (report.isStale()) {
            return Status.UNKNOWN;
        }
        boolean down = report.probes().stream()
                .anyMatch(probe -> probe.level() == Level.CRITICAL
                        && downOn.contains(probe.id().value()));
        return down ? Status.DOWN : Status.UP;
    }

    private Map<String, Object> detailsOf(Report report) {
        Map<String, Object> probes = new LinkedHashMap<>();
        for (ProbeReport<?> probe : report.probes()) {
            Map<String, Object> one = new LinkedHashMap<>();
            one.put("level", probe.level().name());
            one.put("summary", probe.summary());
            probes.put(probe.id().value(), one);
        }
        Map<String, Object> details = new LinkedHashMap<>();
        details.put("level", report.level().name());
        details.put("sampledAt", report.sampledAt().toString());
        details.put("ageSeconds", report.age(clock.instant()).toMillis() / 1e3);
        details.put("probes", probes);
        return details;
    }
}

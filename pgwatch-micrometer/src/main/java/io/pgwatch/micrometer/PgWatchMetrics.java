package io.pgwatch.micrometer;

import static java.util.Objects.requireNonNull;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.pgwatch.PgWatch;
import io.pgwatch.Report;
import io.pgwatch.ReportListener;
import java.time.Clock;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Publishes the newest report of a watch as meters. Each report is written once into the values that the gauges read, so a
 * scrape costs no query, waits for nothing and allocates nothing. What is not known is NaN, and so is everything before the
 * first report; only the counter of failures starts at 0.
 *
 * <p>It may be bound to several registries; binding again to the same one changes nothing. Its meters leave the registries
 * when it or the watch is closed. Where a registry already has a meter of the same name and tags, such as that of another
 * watch of the same name, that one stays, and takes no harm when this is closed; this one's takes the place with the first
 * report after the other's has gone.
 */
public final class PgWatchMetrics implements MeterBinder, AutoCloseable {

    private final Object lock = new Object();
    private final Clock clock;
    private final SweepMeters sweep;
    private final List<ProbeMeters<?>> probes;
    private final Map<MeterRegistry, BoundRegistry> registries = new IdentityHashMap<>();
    private boolean closed;
    private PgWatch.@Nullable Listening listening;

    /** Listens to the watch from now on, with the default options. */
    public PgWatchMetrics(PgWatch watch) {
        this(watch, Options.defaults());
    }

    /** Listens to the watch from now on. */
    public PgWatchMetrics(PgWatch watch, Options options) {
        this(watch, options, Clock.systemUTC());
    }

    PgWatchMetrics(PgWatch watch, Options options, Clock clock) {
        this.clock = clock;
        Naming naming = new Naming(options.prefix(), Tags.of(options.tags()).and("watch", watch.name()));
        this.sweep = new SweepMeters(naming, clock);
        this.probes = watch.probes().stream()
                .<ProbeMeters<?>>map(probe -> new ProbeMeters<>(probe, naming, options.maxSeries()))
                .toList();
        listen(watch);
    }

    private void listen(PgWatch watch) {
        PgWatch.Listening started = watch.listen(new ReportListener() {
            @Override
            public void onReport(Report report) {
                publish(report);
            }

            @Override
            public void onClose() {
                close();
            }
        });
        boolean tooLate;
        synchronized (lock) {
            listening = started;
            tooLate = closed;
        }
        if (tooLate) {
            started.close();
        }
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        requireNonNull(registry, "registry");
        synchronized (lock) {
            if (!closed) {
                registries.computeIfAbsent(registry, BoundRegistry::new).show(published());
            }
        }
    }

    private void publish(Report report) {
        Failures failures = new Failures();
        synchronized (lock) {
            if (closed) {
                return;
            }
            sweep.update(report);
            for (ProbeMeters<?> probe : probes) {
                probe.update(report, clock.millis(), failures);
            }
            registries.keySet().removeIf(MeterRegistry::isClosed);
            List<Published> published = published();
            for (BoundRegistry registry : registries.values()) {
                failures.attempt(() -> registry.show(published));
            }
        }
        failures.rethrow();
    }

    private List<Published> published() {
        List<Published> all = new ArrayList<>(sweep.published());
        probes.forEach(probe -> probe.addTo(all));
        return all;
    }

    /** Takes its meters out of all registries and listens no more. Closing twice is one close. */
    @Override
    public void close() {
        PgWatch.Listening ended;
        synchronized (lock) {
            if (closed) {
                return;
            }
            closed = true;
            ended = listening;
            registries.values().forEach(registry -> registry.show(List.of()));
            registries.clear();
        }
        if (ended != null) {
            ended.close();
        }
    }

    /**
     * How meters are named and how many there may be.
     *
     * @param prefix stands before every name; a dot at its end is added when it is missing. Default {@code pgwatch.}
     * @param maxSeries how many rows of a measure are shown, the worst first; default 10. A row that is no longer among
     *     them stays for an hour, as long as there are no more than twice as many in all
     * @param tags on every meter, beside {@code watch} and the tags that tell the rows of a measure apart; of two with the
     *     same key these give way. Default none
     */
    public record Options(String prefix, int maxSeries, List<Tag> tags) {

        private static final Pattern PREFIX = Pattern.compile("([a-z][a-z0-9]*([._][a-z0-9]+)*\\.?)?");

        public Options {
            if (!PREFIX.matcher(prefix).matches()) {
                throw new IllegalArgumentException(
                        "want a prefix of lower-case words joined by dots, such as pgwatch, got '" + prefix + "'");
            }
            if (maxSeries < 1) {
                throw new IllegalArgumentException("want max-series of 1 or more, got " + maxSeries);
            }
            prefix = prefix.isEmpty() || prefix.endsWith(".") ? prefix : prefix + ".";
            tags = List.copyOf(tags);
        }

        public static Options defaults() {
            return new Options("pgwatch.", 10, List.of());
        }

        public Options withPrefix(String other) {
            return new Options(other, maxSeries, tags);
        }

        public Options withMaxSeries(int other) {
            return new Options(prefix, other, tags);
        }

        public Options withTags(Iterable<Tag> other) {
            return new Options(prefix, maxSeries, Tags.of(other).stream().toList());
        }
    }
}

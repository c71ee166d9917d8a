package io.pgwatch.core;

import io.pgwatch.Report;
import io.pgwatch.core.probes.BuiltInProbes;
import io.pgwatch.probe.Finding;
import io.pgwatch.probe.Level;
import io.pgwatch.probe.Probe;
import io.pgwatch.probe.ProbeId;
import io.pgwatch.testsupport.MovableClock;
import io.pgwatch.testsupport.PgServer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** What a watch does in its thread, one sweep after the other when the test wants them, by a clock that the test moves. */
final class Sweeper implements AutoCloseable {

    /** A sweep's time on a machine that is busy with other things; tests of the budget set their own. */
    private static final Duration BUDGET = Duration.ofSeconds(10);

    private final MovableClock clock = new MovableClock();
    private final Collector collector;
    private @Nullable Report latest;

    private Sweeper(Targets targets, UnaryOperator<WatchOptions> change) {
        this.collector = new Collector(
                change.apply(new WatchOptions(
                        "test",
                        Duration.ofSeconds(15),
                        BUDGET,
                        ConnectionMode.DEDICATED,
                        targets,
                        BuiltInProbes.withDefaults(),
                        ApplicationSide.SILENT,
                        false,
                        "it:1",
                        clock,
                        clock)),
                () -> {});
    }

    static Sweeper of(PgServer server, String user, String database) {
        return of(server.dataSource(user, database));
    }

    static Sweeper of(DataSource dataSource) {
        return of(dataSource, options -> options);
    }

    static Sweeper of(DataSource dataSource, UnaryOperator<WatchOptions> change) {
        return new Sweeper(new Targets(dataSource, null, null, null, Optional::empty), change);
    }

    /** With a URL and role of the watch's own, beside the data source of the application. */
    static Sweeper of(DataSource dataSource, String url, String user, UnaryOperator<WatchOptions> change) {
        return new Sweeper(new Targets(dataSource, url, user, "", Optional::empty), change);
    }

    static Sweeper to(Targets targets) {
        return new Sweeper(targets, options -> options);
    }

    static UnaryOperator<WatchOptions> budget(Duration budget) {
        return options ->
                changed(options, budget, options.mode(), options.probes(), options.application(), options.queryText());
    }

    static UnaryOperator<WatchOptions> mode(ConnectionMode mode) {
        return options ->
                changed(options, options.budget(), mode, options.probes(), options.application(), options.queryText());
    }

    static UnaryOperator<WatchOptions> application(ApplicationSide application) {
        return options ->
                changed(options, options.budget(), options.mode(), options.probes(), application, options.queryText());
    }

    static UnaryOperator<WatchOptions> probes(Probe<?>... probes) {
        return options -> changed(
                options, options.budget(), options.mode(), List.of(probes), options.application(), options.queryText());
    }

    /** Shows statements. */
    static UnaryOperator<WatchOptions> queryText() {
        return options ->
                changed(options, options.budget(), options.mode(), options.probes(), options.application(), true);
    }

    /** Another instance of the service than those of another name. */
    static UnaryOperator<WatchOptions> instance(String instance) {
        return options -> new WatchOptions(
                options.name(),
                options.interval(),
                options.budget(),
                options.mode(),
                options.targets(),
                options.probes(),
                options.application(),
                options.queryText(),
                instance,
                options.clock(),
                options.calendar());
    }

    private static WatchOptions changed(
            WatchOptions options,
            Duration budget,
            ConnectionMode mode,
            List<Probe<?>> probes,
            ApplicationSide application,
            boolean queryText) {
        return new WatchOptions(
                options.name(),
                options.interval(),
                budget,
                mode,
                options.targets(),
                probes,
                application,
                queryText,
                options.instance(),
                options.clock(),
                options.calendar());
    }

    Report sweep() {
        try {
            Report report = collector.sweep(latest);
            latest = report;
            return report;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted in a sweep", e);
        }
    }

    /** Moves the clock, then sweeps. */
    Report sweepAfter(Duration time) {
        clock.advance(time);
        return sweep();
    }

    /** The level that the newest sweep itself gave, whatever is held from the one before. */
    static Level levelOf(Report report, ProbeId<?> probe) {
        return report.verdict(probe).level();
    }

    /** The only finding of a probe. */
    static Finding finding(Report report, ProbeId<?> probe) {
        if (report.verdict(probe).findings().size() != 1) {
            throw new AssertionError("want one finding of " + probe + ", got\n" + report.text());
        }
        return report.verdict(probe).findings().get(0);
    }

    Collector collector() {
        return collector;
    }

    MovableClock clock() {
        return clock;
    }

    @Override
    public void close() {
        collector.close();
    }
}

package io.pgwatch.benchmarks;

import io.github.mfvanek.pg.connection.PgConnectionImpl;
import io.github.mfvanek.pg.core.checks.host.StandardChecksOnHost;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.db.PostgreSQLDatabaseMetrics;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pgwatch.PgWatches;
import io.pgwatch.benchmarks.Subject.Plan;
import io.pgwatch.benchmarks.Subject.Work;
import io.pgwatch.core.SteppedWatch;
import io.pgwatch.micrometer.PgWatchMetrics;
import io.pgwatch.spring.boot.autoconfigure.PgWatchBoot3HealthAutoConfiguration;
import io.pgwatch.spring.boot.autoconfigure.PgWatchProperties;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import org.springframework.boot.actuate.health.CompositeHealthContributor;
import org.springframework.boot.actuate.health.HealthIndicator;
import org.springframework.boot.actuate.jdbc.DataSourceHealthIndicator;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;

/** pgwatch, and what else a Java application asks its database: all with their defaults, all over the same network. */
final class Subjects {

    static final String AVERAGE = "pgwatch: a sweep, on the average";
    static final String SWEEP = "pgwatch: a sweep that reads the tables";
    static final String SCRAPE = "pgwatch: a scrape of its gauges";
    static final String HEALTH = "pgwatch: health";
    static final String BINDER = "Micrometer PostgreSQLDatabaseMetrics";
    static final String HIKARI = "HikariCP's gauges";
    static final String SPRING = "Spring DataSourceHealthIndicator";
    static final String INDEX_HEALTH = "pg-index-health, all checks";

    /**
     * In the order in which they are shown. The average is over 40 minutes, in which everything comes due as often as it
     * does, and in one of two rounds a new connection; sweeps with the tables are two minutes apart, so that these are due, and mostly nothing else is.
     */
    static final List<Plan> ALL = List.of(
            new Plan(AVERAGE, 2, 160, pool -> sweep(pool, Duration.ofSeconds(15))),
            new Plan(SWEEP, 15, 1, pool -> sweep(pool, Duration.ofMinutes(2))),
            new Plan(SCRAPE, 1, 10, pool -> beside(pool, Subjects::scrape)),
            new Plan(HEALTH, 1, 10, pool -> beside(pool, Subjects::health)),
            new Plan(BINDER, 1, 20, Subjects::binder),
            new Plan(HIKARI, 1, 10, Subjects::hikari),
            new Plan(SPRING, 1, 10, Subjects::spring),
            new Plan(INDEX_HEALTH, 1, 10, Subjects::indexHealth));

    private Subjects() {}

    /** With a history that is full, as after two days. */
    private static Work sweep(CountingPool pool, Duration interval) {
        SteppedWatch watch = new SteppedWatch(pool);
        watch.liveTwoDays();
        return new OfWatch(watch, () -> watch.sweepAfter(interval));
    }

    /** Something that reads the reports of a watch. */
    private static Work beside(CountingPool pool, Function<SteppedWatch, Runnable> reader) {
        SteppedWatch watch = new SteppedWatch(pool);
        watch.sweep();
        return new OfWatch(watch, reader.apply(watch));
    }

    private record OfWatch(SteppedWatch watch, Runnable collection) implements Work {

        @Override
        public void collect() {
            collection.run();
        }

        /** Nothing but what is read each time is due after it. */
        @Override
        public void prepare() throws InterruptedException {
            watch.sweepAll();
            Thread.sleep(Subject.STATISTICS_MILLIS);
            watch.sweep();
        }

        @Override
        public void close() {
            watch.close();
        }
    }

    private static Runnable scrape(SteppedWatch watch) {
        MeterRegistry registry = new SimpleMeterRegistry();
        new PgWatchMetrics(watch).bindTo(registry);
        return () -> read(registry);
    }

    private static Runnable health(SteppedWatch watch) {
        AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext();
        context.registerBean(PgWatches.class, () -> new PgWatches(List.of(watch)));
        context.register(Properties.class, PgWatchBoot3HealthAutoConfiguration.class);
        context.refresh();
        HealthIndicator indicator = (HealthIndicator)
                context.getBean(CompositeHealthContributor.class).getContributor(watch.name());
        return () -> indicator.getHealth(true);
    }

    @EnableConfigurationProperties(PgWatchProperties.class)
    private static final class Properties {}

    private static Work binder(CountingPool pool) {
        MeterRegistry registry = new SimpleMeterRegistry();
        new PostgreSQLDatabaseMetrics(pool, "app").bindTo(registry);
        return () -> read(registry);
    }

    /** They exist once the pool has started. */
    private static Work hikari(CountingPool pool) {
        MeterRegistry registry = new SimpleMeterRegistry();
        pool.setMetricRegistry(registry);
        Work borrow = spring(pool);
        return new Work() {
            @Override
            public void collect() {
                read(registry);
            }

            @Override
            public void prepare() throws InterruptedException {
                borrow.collect();
                Thread.sleep(Subject.STATISTICS_MILLIS);
                borrow.collect();
            }
        };
    }

    private static Work spring(CountingPool pool) {
        DataSourceHealthIndicator indicator = new DataSourceHealthIndicator(pool);
        return () -> indicator.getHealth(true);
    }

    private static Work indexHealth(CountingPool pool) {
        var checks = new StandardChecksOnHost().apply(PgConnectionImpl.ofUrl(pool, pool.getJdbcUrl()));
        return () -> checks.forEach(check -> check.check());
    }

    private static void read(MeterRegistry registry) {
        registry.getMeters().forEach(meter -> meter.measure().forEach(measurement -> measurement.getValue()));
    }
}

package io.pgwatch.spring.boot.autoconfigure;

import static io.pgwatch.spring.boot.autoconfigure.InvalidPgWatchPropertyException.blaming;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.pgwatch.PgWatch;
import io.pgwatch.PgWatches;
import io.pgwatch.micrometer.PgWatchMetrics;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;

/** The meters of all watches. Nothing here asks for the registry: Boot gives it to the binder when both are ready. */
@AutoConfiguration(
        after = PgWatchAutoConfiguration.class,
        afterName = {
            "org.springframework.boot.actuate.autoconfigure.metrics.CompositeMeterRegistryAutoConfiguration",
            "org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration"
        })
@ConditionalOnClass({MeterRegistry.class, PgWatchMetrics.class})
@ConditionalOnBean({MeterRegistry.class, PgWatches.class})
@EnableConfigurationProperties(PgWatchProperties.class)
public final class PgWatchMetricsAutoConfiguration {

    private static final Logger log = LoggerFactory.getLogger(PgWatchMetricsAutoConfiguration.class);

    @Bean
    @ConditionalOnMissingBean(name = "pgWatchMetrics")
    @Nullable
    MeterBinder pgWatchMetrics(ObjectProvider<PgWatches> provider, PgWatchProperties properties) {
        PgWatches watches = provider.getIfAvailable();
        return watches == null ? null : binderOf(watches, properties);
    }

    /** Wrong options are refused here; the meters come a moment after the registry, beside the application's other beans. */
    private static MeterBinder binderOf(PgWatches watches, PgWatchProperties properties) {
        Map<PgWatch, PgWatchMetrics.Options> options = new LinkedHashMap<>();
        for (PgWatch watch : watches.all()) {
            WatchSettings settings = WatchSettings.of(properties, watch.name());
            if (settings.metricsEnabled()) {
                options.put(watch, optionsOf(settings));
            }
        }
        return registry -> Beside.theStart("pgwatch-metrics")
                .execute(() -> options.forEach((watch, its) -> bind(watch, its, registry)));
    }

    /** A registry that takes no more meters costs the application its meters, not its start. */
    private static void bind(PgWatch watch, PgWatchMetrics.Options options, MeterRegistry registry) {
        try {
            new PgWatchMetrics(watch, options).bindTo(registry);
        } catch (RuntimeException e) {
            log.warn("{}: not all meters could be bound", watch.name(), e);
        }
    }

    private static PgWatchMetrics.Options optionsOf(WatchSettings settings) {
        WatchSettings.Sourced<String> prefix = settings.metricsPrefix();
        WatchSettings.Sourced<Integer> maxSeries = settings.metricsMaxSeries();
        PgWatchMetrics.Options defaults = PgWatchMetrics.Options.defaults();
        PgWatchMetrics.Options prefixed = blaming(prefix.property(), () -> defaults.withPrefix(prefix.value()));
        return blaming(maxSeries.property(), () -> prefixed.withMaxSeries(maxSeries.value()));
    }
}

package io.pgwatch.spring.boot.autoconfigure;

import static io.pgwatch.spring.boot.autoconfigure.InvalidPgWatchPropertyException.blaming;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.pgwatch.PgWatch;
import io.pgwatch.PgWatches;
import io.pgwatch.micrometer.PgWatchMetrics;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
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
public final class PgWatchMetricsAutoConfiguration {

    @Bean
    @ConditionalOnMissingBean(name = "pgWatchMetrics")
    @Nullable
    MeterBinder pgWatchMetrics(ObjectProvider<PgWatches> provider, PgWatchProperties properties) {
        PgWatches watches = provider.getIfAvailable();
        return watches == null ? null : binderOf(watches, properties);
    }

    private static MeterBinder binderOf(PgWatches watches, PgWatchProperties properties) {
        List<PgWatchMetrics> metrics = new ArrayList<>();
        for (PgWatch watch : watches.all()) {
            WatchSettings settings = WatchSettings.of(properties, watch.name());
            if (settings.metricsEnabled()) {
                metrics.add(new PgWatchMetrics(watch, optionsOf(settings)));
            }
        }
        return registry -> metrics.forEach(one -> one.bindTo(registry));
    }

    private static PgWatchMetrics.Options optionsOf(WatchSettings settings) {
        WatchSettings.Sourced<String> prefix = settings.metricsPrefix();
        WatchSettings.Sourced<Integer> maxSeries = settings.metricsMaxSeries();
        PgWatchMetrics.Options defaults = PgWatchMetrics.Options.defaults();
        PgWatchMetrics.Options prefixed = blaming(prefix.property(), () -> defaults.withPrefix(prefix.value()));
        return blaming(maxSeries.property(), () -> prefixed.withMaxSeries(maxSeries.value()));
    }
}

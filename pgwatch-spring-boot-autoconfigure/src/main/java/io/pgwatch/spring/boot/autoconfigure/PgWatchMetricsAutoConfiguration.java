package io.pgwatch.spring.boot.autoconfigure;

import static io.pgwatch.spring.boot.autoconfigure.InvalidPgWatchPropertyException.blaming;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.pgwatch.PgWatch;
import io.pgwatch.PgWatches;
import io.pgwatch.micrometer.PgWatchMetrics;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
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

    /** Wrong options are refused here; the rest is made beside the application's other beans, until the registry is there. */
    private static MeterBinder binderOf(PgWatches watches, PgWatchProperties properties) {
        Map<PgWatch, PgWatchMetrics.Options> options = new LinkedHashMap<>();
        for (PgWatch watch : watches.all()) {
            WatchSettings settings = WatchSettings.of(properties, watch.name());
            if (settings.metricsEnabled()) {
                options.put(watch, optionsOf(settings));
            }
        }
        CompletableFuture<List<PgWatchMetrics>> metrics = Beside.theStart(
                "pgwatch-metrics",
                () -> options.entrySet().stream()
                        .map(one -> new PgWatchMetrics(one.getKey(), one.getValue()))
                        .toList());
        return registry -> metrics.join().forEach(one -> one.bindTo(registry));
    }

    private static PgWatchMetrics.Options optionsOf(WatchSettings settings) {
        WatchSettings.Sourced<String> prefix = settings.metricsPrefix();
        WatchSettings.Sourced<Integer> maxSeries = settings.metricsMaxSeries();
        PgWatchMetrics.Options defaults = PgWatchMetrics.Options.defaults();
        PgWatchMetrics.Options prefixed = blaming(prefix.property(), () -> defaults.withPrefix(prefix.value()));
        return blaming(maxSeries.property(), () -> prefixed.withMaxSeries(maxSeries.value()));
    }
}

package io.pgwatch.spring.boot.autoconfigure;

import io.pgwatch.PgWatches;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.CompositeHealthContributor;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthContributor;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;

/** The health component {@code pgwatch} of Spring Boot 4. */
@AutoConfiguration(after = PgWatchAutoConfiguration.class)
@ConditionalOnClass({HealthContributor.class, ConditionalOnEnabledHealthIndicator.class})
@ConditionalOnBean(PgWatches.class)
@ConditionalOnEnabledHealthIndicator("pgwatch")
@EnableConfigurationProperties(PgWatchProperties.class)
public final class PgWatchBoot4HealthAutoConfiguration {

    @Bean
    @ConditionalOnMissingBean(name = {"pgwatchHealthContributor", "pgwatchHealthIndicator"})
    @Nullable
    HealthContributor pgwatchHealthContributor(ObjectProvider<PgWatches> watches, PgWatchProperties properties) {
        Map<String, HealthIndicator> children =
                WatchHealth.each(watches.getIfAvailable(), properties, watch -> () -> health(watch.look()));
        return children == null ? null : CompositeHealthContributor.fromMap(children);
    }

    private static Health health(WatchHealth.Seen seen) {
        return Health.status(seen.status().name()).withDetails(seen.details()).build();
    }
}

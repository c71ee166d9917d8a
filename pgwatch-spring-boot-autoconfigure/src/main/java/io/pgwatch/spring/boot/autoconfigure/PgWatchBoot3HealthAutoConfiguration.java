package io.pgwatch.spring.boot.autoconfigure;

import io.pgwatch.PgWatches;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.actuate.autoconfigure.health.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.actuate.health.CompositeHealthContributor;
import org.springframework.boot.actuate.health.Health;
import org.springframework.boot.actuate.health.HealthContributor;
import org.springframework.boot.actuate.health.HealthIndicator;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;

/** The health component {@code pgwatch} of Spring Boot 3.5. */
@AutoConfiguration(after = PgWatchAutoConfiguration.class)
@ConditionalOnClass({HealthContributor.class, ConditionalOnEnabledHealthIndicator.class})
@ConditionalOnBean(PgWatches.class)
@ConditionalOnEnabledHealthIndicator("pgwatch")
@EnableConfigurationProperties(PgWatchProperties.class)
public final class PgWatchBoot3HealthAutoConfiguration {

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

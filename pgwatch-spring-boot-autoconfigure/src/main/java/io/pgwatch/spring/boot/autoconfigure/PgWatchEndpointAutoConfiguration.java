package io.pgwatch.spring.boot.autoconfigure;

import io.pgwatch.PgWatches;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/** The actuator endpoint {@code pgwatch}. */
@AutoConfiguration(after = PgWatchAutoConfiguration.class)
@ConditionalOnClass({Endpoint.class, ConditionalOnAvailableEndpoint.class})
@ConditionalOnBean(PgWatches.class)
@ConditionalOnAvailableEndpoint(PgWatchEndpoint.class)
public final class PgWatchEndpointAutoConfiguration {

    @Bean
    @ConditionalOnMissingBean
    PgWatchEndpoint pgWatchEndpoint(ObjectProvider<PgWatches> watches) {
        return new PgWatchEndpoint(watches);
    }
}

package io.pgwatch.spring.boot.autoconfigure;

import io.pgwatch.PgWatches;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;

/** The MBeans of all watches. They are no beans of the context, so that {@code spring.jmx.enabled} does not show them again. */
@AutoConfiguration(after = PgWatchAutoConfiguration.class)
@ConditionalOnBean(PgWatches.class)
@EnableConfigurationProperties(PgWatchProperties.class)
public final class PgWatchJmxAutoConfiguration {

    @Bean
    static MBeansOfWatches pgWatchJmx(ObjectProvider<PgWatchProperties> properties) {
        return new MBeansOfWatches(properties);
    }
}

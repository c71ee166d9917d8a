package io.pgwatch.spring.boot.autoconfigure;

import io.pgwatch.PgWatch;
import io.pgwatch.PgWatches;
import io.pgwatch.core.jmx.PgWatchMBeans;
import java.lang.management.ManagementFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.context.annotation.Bean;

/**
 * The MBeans of all watches, from when there are watches until they are closed. They are no beans of the context, so that
 * {@code spring.jmx.enabled} does not show them a second time.
 */
@AutoConfiguration(after = PgWatchAutoConfiguration.class)
@ConditionalOnBean(PgWatches.class)
public final class PgWatchJmxAutoConfiguration {

    @Bean
    static BeanPostProcessor pgWatchJmx(ObjectProvider<PgWatchProperties> properties) {
        return new BeanPostProcessor() {
            @Override
            public Object postProcessAfterInitialization(Object bean, String name) {
                if (bean instanceof PgWatches watches) {
                    register(watches, properties.getObject());
                }
                return bean;
            }
        };
    }

    private static void register(PgWatches watches, PgWatchProperties properties) {
        try {
            for (PgWatch watch : watches.all()) {
                WatchSettings settings = WatchSettings.of(properties, watch.name());
                if (settings.jmxEnabled()) {
                    register(watch, settings.jmxDomain());
                }
            }
        } catch (RuntimeException e) {
            watches.close(); // the context does not know them yet
            throw e;
        }
    }

    private static void register(PgWatch watch, WatchSettings.Sourced<String> domain) {
        InvalidPgWatchPropertyException.blaming(
                domain.property(),
                () -> PgWatchMBeans.register(watch, domain.value(), ManagementFactory.getPlatformMBeanServer()));
    }
}

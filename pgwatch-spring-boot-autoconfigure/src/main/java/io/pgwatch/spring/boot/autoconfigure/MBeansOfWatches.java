package io.pgwatch.spring.boot.autoconfigure;

import io.pgwatch.PgWatch;
import io.pgwatch.PgWatches;
import io.pgwatch.core.jmx.PgWatchMBeans;
import java.lang.management.ManagementFactory;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.config.DestructionAwareBeanPostProcessor;

/**
 * Registers the MBeans of all watches as soon as there are watches. They end with their watch.
 *
 * <p>It does so on a thread of its own, while the application makes its other beans, and is done when these are made: the
 * platform's MBean server alone takes tens of milliseconds where nobody has used it before.
 */
final class MBeansOfWatches implements DestructionAwareBeanPostProcessor, SmartInitializingSingleton {

    private static final Logger log = LoggerFactory.getLogger(MBeansOfWatches.class);

    private final ObjectProvider<PgWatchProperties> properties;
    private volatile @Nullable CompletableFuture<Void> registration;

    MBeansOfWatches(ObjectProvider<PgWatchProperties> properties) {
        this.properties = properties;
    }

    @Override
    public Object postProcessAfterInitialization(Object bean, String name) {
        if (bean instanceof PgWatches watches) {
            PgWatchProperties given = properties.getObject();
            registration = CompletableFuture.runAsync(
                    () -> watches.all().forEach(watch -> register(watch, WatchSettings.of(given, watch.name()))),
                    Beside.theStart("pgwatch-jmx"));
        }
        return bean;
    }

    /** An MBean server that refuses costs the application its MBeans, not its start. */
    private static void register(PgWatch watch, WatchSettings settings) {
        if (!settings.jmxEnabled()) {
            return;
        }
        try {
            PgWatchMBeans.register(watch, settings.jmxDomain().value(), ManagementFactory.getPlatformMBeanServer());
        } catch (Throwable e) { // of whatever kind: it may be a server of the application's own
            log.warn("{}: no MBeans, since they could not be registered", watch.name(), e);
        }
    }

    @Override
    public void afterSingletonsInstantiated() {
        CompletableFuture<Void> begun = registration;
        if (begun != null) {
            begun.join();
        }
    }

    /** Nothing is registered after its watch has ended. */
    @Override
    public void postProcessBeforeDestruction(Object bean, String name) {
        CompletableFuture<Void> begun = registration;
        if (bean instanceof PgWatches && begun != null) {
            begun.join();
        }
    }

    @Override
    public boolean requiresDestruction(Object bean) {
        return bean instanceof PgWatches;
    }
}

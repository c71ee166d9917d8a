package io.pgwatch.spring.boot.autoconfigure;

import io.pgwatch.core.AttributedDataSource;
import io.pgwatch.core.DataSources;
import javax.sql.DataSource;
import org.springframework.aop.scope.ScopedProxyUtils;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanPostProcessor;

/**
 * Puts a memory of borrowers around each pool, where a watch wants one. What asks a bean for its pool by unwrapping, as Boot's
 * own metrics and health do, finds it inside; what asks for a bean of the pool's own class does not. Of a pool in a scope it is
 * put around the scope's proxy, which wants its target to be of the class that it was.
 */
final class AttributedBeans implements BeanPostProcessor {

    private final ObjectProvider<PgWatchProperties> properties;

    AttributedBeans(ObjectProvider<PgWatchProperties> properties) {
        this.properties = properties;
    }

    @Override
    public Object postProcessAfterInitialization(Object bean, String name) {
        return bean instanceof DataSource dataSource && isWanted(name) && DataSources.isBarePool(dataSource)
                ? AttributedDataSource.around(dataSource)
                : bean;
    }

    /** Whether any watch wants it; which one is this bean's is known later. */
    private boolean isWanted(String bean) {
        PgWatchProperties given = properties.getObject();
        return !ScopedProxyUtils.isScopedTarget(bean)
                && !given.exclude().contains(bean)
                && WatchSettings.wantAttribution(given);
    }
}

package io.pgwatch.spring.boot.autoconfigure;

import io.pgwatch.PgWatch;
import io.pgwatch.PgWatches;
import io.pgwatch.core.ConnectionTarget;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.postgresql.Driver;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.config.BeanFactoryPostProcessor;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.beans.factory.support.DefaultListableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.AutoConfigureOrder;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.jdbc.metadata.DataSourcePoolMetadataProvider;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;

/**
 * Starts a watch for every PostgreSQL data source of the application. Whether a data source leads to PostgreSQL is only known
 * once its bean is there; so the beans here may turn out to be null, and then they are taken out of the context.
 */
@AutoConfiguration(
        afterName = {
            "org.springframework.boot.autoconfigure.jdbc.DataSourceAutoConfiguration",
            "org.springframework.boot.autoconfigure.jdbc.JndiDataSourceAutoConfiguration",
            "org.springframework.boot.autoconfigure.jdbc.XADataSourceAutoConfiguration",
            "org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration",
            "org.springframework.boot.jdbc.autoconfigure.JndiDataSourceAutoConfiguration",
            "org.springframework.boot.jdbc.autoconfigure.XADataSourceAutoConfiguration"
        })
@AutoConfigureOrder(Ordered.LOWEST_PRECEDENCE)
@ConditionalOnClass({DataSource.class, Driver.class})
@ConditionalOnBean(DataSource.class)
@ConditionalOnBooleanProperty(name = "pgwatch.enabled", matchIfMissing = true)
@EnableConfigurationProperties(PgWatchProperties.class)
public final class PgWatchAutoConfiguration {

    private static final String WATCHES = "pgWatches";

    @Bean(WATCHES)
    @ConditionalOnMissingBean
    @Nullable
    PgWatches pgWatches(
            DefaultListableBeanFactory beans,
            PgWatchProperties properties,
            ObjectProvider<DeclaredTarget> declared,
            ObjectProvider<ForeignPools> foreignPools) {
        Supplier<Optional<ConnectionTarget>> target = () ->
                declared.orderedStream().flatMap(one -> one.target().stream()).findFirst();
        boolean lazyIsOrdinary = beans.getBeanDefinition(WATCHES).isLazyInit();
        List<WatchedDataSource> found = new WatchedDataSources(beans, properties, target, lazyIsOrdinary).find();
        found.forEach(one -> beans.registerDependentBean(one.bean(), WATCHES)); // closed before the pool
        return new WatchStarter(properties, foreignPools.getIfAvailable(() -> (bean, pool) -> Optional.empty()))
                .start(found);
    }

    /** Closed with the others. */
    @Bean(destroyMethod = "")
    @ConditionalOnMissingBean
    @Nullable
    PgWatch pgWatch(ObjectProvider<PgWatches> watches) {
        List<PgWatch> all =
                watches.stream().flatMap(some -> some.all().stream()).toList();
        return all.size() == 1 ? all.get(0) : null;
    }

    /** The first bean that is made: the application's own, and its web server, all come after it. */
    @Bean
    static BeanFactoryPostProcessor pgWatchRehearsal() {
        return beans -> Beside.theStart("pgwatch-rehearsal").execute(Rehearsal::play);
    }

    @Bean
    static BeanPostProcessor pgWatchAttributedBeans(ObjectProvider<PgWatchProperties> properties) {
        return new AttributedBeans(properties);
    }

    @Bean
    static SmartInitializingSingleton pgWatchNullBeans(DefaultListableBeanFactory beans) {
        return () -> NullBeans.remove(beans, PgWatchAutoConfiguration.class.getPackageName());
    }

    /** Both generations of Boot have these types under the same names, but Boot 4 only with its module for JDBC. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(DataSourcePoolMetadataProvider.class)
    static class PoolMetadataOfBoot {

        @Bean
        ForeignPools pgWatchForeignPools(ObjectProvider<DataSourcePoolMetadataProvider> providers) {
            return new PoolMetadata(providers);
        }
    }

    /** Where Boot 3.5 was told that its data source leads. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(org.springframework.boot.autoconfigure.jdbc.JdbcConnectionDetails.class)
    static class Boot3 {

        @Bean
        DeclaredTarget pgWatchDeclaredTarget(
                ObjectProvider<org.springframework.boot.autoconfigure.jdbc.JdbcConnectionDetails> details) {
            return () -> Optional.ofNullable(details.getIfUnique())
                    .map(told -> new ConnectionTarget(told.getJdbcUrl(), told.getUsername(), told.getPassword()));
        }
    }

    /** Where Boot 4 was told that its data source leads. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(org.springframework.boot.jdbc.autoconfigure.JdbcConnectionDetails.class)
    static class Boot4 {

        @Bean
        DeclaredTarget pgWatchDeclaredTarget(
                ObjectProvider<org.springframework.boot.jdbc.autoconfigure.JdbcConnectionDetails> details) {
            return () -> Optional.ofNullable(details.getIfUnique())
                    .map(told -> new ConnectionTarget(told.getJdbcUrl(), told.getUsername(), told.getPassword()));
        }
    }
}

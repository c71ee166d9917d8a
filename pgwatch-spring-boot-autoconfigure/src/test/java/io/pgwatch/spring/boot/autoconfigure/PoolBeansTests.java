package io.pgwatch.spring.boot.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.pgwatch.PgWatch;
import io.pgwatch.PgWatches;
import io.pgwatch.core.AttributedDataSource;
import io.pgwatch.core.pool.Pools;
import io.pgwatch.evidence.PoolSaturation;
import io.pgwatch.evidence.ProbeIds;
import io.pgwatch.snapshot.ClientPools.ClientPool;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.postgresql.ds.PGSimpleDataSource;
import org.springframework.beans.factory.config.CustomScopeConfigurer;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.jdbc.metadata.AbstractDataSourcePoolMetadata;
import org.springframework.boot.jdbc.metadata.DataSourcePoolMetadataProvider;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Primary;
import org.springframework.context.annotation.Scope;
import org.springframework.context.annotation.ScopedProxyMode;
import org.springframework.context.support.SimpleThreadScope;
import org.springframework.jdbc.datasource.AbstractDataSource;
import org.springframework.jdbc.datasource.DelegatingDataSource;
import org.springframework.jdbc.datasource.DriverManagerDataSource;
import org.springframework.jdbc.datasource.LazyConnectionDataSourceProxy;
import org.springframework.jdbc.datasource.SimpleDriverDataSource;
import org.springframework.jdbc.datasource.SingleConnectionDataSource;
import org.springframework.jdbc.datasource.TransactionAwareDataSourceProxy;

/** What happens to the beans that are pools. The server that they lead to is not there. */
@ExtendWith(OutputCaptureExtension.class)
class PoolBeansTests {

    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withClassLoader(new FilteredClassLoader(Boot3.WITHOUT_BOOT_4))
            .withConfiguration(AutoConfigurations.of(PgWatchAutoConfiguration.class));

    @Test
    void without_attribution_a_pool_stays_the_bean_that_it_is() {
        runner.withBean("dataSource", HikariDataSource.class, () -> hikari("orders"))
                .run(context -> assertThat(context).hasSingleBean(HikariDataSource.class));
    }

    @Test
    void with_attribution_each_pool_remembers_its_borrowers_and_unwraps() {
        runner.withBean("ordersDataSource", HikariDataSource.class, () -> hikari("orders"))
                .withBean("billingDataSource", HikariDataSource.class, () -> hikari("billing"))
                .withPropertyValues("pgwatch.attribution=stack")
                .run(context -> {
                    Map<String, DataSource> beans = context.getBeansOfType(DataSource.class);
                    assertThat(beans.values()).hasSize(2).hasOnlyElementsOfType(AttributedDataSource.class);
                    assertThat(beans.get("billingDataSource")
                                    .unwrap(HikariDataSource.class)
                                    .getJdbcUrl())
                            .endsWith("/billing");
                    assertThat(context.getBean(PgWatches.class).all())
                            .extracting(PgWatch::name)
                            .containsExactlyInAnyOrder("billing", "orders");
                });
    }

    @Test
    void one_watch_alone_may_want_it(CapturedOutput output) {
        runner.withBean("ordersDataSource", HikariDataSource.class, () -> hikari("orders"))
                .withBean("otherDataSource", DataSource.class, () -> driver("other"))
                .withBean("billingDataSource", HikariDataSource.class, () -> hikari("billing"))
                .withPropertyValues(
                        "pgwatch.exclude=billingDataSource",
                        "pgwatch.watches.orders.attribution=thread",
                        "pgwatch.watches.other.attribution=thread")
                .run(context -> {
                    assertThat(context.getBean("ordersDataSource")).isInstanceOf(AttributedDataSource.class);
                    assertThat(context.getBean("billingDataSource")).isInstanceOf(HikariDataSource.class);
                    assertThat(context.getBean("otherDataSource")).isInstanceOf(PGSimpleDataSource.class);
                    assertThat(output)
                            .contains("other: attribution is off, since its data source is no pool that pgwatch knows");
                });
    }

    @Test
    void what_is_put_around_the_pool_is_not_wrapped_again_and_not_watched_twice() {
        runner.withUserConfiguration(Wrapped.class)
                .withPropertyValues("pgwatch.attribution=thread")
                .run(context -> {
                    assertThat(context.getBean("dataSource")).isInstanceOf(LazyConnectionDataSourceProxy.class);
                    assertThat(context.getBean("ordersDataSource")).isInstanceOf(AttributedDataSource.class);
                    assertThat(context.getBean(PgWatches.class).all())
                            .extracting(PgWatch::name)
                            .containsExactly("orders");
                });
    }

    @Test
    void the_pool_is_watched_and_not_the_driver_inside_it() {
        runner.withUserConfiguration(AroundDriver.class)
                .run(context -> assertThat(context.getBean(PgWatches.class).all())
                        .extracting(PgWatch::name)
                        .containsExactly("pooled"));
    }

    @Test
    void one_pool_under_two_names_is_watched_once() {
        runner.withUserConfiguration(SamePool.class)
                .run(context -> assertThat(context.getBean(PgWatches.class).all())
                        .extracting(PgWatch::name)
                        .containsExactly("orders"));
    }

    @Test
    void a_pool_in_a_scope_works_with_attribution() {
        runner.withUserConfiguration(Scoped.class)
                .withPropertyValues("pgwatch.attribution=thread")
                .run(context -> {
                    DataSource pool = context.getBean("ordersDataSource", DataSource.class);

                    assertThat(pool.getLoginTimeout()).isZero();
                    assertThat(pool).isInstanceOf(AttributedDataSource.class);
                    assertThat(context.getBean(PgWatches.class).all())
                            .extracting(PgWatch::name)
                            .containsExactly("orders");
                });
    }

    @Test
    void springs_own_data_sources_have_a_pool_only_if_there_is_one_inside() {
        DataSource unknown = new UnknownPool();

        for (DataSource driver : List.of(
                new DriverManagerDataSource(), new SimpleDriverDataSource(), new SingleConnectionDataSource())) {
            assertThat(Pools.isNoPool(driver)).isTrue();
            assertThat(Pools.isNoPool(new LazyConnectionDataSourceProxy(driver)))
                    .isTrue();
        }
        assertThat(Pools.isNoPool(new LazyConnectionDataSourceProxy(unknown))).isFalse();
        assertThat(Pools.isNoPool(new TransactionAwareDataSourceProxy(unknown))).isFalse();
    }

    @Test
    void a_wrong_value_stops_the_start() {
        runner.withBean("dataSource", HikariDataSource.class, () -> hikari("orders"))
                .withPropertyValues("pgwatch.attribution=always")
                .run(context -> assertThat(context).hasFailed());
    }

    @Test
    void a_pool_of_another_kind_is_told_by_the_applications_own_metadata() {
        runner.withBean("ordersDataSource", DataSource.class, () -> new OtherPool(driver("orders")))
                .withBean(
                        DataSourcePoolMetadataProvider.class,
                        () -> source -> source instanceof OtherPool pool ? new Metadata(pool) : null)
                .run(context -> {
                    PgWatch watch = context.getBean(PgWatch.class);
                    await().until(() -> watch.latest().isPresent());
                    assertThat(pools(watch))
                            .containsExactly(
                                    new ClientPool("ordersDataSource", "other", 3, null, null, 2, null, null, 0));
                });
    }

    private static List<ClientPool> pools(PgWatch watch) {
        return watch.latest()
                .flatMap(report -> report.verdict(ProbeIds.POOL_SATURATION).seen())
                .map(PoolSaturation::pools)
                .orElse(List.of());
    }

    private static HikariDataSource hikari(String database) {
        HikariDataSource pool = new HikariDataSource();
        pool.setJdbcUrl("jdbc:postgresql://localhost:1/" + database);
        return pool;
    }

    private static PGSimpleDataSource driver(String database) {
        PGSimpleDataSource driver = new PGSimpleDataSource();
        driver.setUrl("jdbc:postgresql://localhost:1/" + database);
        return driver;
    }

    @Configuration(proxyBeanMethods = false)
    static class Wrapped {

        @Bean
        HikariDataSource ordersDataSource() {
            return hikari("orders");
        }

        @Bean
        @Primary
        DataSource dataSource(DataSource ordersDataSource) {
            return new LazyConnectionDataSourceProxy(ordersDataSource);
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class AroundDriver {

        @Bean
        PGSimpleDataSource driverDataSource() {
            return driver("orders");
        }

        @Bean
        @Primary
        HikariDataSource pooledDataSource(PGSimpleDataSource driver) {
            HikariConfig config = new HikariConfig();
            config.setDataSource(driver);
            config.setMinimumIdle(0);
            config.setInitializationFailTimeout(-1); // so it starts, though nobody answers
            return new HikariDataSource(config);
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class SamePool {

        @Bean
        HikariDataSource ordersDataSource() {
            return hikari("orders");
        }

        @Bean
        @Primary
        DataSource dataSource(HikariDataSource ordersDataSource) {
            return ordersDataSource;
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class Scoped {

        @Bean
        static CustomScopeConfigurer scopes() {
            CustomScopeConfigurer scopes = new CustomScopeConfigurer();
            scopes.addScope("some", new SimpleThreadScope());
            return scopes;
        }

        @Bean
        @Scope(value = "some", proxyMode = ScopedProxyMode.TARGET_CLASS)
        HikariDataSource ordersDataSource() {
            return hikari("orders");
        }
    }

    /** A pool that nobody can look into. */
    private static final class UnknownPool extends AbstractDataSource {

        @Override
        public Connection getConnection() throws SQLException {
            throw new SQLException("nobody may ask");
        }

        @Override
        public Connection getConnection(String username, String password) throws SQLException {
            return getConnection();
        }
    }

    /** A pool that nobody knows. */
    private static final class OtherPool extends DelegatingDataSource {

        OtherPool(DataSource driver) {
            super(driver);
        }
    }

    private static final class Metadata extends AbstractDataSourcePoolMetadata<OtherPool> {

        Metadata(OtherPool pool) {
            super(pool);
        }

        @Override
        public Integer getActive() {
            return 3;
        }

        @Override
        public Integer getMax() {
            return -1;
        }

        @Override
        public Integer getMin() {
            return 2;
        }

        @Override
        public String getValidationQuery() {
            return "";
        }

        @Override
        public Boolean getDefaultAutoCommit() {
            return true;
        }
    }
}

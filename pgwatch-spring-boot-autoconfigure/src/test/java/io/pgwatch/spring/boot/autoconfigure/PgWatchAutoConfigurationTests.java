package io.pgwatch.spring.boot.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.zaxxer.hikari.HikariDataSource;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pgwatch.PgWatch;
import io.pgwatch.PgWatches;
import io.pgwatch.core.JdbcPgWatch;
import io.pgwatch.core.probes.BuiltInProbes;
import io.pgwatch.core.probes.PoolSaturationProbe;
import java.lang.management.ManagementFactory;
import java.lang.reflect.Proxy;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import javax.management.ObjectName;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.Driver;
import org.postgresql.ds.PGSimpleDataSource;
import org.springframework.beans.factory.BeanCreationException;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.LazyInitializationBeanFactoryPostProcessor;
import org.springframework.boot.actuate.health.CompositeHealthContributor;
import org.springframework.boot.actuate.health.HealthContributor;
import org.springframework.boot.actuate.health.HealthContributorRegistry;
import org.springframework.boot.actuate.health.HealthIndicator;
import org.springframework.boot.actuate.health.Status;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.jdbc.DataSourceAutoConfiguration;
import org.springframework.boot.autoconfigure.jmx.JmxAutoConfiguration;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.diagnostics.FailureAnalyzer;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;
import org.springframework.context.annotation.Primary;
import org.springframework.context.annotation.Scope;
import org.springframework.context.annotation.ScopedProxyMode;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.core.env.Environment;
import org.springframework.core.io.support.SpringFactoriesLoader;
import org.springframework.core.io.support.SpringFactoriesLoader.ArgumentResolver;
import org.springframework.jdbc.datasource.LazyConnectionDataSourceProxy;
import org.springframework.jdbc.datasource.SimpleDriverDataSource;
import org.springframework.jdbc.datasource.lookup.AbstractRoutingDataSource;
import org.springframework.lang.Nullable;
import org.springframework.mock.env.MockEnvironment;

/** When there is which bean. The server that the data sources name is not there: nothing may wait for it. */
@ExtendWith(OutputCaptureExtension.class)
class PgWatchAutoConfigurationTests {

    private static final String NOBODY = "jdbc:postgresql://localhost:1/";

    private final ApplicationContextRunner runner = Boot3.application();

    private final ApplicationContextRunner actuator = Boot3.withActuator();

    @AfterEach
    void nothing_is_left() throws Exception {
        await().untilAsserted(() -> assertThat(threads()).isEmpty());
        assertThat(mbeans()).isEmpty();
    }

    private static List<String> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.startsWith("pgwatch"))
                .toList();
    }

    private static List<String> mbeans() throws Exception {
        return ManagementFactory.getPlatformMBeanServer().queryNames(new ObjectName("*:type=Watch,*"), null).stream()
                .map(ObjectName::toString)
                .toList();
    }

    // Which data sources

    @Test
    void a_sole_data_source_is_named_after_its_database() {
        runner.withBean("dataSource", DataSource.class, () -> postgres("orders"))
                .run(context -> {
                    assertThat(context).hasSingleBean(PgWatches.class).hasSingleBean(PgWatch.class);
                    assertThat(names(context)).containsExactly("orders");
                    assertThat(context.getBean(PgWatch.class).name()).isEqualTo("orders");
                });
    }

    @Test
    void several_are_named_after_their_beans() {
        runner.withBean("dataSource", DataSource.class, () -> postgres("a"))
                .withBean("ordersDataSource", DataSource.class, () -> postgres("b"))
                .withBean("billing", DataSource.class, () -> postgres("c"))
                .run(context -> {
                    assertThat(names(context)).containsExactly("dataSource", "orders", "billing");
                    assertThat(context).doesNotHaveBean(PgWatch.class);
                });
    }

    @Test
    void two_that_would_have_one_name_keep_the_names_of_their_beans() {
        runner.withBean("orders", DataSource.class, () -> postgres("a"))
                .withBean("ordersDataSource", DataSource.class, () -> postgres("b"))
                .run(context -> assertThat(names(context)).containsExactly("orders", "ordersDataSource"));
    }

    @Test
    void no_watch_is_lost_to_one_that_would_be_named_like_another_bean() {
        runner.withBean("orders", DataSource.class, () -> postgres("a"))
                .withBean("ordersDataSource", DataSource.class, () -> postgres("b"))
                .withBean("ordersDataSourceDataSource", DataSource.class, () -> postgres("c"))
                .run(context -> assertThat(names(context))
                        .containsExactly("orders", "ordersDataSource", "ordersDataSourceDataSource"));
    }

    @Test
    void a_bean_whose_name_is_all_suffix_keeps_it() {
        runner.withBean("DataSource", DataSource.class, () -> postgres("a"))
                .withBean("ordersDataSource", DataSource.class, () -> postgres("b"))
                .run(context -> assertThat(names(context)).containsExactly("DataSource", "orders"));
    }

    @Test
    void without_a_data_source_there_is_nothing(CapturedOutput output) {
        actuator.run(context -> assertNothingOf(context));
        assertThat(output).doesNotContain("io.pgwatch.spring");
    }

    @Test
    void keeps_the_settings_of_watches_that_this_profile_does_not_have() {
        actuator.withBean("dataSource", DataSource.class, () -> hikari("jdbc:h2:mem:orders"))
                .withPropertyValues("pgwatch.watches.orders.interval=30s")
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(PgWatches.class));
    }

    @Test
    void without_postgres_there_is_nothing(CapturedOutput output) {
        actuator.withBean("dataSource", DataSource.class, () -> hikari("jdbc:h2:mem:orders"))
                .run(context -> assertNothingOf(context));
        assertThat(output).doesNotContain("is not watched");
    }

    @Test
    void with_pgwatch_disabled_there_is_nothing() {
        actuator.withBean("dataSource", DataSource.class, () -> postgres("orders"))
                .withPropertyValues("pgwatch.enabled=false")
                .run(context -> assertNothingOf(context));
    }

    private static void assertNothingOf(AssertableApplicationContext context) {
        assertThat(context)
                .hasNotFailed()
                .doesNotHaveBean(PgWatches.class)
                .doesNotHaveBean(PgWatch.class)
                .doesNotHaveBean(MeterBinder.class)
                .doesNotHaveBean("pgwatchHealthContributor");
    }

    @Test
    void a_data_source_that_is_null_is_left_out(CapturedOutput output) {
        runner.withUserConfiguration(NullBean.class)
                .withBean("ordersDataSource", DataSource.class, () -> postgres("orders"))
                .run(context -> assertThat(names(context)).containsExactly("orders"));
        assertThat(output).contains("data source bean 'absentDataSource' is not watched: it is null");
    }

    @Test
    void a_bean_that_was_given_no_watch_lives_on() {
        Asking.destroyed.set(0);
        runner.withUserConfiguration(AsksForOneWatch.class)
                .withBean("ordersDataSource", DataSource.class, () -> postgres("a"))
                .withBean("billingDataSource", DataSource.class, () -> postgres("b"))
                .run(context -> {
                    assertThat(context.getBean(Asking.class).watch).isNull();
                    assertThat(Asking.destroyed).hasValue(0);
                });
    }

    @Test
    void an_excluded_data_source_is_not_watched() {
        runner.withBean("ordersDataSource", DataSource.class, () -> postgres("a"))
                .withBean("billingDataSource", DataSource.class, () -> postgres("b"))
                .withPropertyValues("pgwatch.exclude=billingDataSource")
                .run(context -> assertThat(names(context)).containsExactly("orders"));
    }

    @Test
    void a_single_watch_can_be_switched_off() {
        runner.withBean("ordersDataSource", DataSource.class, () -> postgres("a"))
                .withBean("billingDataSource", DataSource.class, () -> postgres("b"))
                .withPropertyValues("pgwatch.watches.billing.enabled=false")
                .run(context -> assertThat(names(context)).containsExactly("orders"));
    }

    @Test
    void a_routing_data_source_is_watched_only_if_it_is_named(CapturedOutput output) {
        ApplicationContextRunner routing = runner.withBean("routing", DataSource.class, Routing::new);

        routing.run(context -> assertNothingOf(context));
        assertThat(output).contains("data source bean 'routing' is not watched: it routes to others");
        routing.withPropertyValues("pgwatch.include=routing")
                .run(context -> assertThat(names(context)).containsExactly("routing"));
    }

    @Test
    void a_data_source_that_hides_where_it_leads_is_watched_only_if_it_is_named(CapturedOutput output) {
        ApplicationContextRunner hidden =
                runner.withBean("ordersDataSource", DataSource.class, () -> opaque(postgres("orders")));

        hidden.run(context -> assertNothingOf(context));
        assertThat(output)
                .contains("data source bean 'ordersDataSource' is not watched: it does not tell where it leads");
        hidden.withPropertyValues("pgwatch.include=ordersDataSource")
                .run(context -> assertThat(names(context)).containsExactly("orders"));
    }

    @Test
    void of_a_hidden_data_source_that_boot_has_made_boot_tells_where_it_leads() {
        runner.withConfiguration(AutoConfigurations.of(DataSourceAutoConfiguration.class))
                .withPropertyValues("spring.datasource.url=" + NOBODY + "orders")
                .withBean(Hiding.class)
                .run(context -> assertThat(names(context)).containsExactly("orders"));
    }

    @Test
    void a_data_source_without_a_pool_is_watched() {
        runner.withBean(
                        "dataSource",
                        DataSource.class,
                        () -> new SimpleDriverDataSource(new Driver(), NOBODY + "orders"))
                .run(context -> assertThat(names(context)).containsExactly("orders"));
    }

    @Test
    void one_pool_behind_two_beans_is_one_watch() {
        runner.withUserConfiguration(Wrapped.class)
                .run(context -> assertThat(names(context)).containsExactly("pool"));
    }

    @Test
    void watching_starts_no_pool() {
        runner.withBean("dataSource", HikariDataSource.class, () -> hikari(NOBODY + "orders"))
                .run(context -> {
                    await().until(() -> context.getBean(PgWatch.class).latest().isPresent());

                    assertThat(context.getBean(HikariDataSource.class).getHikariPoolMXBean())
                            .isNull();
                });
    }

    @Test
    void a_lazy_bean_stays_unmade_unless_it_is_named(CapturedOutput output) {
        ApplicationContextRunner lazy = runner.withUserConfiguration(LazyBean.class);

        lazy.run(context -> {
            assertNothingOf(context);
            assertThat(context.getBeanFactory().containsSingleton("ordersDataSource"))
                    .isFalse();
        });
        assertThat(output).contains("data source bean 'ordersDataSource' is not watched: it is lazy");
        lazy.withPropertyValues("pgwatch.include=ordersDataSource")
                .run(context -> assertThat(names(context)).containsExactly("orders"));
    }

    @Test
    void in_a_lazy_application_the_watch_starts_when_it_is_asked_for() {
        runner.withBean("dataSource", DataSource.class, () -> postgres("orders"))
                .withInitializer(context ->
                        context.addBeanFactoryPostProcessor(new LazyInitializationBeanFactoryPostProcessor()))
                .run(context -> {
                    assertThat(context.getBeanFactory().containsSingleton("dataSource"))
                            .isFalse();
                    assertThat(names(context)).containsExactly("orders");
                });
    }

    @Test
    void scoped_data_sources_break_nothing_and_are_not_made() {
        Scoped.made.set(0);
        runner.withUserConfiguration(Scoped.class)
                .withBean("ordersDataSource", DataSource.class, () -> postgres("orders"))
                .run(context -> assertThat(names(context)).containsExactly("orders"));
        assertThat(Scoped.made).hasValue(0);
    }

    @Test
    void the_watches_that_an_application_makes_itself_stand() {
        PgWatches own = new PgWatches(List.of());
        runner.withBean("dataSource", DataSource.class, () -> postgres("orders"))
                .withBean(PgWatches.class, () -> own)
                .run(context -> assertThat(context.getBean(PgWatches.class)).isSameAs(own));
    }

    @Test
    void the_watches_that_an_application_makes_itself_are_shown_without_a_data_source() {
        ApplicationContextRunner own = actuator.withBean(SimpleMeterRegistry.class)
                .withBean(
                        PgWatches.class,
                        () -> new PgWatches(
                                List.of(JdbcPgWatch.builder(NOBODY + "orders").start())));

        own.run(PgWatchAutoConfigurationTests::assertShown);
        own.withBean("dataSource", DataSource.class, () -> postgres("orders"))
                .withPropertyValues("pgwatch.enabled=false")
                .run(PgWatchAutoConfigurationTests::assertShown);
    }

    private static void assertShown(AssertableApplicationContext context) throws Exception {
        assertThat(context).hasNotFailed().hasBean("pgwatchHealthContributor").hasBean("pgWatchMetrics");
        assertThat(mbeans()).containsExactly("io.pgwatch:type=Watch,name=\"orders\"");
    }

    // What is not there

    @Test
    void without_actuator_and_micrometer_the_watch_is_there() {
        runner.withClassLoader(new FilteredClassLoader(
                        "org.springframework.boot.actuate",
                        "io.micrometer",
                        Boot3.WITHOUT_BOOT_4[0],
                        Boot3.WITHOUT_BOOT_4[1]))
                .withBean("dataSource", DataSource.class, () -> postgres("orders"))
                .run(context -> assertThat(names(context)).containsExactly("orders"));
    }

    @Test
    void without_the_health_of_either_generation_the_watch_is_there() {
        runner.withClassLoader(new FilteredClassLoader(
                        "org.springframework.boot.actuate.health",
                        "org.springframework.boot.actuate.autoconfigure.health",
                        Boot3.WITHOUT_BOOT_4[0],
                        Boot3.WITHOUT_BOOT_4[1]))
                .withBean("dataSource", DataSource.class, () -> postgres("orders"))
                .run(context -> {
                    assertThat(names(context)).containsExactly("orders");
                    assertThat(context).doesNotHaveBean("pgwatchHealthContributor");
                });
    }

    @Test
    void without_the_driver_there_is_nothing() {
        runner.withClassLoader(
                        new FilteredClassLoader("org.postgresql", Boot3.WITHOUT_BOOT_4[0], Boot3.WITHOUT_BOOT_4[1]))
                .withBean("dataSource", DataSource.class, () -> postgres("orders"))
                .run(context -> assertNothingOf(context));
    }

    // Settings

    @Test
    void thresholds_are_those_of_all_watches_and_of_each() {
        runner.withBean("ordersDataSource", DataSource.class, () -> postgres("a"))
                .withBean("billingDataSource", DataSource.class, () -> postgres("b"))
                .withPropertyValues(
                        "pgwatch.probes.pool-saturation.warning-used=0.5",
                        "pgwatch.probes.wraparound.enabled=false",
                        "pgwatch.watches.billing.probes.poolSaturation.criticalPending=2m")
                .run(context -> {
                    PgWatches watches = context.getBean(PgWatches.class);

                    for (PgWatch watch : watches.all()) {
                        assertThat(watch.probes())
                                .extracting(probe -> probe.id().value())
                                .contains("vacuum")
                                .doesNotContain("wraparound");
                    }
                    assertThat(poolSaturation(watches, "orders"))
                            .extracting(PoolSaturationProbe::warningUsed, PoolSaturationProbe::criticalPending)
                            .containsExactly(0.5, Duration.ofSeconds(60));
                    assertThat(poolSaturation(watches, "billing"))
                            .extracting(PoolSaturationProbe::warningUsed, PoolSaturationProbe::criticalPending)
                            .containsExactly(0.5, Duration.ofSeconds(120));
                });
    }

    private static PoolSaturationProbe poolSaturation(PgWatches watches, String watch) {
        return watches.find(watch).orElseThrow().probes().stream()
                .filter(PoolSaturationProbe.class::isInstance)
                .map(PoolSaturationProbe.class::cast)
                .findFirst()
                .orElseThrow();
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "pgwatch.interval=-5s | pgwatch.interval: want an interval of 100ms to 1 day, got -5s",
                "pgwatch.budget=1ms | pgwatch.budget: want a budget of 50ms or more, got 1ms",
                "pgwatch.budget=20s | pgwatch.budget: want a budget of at most the interval 15s, got 20s",
                "pgwatch.watches.orders.interval=0s | pgwatch.watches.orders.interval: want an interval of 100ms to 1 day, got 0s",
                "pgwatch.password=secret | pgwatch.password: want a username beside the password, got the password alone",
                "pgwatch.watches.orders.password=secret | pgwatch.watches.orders.password: want a username beside the password",
                "pgwatch.watches.orders.url=jdbc:mysql://u:secret@db/x | pgwatch.watches.orders.url: want a JDBC URL of PostgreSQL",
                "pgwatch.pooler.url=http://stats:secret@db/ | pgwatch.pooler.url: want the JDBC URL of PgBouncer's console such as",
                "pgwatch.watches.orders.pooler.url=jdbc:postgresql://db:6432/pgbouncer?password=secret | pgwatch.watches.orders.pooler.url: want the name of one of PgBouncer's stats_users",
                "pgwatch.probes.bloating.enabled=true | pgwatch.probes.bloating: unknown probe 'bloating'; there are",
                "pgwatch.probes.wraparound.age=1 | pgwatch.probes.wraparound.age: unknown setting 'age' of probe wraparound; there are",
                "pgwatch.probes.wraparound.enabled=maybe | pgwatch.probes.wraparound.enabled: want true or false, got 'maybe'",
                "pgwatch.probes.wraparound.critical-age=old | pgwatch.probes.wraparound.critical-age: want a whole number for critical-age, got 'old'",
                "pgwatch.probes.pool-saturation.warning-used=0.95 | pgwatch.probes.pool-saturation.warning-used: want 0 < warning-used <= critical-used <= 1, got 0.95 and 0.9",
                "pgwatch.watches.shop.interval=1s | pgwatch.watches.shop: unknown watch 'shop'; there are orders, billing",
                "pgwatch.exclude=shop | pgwatch.exclude: unknown data source bean 'shop'; there are ordersDataSource, billingDataSource",
                "pgwatch.include=shop | pgwatch.include: unknown data source bean 'shop'; there are ordersDataSource, billingDataSource",
                "pgwatch.health.down-on=bloating | pgwatch.health.down-on: unknown probe 'bloating'; there are",
                "pgwatch.url=jdbc:postgresql://db/x | pgwatch.url: one URL for the watches orders, billing; want pgwatch.watches.<name>.url",
                "pgwatch.metrics.prefix=9 lives | pgwatch.metrics.prefix: want a prefix of lower-case words",
                "pgwatch.metrics.max-series=0 | pgwatch.metrics.max-series: want max-series of 1 or more, got 0",
                "pgwatch.jmx.domain=a:b | pgwatch.jmx.domain: want a JMX domain without ':'",
                "pgwatch.watches.orders.jmx.domain=a*b | pgwatch.watches.orders.jmx.domain: want a JMX domain without ':'",
            })
    void a_wrong_value_stops_the_application_with_one_sentence(String property, String sentence) {
        actuator.withBean("ordersDataSource", DataSource.class, () -> postgres("a"))
                .withBean("billingDataSource", DataSource.class, () -> postgres("b"))
                .withPropertyValues(property)
                .run(context -> {
                    FailureAnalysis analysis =
                            new InvalidPgWatchPropertyFailureAnalyzer(null).analyze(context.getStartupFailure());

                    assertThat(analysis.getDescription()).startsWith(sentence).doesNotContain("secret");
                });
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "pgwatch.watches.orders.username=monitor",
                "pgwatch.watches.orders.url=" + NOBODY + "orders?user=monitor"
            })
    void a_password_of_all_is_for_the_watches_that_have_a_role(String role) {
        runner.withBean("ordersDataSource", DataSource.class, () -> postgres("a"))
                .withBean("billingDataSource", DataSource.class, () -> postgres("b"))
                .withPropertyValues("pgwatch.password=secret", role)
                .run(context ->
                        assertThat(context.getBean(PgWatches.class).all()).hasSize(2));
    }

    @Test
    void a_password_of_all_that_no_watch_has_a_role_for_stops_the_application() {
        runner.withBean("ordersDataSource", DataSource.class, () -> postgres("a"))
                .withBean("billingDataSource", DataSource.class, () -> postgres("b"))
                .withPropertyValues("pgwatch.password=secret", "pgwatch.watches.orders.url=" + NOBODY + "orders")
                .run(context -> assertThat(context.getStartupFailure())
                        .rootCause()
                        .hasMessage("pgwatch.password: want a username beside the password, got the password alone"));
    }

    @Test
    void a_url_that_cannot_be_used_is_told_by_its_bean() {
        runner.withBean("ordersDataSource", DataSource.class, () -> hikari("jdbc:postgresql://app:secret@db/orders"))
                .run(context -> assertThat(context.getStartupFailure())
                        .rootCause()
                        .hasMessageStartingWith(
                                "the URL of data source bean 'ordersDataSource': want user and password as")
                        .hasMessageNotContaining("secret"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "pgwatch. | pgwatch.probes: want at least one probe enabled, got all disabled; to watch nothing, set pgwatch.enabled=false",
                "pgwatch.watches.orders. | pgwatch.watches.orders.probes: want at least one probe enabled, got all disabled; to watch nothing, set pgwatch.watches.orders.enabled=false"
            })
    void a_watch_without_any_probe_is_refused_by_the_property_that_took_them(String prefix, String sentence) {
        runner.withBean("dataSource", DataSource.class, () -> postgres("orders"))
                .withPropertyValues(BuiltInProbes.withDefaults().stream()
                        .map(probe -> prefix + "probes." + probe.id() + ".enabled=false")
                        .toArray(String[]::new))
                .run(context ->
                        assertThat(context.getStartupFailure()).rootCause().hasMessage(sentence));
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "pgwatch.interval=soon | pgwatch.interval: want a duration such as 500ms, 15s, 5m or 2h, got 'soon'",
                "pgwatch.watches.orders.budget=never | pgwatch.watches.orders.budget: want a duration such as 500ms, 15s, 5m or 2h, got 'never'",
                "pgwatch.connection=borrowed | pgwatch.connection: want one of dedicated, per-sweep, pooled, got 'borrowed'",
                "pgwatch.query-text=maybe | pgwatch.query-text: want true or false, got 'maybe'",
                "pgwatch.metrics.max-series=many | pgwatch.metrics.max-series: want a whole number, got 'many'",
                "pgwatch.intervall=5s | pgwatch.intervall: unknown property; there are enabled, interval, budget, connection,",
                "pgwatch.pasword=secret | pgwatch.pasword: unknown property; there are enabled, interval,",
                "pgwatch.metrics.prefixes=a | pgwatch.metrics.prefixes: unknown property; there are enabled, prefix, max-series",
                "pgwatch.watches.orders.exclude=x | pgwatch.watches.orders.exclude: unknown property; there are enabled, interval,",
                "pgwatch.watches.orders.pooler.uri=x | pgwatch.watches.orders.pooler.uri: unknown property; there are url, username, password",
            })
    void what_cannot_be_bound_stops_the_application_with_one_sentence(String property, String sentence) {
        runner.withBean("dataSource", DataSource.class, () -> postgres("orders"))
                .withPropertyValues(property)
                .run(context -> {
                    FailureAnalysis analysis = new PgWatchBindFailureAnalyzer().analyze(context.getStartupFailure());

                    assertThat(analysis.getDescription()).startsWith(sentence);
                    assertThat(analysis.getDescription() + analysis.getAction()).doesNotContain("secret");
                });
    }

    @Test
    void what_others_cannot_bind_is_left_to_others() {
        BindException other = assertThrows(
                BindException.class,
                () -> new Binder(new MapConfigurationPropertySource(Map.of("pgwatcher.interval", "soon")))
                        .bind("pgwatcher.interval", Duration.class));

        assertThat(new PgWatchBindFailureAnalyzer().analyze(other)).isNull();
    }

    @Test
    void properties_of_the_machine_may_begin_with_the_same_word() {
        runner.withBean("dataSource", DataSource.class, () -> postgres("orders"))
                .withSystemProperties("pgwatch.majors=14")
                .run(context -> assertThat(context).hasNotFailed());
    }

    @Test
    void a_number_without_a_unit_is_told_to_be_milliseconds() {
        ApplicationContextRunner typed = runner.withBean("dataSource", DataSource.class, () -> postgres("orders"))
                .withPropertyValues("pgwatch.interval=15");
        MockEnvironment environment = new MockEnvironment().withProperty("pgwatch.interval", "15");

        typed.run(context -> assertThat(new InvalidPgWatchPropertyFailureAnalyzer(environment)
                        .analyze(context.getStartupFailure())
                        .getDescription())
                .isEqualTo("pgwatch.interval: want an interval of 100ms to 1 day, got 15ms:"
                        + " '15' without a unit is milliseconds, for seconds write 15s"));
    }

    @Test
    void boot_finds_both_analyzers_and_asks_ours_before_its_own() {
        GenericApplicationContext context = new GenericApplicationContext();
        List<FailureAnalyzer> found = SpringFactoriesLoader.forDefaultResourceLocation()
                .load(
                        FailureAnalyzer.class,
                        ArgumentResolver.of(Environment.class, context.getEnvironment())
                                .and(BeanFactory.class, context.getBeanFactory()),
                        (type, name, failure) -> {}); // some are for libraries that are not there

        assertThat(found.get(0)).isInstanceOf(PgWatchBindFailureAnalyzer.class);
        assertThat(found).hasAtLeastOneElementOfType(InvalidPgWatchPropertyFailureAnalyzer.class);
    }

    @Test
    void a_bean_both_included_and_excluded_is_refused() {
        runner.withBean("dataSource", DataSource.class, () -> postgres("orders"))
                .withPropertyValues("pgwatch.include=dataSource", "pgwatch.exclude=dataSource")
                .run(context -> assertThat(context.getStartupFailure())
                        .hasMessageContaining("named in pgwatch.exclude and in pgwatch.include"));
    }

    @Test
    void properties_print_no_secret() {
        runner.withBean("dataSource", DataSource.class, () -> postgres("orders"))
                .withPropertyValues(
                        "pgwatch.username=me",
                        "pgwatch.password=geheim1",
                        "pgwatch.watches.orders.password=geheim2",
                        "pgwatch.pooler.url=jdbc:postgresql://localhost:1/pgbouncer?user=stats&password=geheim4",
                        "pgwatch.watches.orders.pooler.password=geheim5",
                        "pgwatch.watches.orders.url=" + NOBODY + "orders?password=geheim3")
                .run(context -> assertThat(
                                context.getBean(PgWatchProperties.class).toString())
                        .contains("interval=PT15S")
                        .doesNotContain("geheim"));
    }

    // What it is shown by

    @Test
    void health_has_a_child_for_each_watch() {
        actuator.withBean("ordersDataSource", DataSource.class, () -> postgres("a"))
                .withBean("billingDataSource", DataSource.class, () -> postgres("b"))
                .run(context -> {
                    HealthContributor pgwatch =
                            context.getBean(HealthContributorRegistry.class).getContributor("pgwatch");

                    assertThat(pgwatch).isInstanceOf(CompositeHealthContributor.class);
                    HealthIndicator orders =
                            (HealthIndicator) ((CompositeHealthContributor) pgwatch).getContributor("orders");
                    await().untilAsserted(() ->
                            assertThat(orders.health().getStatus()).isEqualTo(Status.UP));
                    assertThat(orders.health().getDetails())
                            .containsEntry("level", "UNKNOWN")
                            .containsKeys("sampledAt", "ageSeconds", "probes");
                });
    }

    @Test
    void health_can_be_switched_off() {
        actuator.withBean("dataSource", DataSource.class, () -> postgres("orders"))
                .withPropertyValues("management.health.pgwatch.enabled=false")
                .run(context ->
                        assertThat(context).hasSingleBean(PgWatch.class).doesNotHaveBean("pgwatchHealthContributor"));
    }

    @Test
    void the_endpoint_is_there_when_it_is_exposed() {
        ApplicationContextRunner one = actuator.withBean("dataSource", DataSource.class, () -> postgres("orders"));

        one.run(context -> assertThat(context).doesNotHaveBean(PgWatchEndpoint.class));
        one.withPropertyValues("management.endpoints.web.exposure.include=pgwatch")
                .run(context -> {
                    PgWatchEndpoint endpoint = context.getBean(PgWatchEndpoint.class);

                    await().untilAsserted(() -> assertThat(endpoint.reports())
                            .startsWith("{\"watches\":{\"orders\":{\"watch\":\"orders\",\"level\":"));
                    assertThat(endpoint.report("orders")).startsWith("{\"watch\":\"orders\"");
                    assertThat(endpoint.report("billing")).isNull();
                });
    }

    @Test
    void meters_are_bound_to_the_registry() {
        ApplicationContextRunner metered = actuator.withBean(SimpleMeterRegistry.class)
                .withBean("dataSource", DataSource.class, () -> postgres("orders"));

        metered.run(context -> {
            MeterRegistry registry = context.getBean(MeterRegistry.class);

            await().untilAsserted(() -> assertThat(registry.get("pgwatch.probe.known")
                            .tags("watch", "orders", "probe", "wraparound")
                            .gauge()
                            .value())
                    .isZero());
        });
    }

    @Test
    void a_watch_may_go_without_meters() {
        actuator.withBean(SimpleMeterRegistry.class)
                .withBean("billingDataSource", DataSource.class, () -> postgres("billing"))
                .withBean("ordersDataSource", DataSource.class, () -> postgres("orders"))
                .withPropertyValues("pgwatch.watches.billing.metrics.enabled=false")
                .run(context -> {
                    MeterRegistry registry = context.getBean(MeterRegistry.class);

                    await().untilAsserted(() -> assertThat(registry.find("pgwatch.wraparound.time.left")
                                    .meters())
                            .isNotEmpty());
                    assertThat(registry.getMeters())
                            .noneMatch(meter -> "billing".equals(meter.getId().getTag("watch")));
                });
    }

    @Test
    void meters_may_have_a_prefix_of_their_own() {
        actuator.withBean(SimpleMeterRegistry.class)
                .withBean("dataSource", DataSource.class, () -> postgres("orders"))
                .withPropertyValues("pgwatch.metrics.prefix=db.health")
                .run(context -> await().untilAsserted(() -> assertThat(context.getBean(MeterRegistry.class)
                                .find("db.health.probe.known")
                                .gauges())
                        .isNotEmpty()));
    }

    @Test
    void mbeans_are_there_until_the_context_closes() {
        runner.withBean("dataSource", DataSource.class, () -> postgres("orders"))
                .run(context -> assertThat(mbeans()).containsExactly("io.pgwatch:type=Watch,name=\"orders\""));
    }

    @Test
    void mbeans_can_be_switched_off_and_moved() {
        ApplicationContextRunner one = runner.withBean("dataSource", DataSource.class, () -> postgres("orders"));

        one.withPropertyValues("pgwatch.jmx.enabled=false")
                .run(context -> assertThat(mbeans()).isEmpty());
        one.withPropertyValues("pgwatch.jmx.domain=shop.db")
                .run(context -> assertThat(mbeans()).containsExactly("shop.db:type=Watch,name=\"orders\""));
    }

    @Test
    void an_mbean_server_that_refuses_costs_the_mbeans_and_not_the_start(CapturedOutput output) {
        runner.withBean("dataSource", DataSource.class, () -> postgres("orders"))
                .withPropertyValues("pgwatch.jmx.domain=JMImplementation") // the server keeps that to itself
                .run(context -> {
                    assertThat(names(context)).containsExactly("orders");
                    assertThat(mbeans()).isEmpty();
                });
        assertThat(output).contains("WARN").contains("orders: no MBeans, since they could not be registered");
    }

    @Test
    void a_lazy_application_refuses_a_wrong_domain_too() {
        runner.withBean("dataSource", DataSource.class, () -> postgres("orders"))
                .withInitializer(context ->
                        context.addBeanFactoryPostProcessor(new LazyInitializationBeanFactoryPostProcessor()))
                .withPropertyValues("pgwatch.jmx.domain=a:b")
                .run(context -> assertThatThrownBy(() -> context.getBean(PgWatches.class))
                        .rootCause()
                        .hasMessageStartingWith("pgwatch.jmx.domain: want a JMX domain"));
    }

    @Test
    void springs_own_jmx_registers_nothing_a_second_time() {
        runner.withConfiguration(AutoConfigurations.of(JmxAutoConfiguration.class))
                .withBean("dataSource", DataSource.class, () -> postgres("orders"))
                .withPropertyValues("spring.jmx.enabled=true")
                .run(context -> {
                    assertThat(context).hasNotFailed();
                    assertThat(ManagementFactory.getPlatformMBeanServer().queryNames(null, null))
                            .filteredOn(name -> name.toString().contains("pgwatch"))
                            .allMatch(name -> name.getDomain().equals("io.pgwatch"));
                });
    }

    @Test
    void a_context_that_fails_to_start_leaves_nothing() {
        runner.withBean("dataSource", DataSource.class, () -> postgres("orders"))
                .withBean(
                        "late",
                        Object.class,
                        () -> {
                            throw new BeanCreationException("on purpose");
                        },
                        definition -> definition.setDependsOn("pgWatches"))
                .run(context -> assertThat(context).hasFailed());
    }

    // Data sources

    private static List<String> names(AssertableApplicationContext context) {
        return context.getBean(PgWatches.class).all().stream()
                .map(PgWatch::name)
                .toList();
    }

    private static DataSource postgres(String database) {
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setUrl(NOBODY + database);
        return source;
    }

    /** Its pool starts with the first connection, as that of Boot does. */
    private static HikariDataSource hikari(String url) {
        HikariDataSource source = new HikariDataSource();
        source.setJdbcUrl(url);
        return source;
    }

    /** As a tracing agent might wrap it, unwilling to be unwrapped. */
    private static DataSource opaque(DataSource source) {
        return (DataSource) Proxy.newProxyInstance(
                DataSource.class.getClassLoader(),
                new Class<?>[] {DataSource.class},
                (proxy, method, args) -> switch (method.getName()) {
                    case "isWrapperFor" -> false;
                    case "unwrap" -> throw new SQLException("wraps nothing");
                    case "equals" -> proxy == args[0];
                    case "hashCode" -> 1;
                    case "toString" -> "opaque";
                    default -> method.invoke(source, args);
                });
    }

    static class Hiding implements BeanPostProcessor {

        @Override
        public Object postProcessAfterInitialization(Object bean, String name) {
            return bean instanceof DataSource source ? opaque(source) : bean;
        }
    }

    static class Routing extends AbstractRoutingDataSource {

        Routing() {
            setTargetDataSources(Map.of());
        }

        @Override
        protected Object determineCurrentLookupKey() {
            throw new IllegalStateException("nobody may be routed here");
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class Wrapped {

        @Bean
        HikariDataSource poolDataSource() {
            return hikari(NOBODY + "orders");
        }

        @Bean
        @Primary
        DataSource dataSource(HikariDataSource poolDataSource) {
            return new LazyConnectionDataSourceProxy(poolDataSource);
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class LazyBean {

        @Bean
        @Lazy
        DataSource ordersDataSource() {
            return postgres("orders");
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class NullBean {

        @Bean
        @Nullable
        DataSource absentDataSource() {
            return null;
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class AsksForOneWatch {

        @Bean
        Asking asking(@Nullable PgWatch watch) {
            return new Asking(watch);
        }
    }

    static final class Asking implements DisposableBean {

        static final AtomicInteger destroyed = new AtomicInteger();

        final @Nullable PgWatch watch;

        Asking(@Nullable PgWatch watch) {
            this.watch = watch;
        }

        @Override
        public void destroy() {
            destroyed.incrementAndGet();
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class Scoped {

        static final AtomicInteger made = new AtomicInteger();

        @Bean
        @Scope("prototype")
        DataSource prototypeDataSource() {
            made.incrementAndGet();
            return postgres("prototype");
        }

        @Bean
        @Scope(value = "request", proxyMode = ScopedProxyMode.INTERFACES)
        DataSource tenantDataSource() {
            made.incrementAndGet();
            return postgres("tenant");
        }
    }
}

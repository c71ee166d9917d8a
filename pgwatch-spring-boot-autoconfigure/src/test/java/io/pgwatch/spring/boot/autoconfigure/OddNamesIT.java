package io.pgwatch.spring.boot.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariDataSource;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.pgwatch.PgWatch;
import io.pgwatch.PgWatches;
import io.pgwatch.evidence.ProbeIds;
import io.pgwatch.testsupport.Exposition;
import io.pgwatch.testsupport.FreshDatabase;
import io.pgwatch.testsupport.NoLeaks;
import io.pgwatch.testsupport.PgServer;
import io.pgwatch.testsupport.Postgres;
import io.pgwatch.testsupport.Promtool;
import java.lang.management.ManagementFactory;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import javax.management.MBeanAttributeInfo;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import javax.management.openmbean.TabularData;
import javax.sql.DataSource;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.boot.actuate.health.CompositeHealth;
import org.springframework.boot.actuate.health.HealthEndpoint;
import org.springframework.boot.json.JsonParserFactory;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ApplicationContext;

/** Whether two pools of one name, which like their beans' names has every character that means something, are told apart. */
@NoLeaks
@ExtendWith(OutputCaptureExtension.class)
class OddNamesIT {

    private static final String ODD = "a \"b\", 'c'=d\\e {f}/g:*?\\";

    /** 10 kB that would begin new lines, steer a terminal, run on a page and write backwards. */
    private static final String LONG = (ODD + "\n# \u001b[31m<script>\u202e").repeat(250) + "\\";

    private String odd = "";
    private List<String> watches = List.of();

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

    private final ApplicationContextRunner runner = Boot3.withActuator()
            .withBean(PrometheusMeterRegistry.class, () -> registry)
            .withPropertyValues("pgwatch.attribution=stack", "pgwatch.interval=500ms");

    static List<String> names() {
        return List.of(ODD, LONG);
    }

    @ParameterizedTest(name = "{index}")
    @MethodSource("names")
    void two_pools_of_one_odd_name_are_told_apart_everywhere(
            String name, @Postgres PgServer server, CapturedOutput output) {
        odd = name;
        watches = List.of(name, name + " ü\n\"");
        registry.throwExceptionOnRegistrationFailure();
        try (FreshDatabase database = server.freshDatabase()) {
            ApplicationContextRunner application = runner;
            for (String bean : watches) {
                application = application.withBean(bean, DataSource.class, () -> pool(database));
            }
            application.run(context -> {
                useEachPool(context);
                awaitReports(context);
                assertMetersTellThemApart();
                assertMBeansAreReadable();
                assertReportsAndHealthTellThemApart(context);
            });
        }
        assertThat(output.toString().lines()).noneMatch(line -> line.matches(".* (WARN|ERROR) .*"));
    }

    private HikariDataSource pool(FreshDatabase database) {
        HikariDataSource pool = new HikariDataSource();
        pool.setPoolName(odd);
        pool.setJdbcUrl(database.jdbcUrl());
        pool.setUsername("app");
        pool.setMaximumPoolSize(2);
        return pool;
    }

    private static void useEachPool(ApplicationContext context) throws Exception {
        for (DataSource pool : context.getBeansOfType(DataSource.class).values()) {
            pool.getConnection().close();
        }
    }

    private void awaitReports(ApplicationContext context) {
        List<PgWatch> all = context.getBean(PgWatches.class).all();
        assertThat(all).extracting(PgWatch::name).containsExactlyInAnyOrderElementsOf(watches);
        await().untilAsserted(() -> assertThat(all)
                .allSatisfy(watch -> assertThat(watch.latest())
                        .hasValueSatisfying(report -> assertThat(report.verdict(ProbeIds.POOL_SATURATION)
                                        .seen()
                                        .orElseThrow()
                                        .pools())
                                .singleElement()
                                .satisfies(pool -> {
                                    assertThat(pool.name()).isEqualTo(odd);
                                    assertThat(pool.max()).isEqualTo(2);
                                }))));
    }

    private void assertMetersTellThemApart() throws Exception {
        await().untilAsserted(() -> assertThat(watches)
                .allSatisfy(watch -> assertThat(registry.get("pgwatch.pool.max")
                                .tags("watch", watch, "pool", odd)
                                .gauge()
                                .value())
                        .isEqualTo(2)));
        Exposition told = new Exposition(registry.scrape());
        assertThat(told.labels("pgwatch_pool_max_connections", "watch")).containsExactlyInAnyOrderElementsOf(watches);
        assertThat(told.labels("pgwatch_pool_max_connections", "pool")).containsOnly(odd);
        assertThat(registry.scrape())
                .contains(watches.stream()
                        .map(watch -> "pgwatch_pool_max_connections{pool=\"" + escaped(odd) + "\",watch=\""
                                + escaped(watch) + "\"} 2.0\n")
                        .toList());
        assumeThat(Promtool.isHere()).isTrue();
        assertThat(Promtool.check(registry.scrape())).isEmpty();
    }

    /** As the exposition format of Prometheus wants the value of a label. */
    private static String escaped(String label) {
        return label.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
    }

    private void assertMBeansAreReadable() throws Exception {
        MBeanServer server = ManagementFactory.getPlatformMBeanServer();
        Set<String> named = new HashSet<>();
        for (ObjectName name : server.queryNames(new ObjectName("io.pgwatch:type=Watch,*"), null)) {
            named.add(ObjectName.unquote(name.getKeyProperty("name")));
        }
        assertThat(named).containsExactlyInAnyOrderElementsOf(watches);
        for (ObjectName name : server.queryNames(new ObjectName("io.pgwatch:*"), null)) {
            for (MBeanAttributeInfo attribute : server.getMBeanInfo(name).getAttributes()) {
                server.getAttribute(name, attribute.getName()); // throws where it cannot be read
            }
        }
        for (String watch : watches) {
            ObjectName probe =
                    new ObjectName("io.pgwatch:type=Probe,watch=" + ObjectName.quote(watch) + ",name=pool-saturation");
            assertThat(((TabularData) server.getAttribute(probe, "Pools")).values())
                    .singleElement()
                    .asString()
                    .contains(odd);
        }
    }

    private void assertReportsAndHealthTellThemApart(ApplicationContext context) {
        Object reports = JsonParserFactory.getJsonParser()
                .parseMap(context.getBean(PgWatches.class).json())
                .get("watches");
        assertThat(reports).asInstanceOf(InstanceOfAssertFactories.MAP).containsOnlyKeys(watches.toArray());
        CompositeHealth health =
                (CompositeHealth) context.getBean(HealthEndpoint.class).healthForPath("pgwatch");
        assertThat(health.getComponents())
                .containsOnlyKeys(
                        watches.stream().map(watch -> watch.replace('/', '_')).toList());
    }
}

package io.pgwatch.sample.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import com.jayway.jsonpath.JsonPath;
import io.pgwatch.PgWatch;
import io.pgwatch.PgWatches;
import io.pgwatch.core.AttributedDataSource;
import io.pgwatch.testsupport.PgServer;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;

/** The application as its operators meet it: over HTTP and JMX, on a real server. */
@ExtendWith(OutputCaptureExtension.class)
class SampleApplicationIT {

    private static final String NOBODY = "jdbc:postgresql://localhost:1/app?user=app";

    private static PgServer server;
    private final HttpClient http = HttpClient.newHttpClient();

    @BeforeAll
    static void start() {
        server = PgServer.major(17).start();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static ConfigurableApplicationContext run(String url, String... more) {
        List<String> arguments = new ArrayList<>(List.of(more));
        arguments.add("--server.port=0");
        arguments.add("--spring.datasource.url=" + url);
        return SpringApplication.run(SampleApplication.class, arguments.toArray(String[]::new));
    }

    private static ConfigurableApplicationContext run() {
        return run(server.jdbcUrl("app") + "?user=app");
    }

    private HttpResponse<String> get(ConfigurableApplicationContext application, String path) {
        URI uri = URI.create("http://localhost:" + application.getEnvironment().getRequiredProperty("local.server.port")
                + "/actuator/" + path);
        try {
            return http.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new AssertionError("no answer from " + uri, e);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static void awaitReport(ConfigurableApplicationContext application) {
        PgWatch watch = application.getBean(PgWatch.class);
        await().until(() -> watch.latest().isPresent());
    }

    @Test
    void health_shows_the_level_of_each_probe() {
        try (ConfigurableApplicationContext application = run()) {
            awaitReport(application);

            HttpResponse<String> health = get(application, "health/pgwatch");

            assertThat(health.statusCode()).isEqualTo(200);
            assertThat(JsonPath.<String>read(health.body(), "$.status")).isEqualTo("UP");
            Map<String, Object> details = JsonPath.read(health.body(), "$.components.app.details");
            assertThat(details).containsEntry("level", "OK").containsKeys("sampledAt", "ageSeconds");
            assertThat(JsonPath.<String>read(health.body(), "$.components.app.details.probes.wraparound.summary"))
                    .startsWith("database ");
            assertThat(get(application, "health/pgwatch/app").statusCode()).isEqualTo(200);
        }
    }

    @Test
    void the_endpoint_gives_the_report_of_all_and_of_each() {
        try (ConfigurableApplicationContext application = run()) {
            awaitReport(application);

            HttpResponse<String> all = get(application, "pgwatch");

            assertThat(all.headers().firstValue("Content-Type"))
                    .hasValueSatisfying(type -> assertThat(type).startsWith("application/json"));
            assertThat(JsonPath.<String>read(all.body(), "$.watches.app.server.database"))
                    .isEqualTo("app");
            HttpResponse<String> one = get(application, "pgwatch/app");
            assertThat(JsonPath.<String>read(one.body(), "$.probes.pool-saturation.level"))
                    .isEqualTo("OK");
            assertThat(get(application, "pgwatch/nobody").statusCode()).isEqualTo(404);
        }
    }

    @Test
    void prometheus_gets_the_measures() {
        try (ConfigurableApplicationContext application = run()) {
            awaitReport(application);

            await().untilAsserted(() -> assertThat(
                            get(application, "prometheus").body())
                    .contains("pgwatch_probe_known{probe=\"wraparound\",watch=\"app\"} 1.0")
                    .contains("pgwatch_connections_limit_connections{ceiling=\"server\",watch=\"app\"} "));
        }
    }

    @Test
    void what_boot_itself_tells_of_the_pool_is_as_without_attribution() {
        try (ConfigurableApplicationContext application =
                run(server.jdbcUrl("app") + "?user=app", "--management.health.db.enabled=true")) {
            awaitReport(application);
            assertThat(application.getBean(DataSource.class)).isInstanceOf(AttributedDataSource.class);

            assertThat(get(application, "health/db").statusCode()).isEqualTo(200);
            await().untilAsserted(
                            () -> assertThat(get(application, "prometheus").body())
                                    .contains("jdbc_connections_max{name=\"dataSource\"} 5.0")
                                    .contains("hikaricp_connections_max{pool=\"app\"} 5.0"));
        }
    }

    @Test
    void closing_leaves_no_thread_and_no_mbean() throws Exception {
        MBeanServer mbeans = ManagementFactory.getPlatformMBeanServer();
        ObjectName ofWatch = new ObjectName("io.pgwatch:type=Watch,name=\"app\"");
        try (ConfigurableApplicationContext application = run()) {
            awaitReport(application);
            assertThat(mbeans.getAttribute(ofWatch, "Level")).isEqualTo("OK");
        }

        assertThat(mbeans.queryNames(new ObjectName("io.pgwatch:*"), null)).isEmpty();
        await().untilAsserted(() -> assertThat(Thread.getAllStackTraces().keySet())
                .extracting(Thread::getName)
                .noneMatch(name -> name.startsWith("pgwatch")));
    }

    @Test
    void the_endpoint_is_there_over_jmx_too() throws Exception {
        try (ConfigurableApplicationContext application = run(
                server.jdbcUrl("app") + "?user=app",
                "--spring.jmx.enabled=true",
                "--management.endpoints.jmx.exposure.include=pgwatch")) {
            awaitReport(application);

            Object reports = ManagementFactory.getPlatformMBeanServer()
                    .invoke(
                            new ObjectName("org.springframework.boot:type=Endpoint,name=Pgwatch"),
                            "reports",
                            new Object[0],
                            new String[0]);

            assertThat(JsonPath.<String>read((String) reports, "$.watches.app.level"))
                    .isEqualTo("OK");
        }
    }

    @Test
    void without_its_database_the_application_starts_and_health_says_so() {
        try (ConfigurableApplicationContext application = run(NOBODY)) {
            awaitReport(application);

            HttpResponse<String> health = get(application, "health");

            assertThat(health.statusCode()).isEqualTo(200);
            assertThat(JsonPath.<String>read(health.body(), "$.components.pgwatch.components.app.details.level"))
                    .isEqualTo("UNKNOWN");
            assertThat(JsonPath.<String>read(
                            health.body(), "$.components.pgwatch.components.app.details.probes.wraparound.summary"))
                    .contains("localhost:1");
        }
    }

    @Test
    void a_critical_probe_is_down_only_if_its_owner_said_so() {
        String[] critical = {
            "--pgwatch.probes.wraparound.warning-share=0.0000000001",
            "--pgwatch.probes.wraparound.critical-age=1",
            "--pgwatch.probes.wraparound.warning-times=1.0000001"
        };
        try (ConfigurableApplicationContext application = run(server.jdbcUrl("app") + "?user=app", critical)) {
            awaitReport(application);

            HttpResponse<String> health = get(application, "health/pgwatch/app");

            assertThat(health.statusCode()).isEqualTo(200);
            assertThat(health.body()).contains("\"level\":\"CRITICAL\"");
        }

        String[] downOn = {critical[0], critical[1], critical[2], "--pgwatch.health.down-on=wraparound"};
        try (ConfigurableApplicationContext application = run(server.jdbcUrl("app") + "?user=app", downOn)) {
            awaitReport(application);

            assertThat(get(application, "health/pgwatch/app").statusCode()).isEqualTo(503);
        }
    }

    @Test
    void a_wrong_value_stops_the_start_with_one_sentence(CapturedOutput output) {
        Throwable refused = catchThrowable(() -> run(NOBODY, "--pgwatch.interval=-5s"));

        assertThat(refused).isNotNull();
        assertThat(output)
                .contains("APPLICATION FAILED TO START")
                .contains("pgwatch.interval: want an interval of 100ms to 1 day, got -5s");
    }

    @Test
    void without_watches_there_is_no_component_and_an_empty_report() {
        try (ConfigurableApplicationContext application = run(NOBODY, "--pgwatch.exclude=dataSource")) {
            assertThat(application.getBeanProvider(PgWatches.class).getIfAvailable())
                    .isNull();
            assertThat(get(application, "health/pgwatch").statusCode()).isEqualTo(404);
            assertThat(get(application, "pgwatch").body()).isEqualTo("{\"watches\":{}}");
        }
    }
}

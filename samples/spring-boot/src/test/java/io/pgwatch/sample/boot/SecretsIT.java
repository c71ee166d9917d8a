package io.pgwatch.sample.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import com.jayway.jsonpath.JsonPath;
import io.pgwatch.PgWatch;
import io.pgwatch.Report;
import io.pgwatch.evidence.ProbeIds;
import io.pgwatch.probe.Level;
import io.pgwatch.testsupport.Exposition;
import io.pgwatch.testsupport.FreshDatabase;
import io.pgwatch.testsupport.OverJmx;
import io.pgwatch.testsupport.PgServer;
import io.pgwatch.testsupport.SecretStatements;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.sql.Connection;
import javax.management.ObjectName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;

/** With whichever Boot, neither a password nor what stands in a statement gets out anywhere, while things go wrong. */
@ExtendWith(OutputCaptureExtension.class)
class SecretsIT {

    /** In all that must stay in. */
    private static final String SECRET = "Zx8";

    /** Of an application that named its sessions: it may be told. */
    private static final String APPLICATION = "app-Qw7\u001b[31m\"}";

    private final HttpClient http = HttpClient.newHttpClient();

    @Test
    void stay_in_while_sessions_idle_and_wait_with_them_in_their_statements(CapturedOutput output) throws Exception {
        try (PgServer server = PgServer.major(18).start();
                FreshDatabase database = server.freshDatabase();
                OverJmx jmx = new OverJmx();
                Connection idle = database.connect("app");
                Connection waiting = database.connect("app")) {
            SecretStatements.leaveOneWaitingForTheOther(idle, APPLICATION, waiting);
            try (ConfigurableApplicationContext application = run(database)) {
                Report report = awaitBoth(application.getBean(PgWatch.class));
                await().untilAsserted(() -> assertThat(jmx.notified())
                        .anyMatch(told -> told.contains("idle-in-transaction: UNKNOWN -> CRITICAL")));
                String scraped = get(application, "prometheus");
                String told = report.text()
                        + get(application, "health")
                        + get(application, "health/pgwatch/" + report.watch())
                        + get(application, "pgwatch")
                        + get(application, "pgwatch/" + report.watch())
                        + get(application, "metrics")
                        + scraped
                        + jmx.asked()
                        + jmx.notified()
                        + ManagementFactory.getPlatformMBeanServer()
                                .invoke(
                                        new ObjectName("org.springframework.boot:type=Endpoint,name=Pgwatch"),
                                        "reports",
                                        new Object[0],
                                        new String[0])
                        + Thread.getAllStackTraces().keySet();

                assertThat(told).contains("app-Qw7").doesNotContain(SECRET);
                assertThat(JsonPath.<String>read(get(application, "pgwatch/" + report.watch()), "$.level"))
                        .isEqualTo("CRITICAL");
                assertThat(new Exposition(scraped).labels("pgwatch_probe_known", "probe"))
                        .contains("idle-in-transaction");
            }
        }
        assertThat(output.toString()).contains("idle-in-transaction CRITICAL").doesNotContain(SECRET, "\u001b");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--pgwatch.url=jdbc:mysql://me:Zx8@db/shop?password=Zx8",
                "--pgwatch.url=jdbc:postgresql://me:Zx8@db/shop",
                "--pgwatch.pooler.url=jdbc:postgresql://me:Zx8@db/shop"
            })
    void stay_in_when_a_setting_is_refused(String setting, CapturedOutput output) {
        Throwable refused = catchThrowable(() -> SpringApplication.run(
                        SampleApplication.class,
                        "--server.port=0",
                        "--spring.datasource.url=jdbc:postgresql://localhost:1/app",
                        setting)
                .close());

        assertThat(refused).isNotNull();
        for (Throwable cause = refused; cause != null; cause = cause.getCause()) {
            assertThat(cause.toString()).doesNotContain(SECRET);
        }
        assertThat(output.toString()).contains("APPLICATION FAILED TO START").doesNotContain(SECRET);
    }

    private static ConfigurableApplicationContext run(FreshDatabase database) {
        return SpringApplication.run(
                SampleApplication.class,
                "--server.port=0",
                "--logging.level.io.pgwatch=trace",
                "--spring.jmx.enabled=true",
                "--management.endpoints.jmx.exposure.include=pgwatch",
                "--spring.datasource.url=" + database.jdbcUrl() + "?ApplicationName=app-Qw7",
                "--spring.datasource.username=app",
                "--spring.datasource.password=Zx86",
                "--pgwatch.interval=500ms",
                "--pgwatch.url=" + database.jdbcUrl() + "?sslpassword=Zx81&options=-c%20a.b=Zx82",
                "--pgwatch.username=app",
                "--pgwatch.password=Zx83",
                "--pgwatch.pooler.url=jdbc:postgresql://127.0.0.1:1/pgbouncer?password=Zx84",
                "--pgwatch.pooler.username=stats",
                "--pgwatch.pooler.password=Zx85",
                "--pgwatch.probes.idle-in-transaction.warning-idle=0s",
                "--pgwatch.probes.idle-in-transaction.harmful-idle=0s",
                "--pgwatch.probes.horizon.warning-age=1");
    }

    private static Report awaitBoth(PgWatch watch) {
        await().until(() -> watch.latest()
                .filter(report -> report.verdict(ProbeIds.IDLE_IN_TRANSACTION).level() == Level.CRITICAL
                        && report.text().contains("wait"))
                .isPresent());
        return watch.latest().orElseThrow();
    }

    private String get(ConfigurableApplicationContext application, String path)
            throws IOException, InterruptedException {
        URI uri = URI.create("http://localhost:" + application.getEnvironment().getRequiredProperty("local.server.port")
                + "/actuator/" + path);
        HttpResponse<String> answer =
                http.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
        assertThat(answer.statusCode()).as(path).isEqualTo(200);
        return answer.body();
    }
}

package io.pgwatch.spring.boot.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import com.zaxxer.hikari.HikariDataSource;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.pgwatch.PgWatch;
import io.pgwatch.PgWatches;
import io.pgwatch.Report;
import io.pgwatch.evidence.ProbeIds;
import io.pgwatch.testsupport.FreshDatabase;
import io.pgwatch.testsupport.NoLeaks;
import io.pgwatch.testsupport.OverJmx;
import io.pgwatch.testsupport.PgServer;
import io.pgwatch.testsupport.Postgres;
import io.pgwatch.testsupport.SecretStatements;
import java.sql.Connection;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;
import org.springframework.boot.actuate.health.CompositeHealth;
import org.springframework.boot.actuate.health.Health;
import org.springframework.boot.actuate.health.HealthEndpoint;
import org.springframework.boot.json.JsonParserFactory;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ApplicationContext;

/** Neither a password nor what stands in a statement gets out anywhere, while what is told of is going wrong. */
@NoLeaks
@ExtendWith(OutputCaptureExtension.class)
class SecretsIT {

    /** In all that must stay in. */
    private static final String SECRET = "Zx8";

    /** Of an application that named its sessions: it may be told. */
    private static final String APPLICATION = "app-Qw7\u001b[31m\"}";

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

    private final ApplicationContextRunner runner =
            Boot3.withActuator().withBean(PrometheusMeterRegistry.class, () -> registry);

    @Test
    void stay_in_while_sessions_idle_and_wait_with_them_in_their_statements(
            @Postgres PgServer server, CapturedOutput output) throws Exception {
        Logger ours = (Logger) LoggerFactory.getLogger("io.pgwatch");
        Level before = ours.getLevel();
        ours.setLevel(Level.TRACE);
        try (FreshDatabase database = server.freshDatabase();
                OverJmx jmx = new OverJmx();
                Connection idle = database.connect("app");
                Connection waiting = database.connect("app")) {
            SecretStatements.leaveOneWaitingForTheOther(idle, APPLICATION, waiting);
            runner.withBean("dataSource", DataSource.class, () -> pool(database))
                    .withPropertyValues(
                            "pgwatch.interval=500ms",
                            "pgwatch.attribution=stack",
                            "pgwatch.url=" + database.jdbcUrl() + "?sslpassword=Zx81&options=-c%20a.b=Zx82",
                            "pgwatch.username=app",
                            "pgwatch.password=Zx83",
                            "pgwatch.pooler.url=jdbc:postgresql://127.0.0.1:1/pgbouncer?password=Zx84",
                            "pgwatch.pooler.username=stats",
                            "pgwatch.pooler.password=Zx85",
                            "pgwatch.probes.idle-in-transaction.warning-idle=0s",
                            "pgwatch.probes.idle-in-transaction.harmful-idle=0s",
                            "pgwatch.probes.horizon.warning-age=1")
                    .run(context -> {
                        Report report = awaitBoth(context.getBean(PgWatch.class));
                        assertThat(jmx.names()).hasSize(7);
                        await().untilAsserted(() -> assertThat(jmx.notified())
                                .anyMatch(told -> told.contains("idle-in-transaction: UNKNOWN -> CRITICAL")));
                        String told = report.text()
                                + context.getBean(PgWatches.class).json()
                                + report
                                + registry.scrape()
                                + jmx.asked()
                                + jmx.notified()
                                + health(context)
                                + context.getBean(PgWatchProperties.class)
                                + Thread.getAllStackTraces().keySet();

                        assertThat(told).contains("app-Qw7").doesNotContain(SECRET);
                        assertThat(report.text()).doesNotContain("\u001b");
                        assertThat(report.json()).doesNotContain("\u001b");
                        assertThat(JsonParserFactory.getJsonParser().parseMap(report.json()))
                                .containsKey("probes");
                    });
        } finally {
            ours.setLevel(before);
        }
        assertThat(output.toString()).contains("idle-in-transaction CRITICAL").doesNotContain(SECRET, "\u001b");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "pgwatch.url=jdbc:mysql://me:Zx8@db/shop?password=Zx8",
                "pgwatch.url=jdbc:postgresql://me:Zx8@db/shop",
                "pgwatch.pooler.url=jdbc:mysql://me:Zx8@db/shop",
                "pgwatch.pooler.url=jdbc:postgresql://me:Zx8@db/shop",
                "pgwatch.password=Zx8"
            })
    void stay_in_when_a_setting_is_refused(String setting, @Postgres PgServer server, CapturedOutput output) {
        runner.withBean("dataSource", DataSource.class, () -> server.dataSource("app", "app"))
                .withPropertyValues(setting, "pgwatch.budget=never")
                .run(context -> assertThat(context).getFailure().satisfies(SecretsIT::assertSilent));
        if (setting.contains("url")) {
            runner.withBean("dataSource", DataSource.class, () -> server.dataSource("app", "app"))
                    .withPropertyValues(setting)
                    .run(context -> assertThat(context).getFailure().satisfies(SecretsIT::assertSilent));
        }
        assertThat(output.toString()).doesNotContain(SECRET);
    }

    private static void assertSilent(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            assertThat(cause.toString()).doesNotContain(SECRET);
        }
    }

    private static HikariDataSource pool(FreshDatabase database) {
        HikariDataSource pool = new HikariDataSource();
        pool.setJdbcUrl(database.jdbcUrl() + "?ApplicationName=app-Qw7");
        pool.setUsername("app");
        pool.setPassword("Zx86");
        return pool;
    }

    private static Report awaitBoth(PgWatch watch) {
        await().until(() -> watch.latest()
                .filter(report ->
                        report.verdict(ProbeIds.IDLE_IN_TRANSACTION).level() == io.pgwatch.probe.Level.CRITICAL
                                && report.text().contains("wait"))
                .isPresent());
        return watch.latest().orElseThrow();
    }

    private static String health(ApplicationContext context) {
        CompositeHealth health =
                (CompositeHealth) context.getBean(HealthEndpoint.class).healthForPath("pgwatch");
        return health.getComponents().values().stream()
                .map(one -> ((Health) one).getDetails().toString())
                .toList()
                .toString();
    }
}

package io.pgwatch.reliability;

import com.zaxxer.hikari.HikariDataSource;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.pgwatch.PgWatch;
import io.pgwatch.sample.boot.SampleApplication;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import javax.sql.DataSource;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.health.contributor.CompositeHealthContributor;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.ConfigurableApplicationContext;

/** The Spring Boot sample, as {@code samples/run.sh} runs it, but in this JVM, and with a pool that gives up sooner. */
public final class Application implements AutoCloseable {

    private final ConfigurableApplicationContext context;

    private Application(ConfigurableApplicationContext context) {
        this.context = context;
    }

    /** Starts it; the database need not be there. What is not set here is as the sample sets it. */
    static Application start(String url, String user, String password, Map<String, Object> more) {
        Map<String, Object> settings = new HashMap<>(Map.of(
                "spring.datasource.url",
                url,
                "spring.datasource.username",
                user,
                "spring.datasource.password",
                password,
                "spring.datasource.hikari.minimum-idle",
                1,
                "spring.datasource.hikari.connection-timeout",
                1000,
                "spring.datasource.hikari.validation-timeout",
                500,
                "server.port",
                0));
        settings.putAll(more);
        return new Application(new SpringApplicationBuilder(SampleApplication.class)
                .registerShutdownHook(false)
                .run(settings.entrySet().stream()
                        .map(one -> "--" + one.getKey() + "=" + one.getValue())
                        .toArray(String[]::new)));
    }

    DataSource pool() {
        return context.getBean(DataSource.class);
    }

    int poolSize() throws SQLException {
        return pool().unwrap(HikariDataSource.class).getMaximumPoolSize();
    }

    PgWatch watch() {
        return context.getBean(PgWatch.class);
    }

    MeterRegistry registry() {
        return context.getBean(PrometheusMeterRegistry.class);
    }

    /** What the health component of the watch says. */
    Health health() {
        CompositeHealthContributor all = context.getBean("pgwatchHealthContributor", CompositeHealthContributor.class);
        return ((HealthIndicator) all.getContributor(watch().name())).health();
    }

    /** Where its endpoints are. */
    String actuator() {
        return "http://localhost:" + context.getEnvironment().getRequiredProperty("local.server.port") + "/actuator/";
    }

    @Override
    public void close() {
        context.close();
    }
}

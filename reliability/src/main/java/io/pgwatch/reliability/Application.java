package io.pgwatch.reliability;

import com.zaxxer.hikari.HikariDataSource;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.pgwatch.PgWatch;
import java.util.Map;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.health.contributor.CompositeHealthContributor;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;

/** A Spring Boot application with a pool of five, as its users have it, but in this JVM and with a shorter interval. */
public final class Application implements AutoCloseable {

    static final int POOL_SIZE = 5;

    private final ConfigurableApplicationContext context;

    private Application(ConfigurableApplicationContext context) {
        this.context = context;
    }

    /** Nothing but what Boot configures by itself. */
    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Main {}

    /** Starts it; the database need not be there. */
    static Application start(String url, String user, String password, Map<String, Object> more) {
        return new Application(new SpringApplicationBuilder(Main.class)
                .web(WebApplicationType.NONE)
                .registerShutdownHook(false)
                .properties(Map.of(
                        "spring.main.banner-mode",
                        "off",
                        "spring.datasource.url",
                        url,
                        "spring.datasource.username",
                        user,
                        "spring.datasource.password",
                        password,
                        "spring.datasource.hikari.maximum-pool-size",
                        POOL_SIZE,
                        "spring.datasource.hikari.minimum-idle",
                        1,
                        "spring.datasource.hikari.connection-timeout",
                        1000,
                        "spring.datasource.hikari.validation-timeout",
                        500,
                        "spring.datasource.hikari.initialization-fail-timeout",
                        -1))
                .properties(more)
                .run());
    }

    HikariDataSource pool() {
        return context.getBean(HikariDataSource.class);
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

    @Override
    public void close() {
        context.close();
    }
}

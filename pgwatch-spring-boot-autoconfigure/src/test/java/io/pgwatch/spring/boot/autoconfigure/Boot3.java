package io.pgwatch.spring.boot.autoconfigure;

import org.springframework.boot.actuate.autoconfigure.endpoint.EndpointAutoConfiguration;
import org.springframework.boot.actuate.autoconfigure.health.HealthContributorAutoConfiguration;
import org.springframework.boot.actuate.autoconfigure.health.HealthEndpointAutoConfiguration;
import org.springframework.boot.actuate.autoconfigure.metrics.CompositeMeterRegistryAutoConfiguration;
import org.springframework.boot.actuate.autoconfigure.metrics.MetricsAutoConfiguration;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Configuration;

/** Applications of Boot 3.5 in which all of pgwatch may configure itself. */
final class Boot3 {

    /** Packages that Boot 4 alone has; an application has one generation. */
    static final String[] WITHOUT_BOOT_4 = {
        "org.springframework.boot.health", "org.springframework.boot.jdbc.autoconfigure"
    };

    private Boot3() {}

    /** Named in an annotation, so that they are read as Boot reads them: without loading a class that may not be there. */
    @Configuration(proxyBeanMethods = false)
    @ImportAutoConfiguration({
        PgWatchAutoConfiguration.class,
        PgWatchBoot3HealthAutoConfiguration.class,
        PgWatchBoot4HealthAutoConfiguration.class,
        PgWatchEndpointAutoConfiguration.class,
        PgWatchJmxAutoConfiguration.class,
        PgWatchMetricsAutoConfiguration.class
    })
    private static class Imported {}

    static ApplicationContextRunner application() {
        return new ApplicationContextRunner()
                .withClassLoader(new FilteredClassLoader(WITHOUT_BOOT_4))
                .withUserConfiguration(Imported.class);
    }

    static ApplicationContextRunner withActuator() {
        return application()
                .withConfiguration(AutoConfigurations.of(
                        EndpointAutoConfiguration.class,
                        HealthContributorAutoConfiguration.class,
                        HealthEndpointAutoConfiguration.class,
                        MetricsAutoConfiguration.class,
                        CompositeMeterRegistryAutoConfiguration.class));
    }
}

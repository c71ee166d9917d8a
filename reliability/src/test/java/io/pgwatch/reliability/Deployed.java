package io.pgwatch.reliability;

import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.sql.Driver;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Map;
import java.util.function.Supplier;

/**
 * The deployed sample, whose web server is the container's; closing undeploys it. It says what its watch tells, and is asked by
 * those who share no class with it.
 */
public final class Deployed implements Supplier<String>, AutoCloseable {

    private final Application application;

    public Deployed(String url) {
        application = Application.start(url, "app", "secret", Map.of("spring.main.web-application-type", "none"));
    }

    @Override
    public String get() {
        ((PrometheusMeterRegistry) application.registry()).scrape();
        return application.health().getStatus() + ", "
                + application.watch().latest().map(Told::by).orElse("not yet");
    }

    /** Containers take back the drivers that came with the application. */
    @Override
    public void close() throws SQLException {
        application.close();
        for (Driver driver : DriverManager.drivers().toList()) {
            if (driver.getClass().getClassLoader() == Deployed.class.getClassLoader()) {
                DriverManager.deregisterDriver(driver);
            }
        }
    }
}

package io.pgwatch.sample.boot;

import io.pgwatch.sample.boot.Arguments.Incident;
import java.util.Optional;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.builder.SpringApplicationBuilder;

/**
 * An ordinary application with a pool and some work to do. That it watches its PostgreSQL comes from one dependency and a few
 * lines of application.yaml; no code here has to do with it, but for {@link ReportPrinter}, which shows it on the terminal.
 */
@SpringBootApplication
public class SampleApplication {

    public static void main(String[] args) {
        Arguments arguments = Arguments.parseOrExit(args);
        Terminal.quietWhileStopping();
        Database database = Database.of(arguments);
        if (arguments.incident().equals(Optional.of(Incident.BLOAT))) {
            Bloater.bloat(database);
        }
        new SpringApplicationBuilder(SampleApplication.class)
                .initializers(context -> context.getBeanFactory().registerSingleton("arguments", arguments))
                .initializers(context -> context.getBeanFactory().registerSingleton("database", database))
                .run(arguments.toApplication(database.url()));
    }
}

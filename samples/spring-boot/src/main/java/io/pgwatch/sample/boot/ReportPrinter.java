package io.pgwatch.sample.boot;

import io.pgwatch.PgWatch;
import io.pgwatch.Report;
import io.pgwatch.ReportListener;
import io.pgwatch.probe.Level;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.event.EventListener;
import org.springframework.core.env.Environment;
import org.springframework.stereotype.Component;

/** Says where to look, and then prints the report whenever its level changes. */
@Component
class ReportPrinter implements ReportListener {

    private final ObjectProvider<PgWatch> watch;
    private final ObjectProvider<Database> database;
    private final Environment environment;
    private @Nullable Level printed;

    ReportPrinter(ObjectProvider<PgWatch> watch, ObjectProvider<Database> database, Environment environment) {
        this.watch = watch;
        this.database = database;
        this.environment = environment;
    }

    @EventListener(ApplicationReadyEvent.class)
    void start() {
        database.ifAvailable(known -> {
            Terminal.say(whereToLook(known));
            watch.ifAvailable(started -> started.listen(this));
        });
    }

    private String whereToLook(Database known) {
        String actuator = "http://localhost:" + environment.getProperty("local.server.port") + "/actuator";
        return """

                database  %s
                health    %s/health
                report    %s/pgwatch
                meters    %s/prometheus
                JMX       jconsole %d    (tab MBeans, io.pgwatch)

                The report is printed when its level changes. Ctrl-C stops everything.
                """.formatted(
                        known.description(),
                        actuator,
                        actuator,
                        actuator,
                        ProcessHandle.current().pid());
    }

    @Override
    public void onReport(Report report) {
        if (report.level() != printed) {
            printed = report.level();
            Terminal.say(report.text());
        }
    }
}

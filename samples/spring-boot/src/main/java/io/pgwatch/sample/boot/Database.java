package io.pgwatch.sample.boot;

import io.pgwatch.sample.boot.Arguments.Incident;
import io.pgwatch.testsupport.Jump;
import io.pgwatch.testsupport.PgServer;
import java.util.Optional;

/**
 * The PostgreSQL server that the application uses.
 *
 * @param url may hold credentials
 * @param description for people; holds none
 */
record Database(String url, String description) {

    private static final int MAJOR = 17;

    /** Close to the 1.6 billion where vacuum's failsafe starts, and as far from the 2.1 billion where writes are refused. */
    private static final long MOST_XIDS = 1_700_000_000;

    static Database of(Arguments arguments) {
        return arguments.jdbcUrl().map(Database::givenAt).orElseGet(() -> started(arguments.incident()));
    }

    private static Database givenAt(String url) {
        return new Database(
                url, "the server given; in it the schema " + Workload.SCHEMA + ", for as long as this runs");
    }

    /** It ends with this JVM, and so does its data. */
    private static Database started(Optional<Incident> incident) {
        boolean wraparound = incident.equals(Optional.of(Incident.WRAPAROUND));
        Terminal.say("starting PostgreSQL " + MAJOR + " ...");
        PgServer server = PgServer.major(MAJOR)
                .with("max_connections", "50")
                .with("autovacuum_freeze_max_age", wraparound ? "2000000000" : "200000000")
                .start();
        if (wraparound) {
            Terminal.say("using up " + MOST_XIDS + " transaction ids ...");
            Jump.xids(server, MOST_XIDS);
        }
        String url = server.jdbcUrl("app") + "?user=app";
        return new Database(url, "PostgreSQL " + server.ask("show server_version") + " of its own at " + url);
    }
}

package io.pgwatch.reliability;

import static org.awaitility.Awaitility.await;

import io.pgwatch.testsupport.Database;
import io.pgwatch.testsupport.PgServer;
import java.util.List;
import java.util.stream.Stream;

/** All that is made to break, in the order of the page. */
final class Faults {

    static final String BLIND = "every probe UNKNOWN (FAILED)";
    static final String NO_ANSWER = "every probe UNKNOWN (TIMED_OUT)";

    private Faults() {}

    static List<Fault> all() {
        return Stream.of(
                        ServerFaults.all(),
                        NetworkFaults.all(),
                        AccessFaults.all(),
                        CatalogFaults.all(),
                        ApplicationFaults.all())
                .flatMap(List::stream)
                .toList();
    }

    /** The table t, so that each sweep looks at tables and not one a minute. Nothing is told of one so small. */
    static AutoCloseable tableThatWaitsForVacuum(PgServer server) {
        Database database = server.database("app");
        database.executeAs(
                "app",
                "create table t with (autovacuum_enabled = off) as select generate_series(1, 1000) as i",
                "delete from t");
        await().until(() ->
                database.ask("select pg_stat_get_dead_tuples('t'::regclass)").equals("1000")); // on 14 they come later
        return () -> database.executeAs("app", "drop table t");
    }
}

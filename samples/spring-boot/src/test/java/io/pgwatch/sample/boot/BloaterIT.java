package io.pgwatch.sample.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.pgwatch.testsupport.FreshDatabase;
import io.pgwatch.testsupport.PgServer;
import io.pgwatch.testsupport.Postgres;
import org.junit.jupiter.api.Test;

class BloaterIT {

    @Test
    void the_table_holds_no_dead_rows_by_the_servers_counts_either(@Postgres PgServer server) {
        try (FreshDatabase database = server.freshDatabase()) {
            Bloater.bloat(new Database(database.jdbcUrl() + "?user=app", "fresh"));

            String sessions = "select count(*) from pg_stat_activity where datname = '" + database.name() + "'";
            await().until(() -> server.ask(sessions).equals("0")); // the end of a session tells all that it counted
            assertThat(database.ask("select n_live_tup || ' live, ' || n_dead_tup || ' dead' from pg_stat_user_tables"))
                    .isEqualTo("10000 live, 0 dead");
        }
    }
}

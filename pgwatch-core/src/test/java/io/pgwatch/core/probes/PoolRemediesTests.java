package io.pgwatch.core.probes;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgwatch.evidence.PoolSaturation.Diagnosis.Kind;
import io.pgwatch.probe.Remedy;
import io.pgwatch.probe.Remedy.Impact;
import io.pgwatch.snapshot.Ceiling;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Of each reason why a pool has no connection to give: what to do, and the query that shows more. */
class PoolRemediesTests {

    private static final List<Ceiling> CEILINGS = List.of(
            new Ceiling(Ceiling.Kind.ROLE, "shop", 15, 20),
            new Ceiling(Ceiling.Kind.DATABASE, "My \"shop\"", 15, 18),
            new Ceiling(Ceiling.Kind.SERVER, "max_connections", 15, 97));

    @ParameterizedTest
    @CsvSource({
        "LEAK, Give connections back, , APPLICATION",
        "LOCK_PILE_UP, Find who holds the lock, pg_blocking_pids(pid) AS waits_for, READ_ONLY",
        "TRANSACTIONS_LEFT_IDLE, Keep other work out of transactions, state LIKE 'idle in transaction%', READ_ONLY",
        "SLOW_STATEMENTS, Make these statements quicker, state = 'active', READ_ONLY",
        "POOL_TOO_SMALL, Raise the pool's maximum size; the server has room for 3 more., , APPLICATION",
        "SERVER_CEILING, Make the pools of this role smaller, ALTER ROLE \"shop\" CONNECTION LIMIT 40;, CONFIGURATION",
        "LOGIN_FAILING, Give the pool credentials that are valid, , CONFIGURATION",
        "DATABASE_GONE, See whether the server runs, , READ_ONLY",
        ", Find the code that keeps connections, , APPLICATION"
    })
    void each_reason_has_its_own(@Nullable Kind kind, String text, @Nullable String sql, Impact impact) {
        Remedy remedy = PoolRemedies.of(kind, CEILINGS, false);

        assertThat(remedy.text()).startsWith(text);
        assertThat(remedy.impact()).isEqualTo(impact);
        if (sql == null) {
            assertThat(remedy.sql()).isNull();
        } else {
            assertThat(remedy.sql()).contains(sql);
        }
    }

    @Test
    void attribution_is_advised_until_the_place_that_borrowed_is_told() {
        assertThat(PoolRemedies.of(Kind.LEAK, CEILINGS, false).text()).contains("pgwatch.attribution=stack");
        assertThat(PoolRemedies.of(Kind.LEAK, CEILINGS, true).text()).endsWith("such as a call to another service.");
    }

    @Test
    void a_larger_pool_is_advised_with_the_room_that_the_tightest_limit_leaves() {
        assertThat(PoolRemedies.of(null, CEILINGS, false).text()).endsWith("; the server has room for 3 more.");
        assertThat(PoolRemedies.of(Kind.POOL_TOO_SMALL, List.of(), false).text())
                .endsWith("; the server's room is not known at present.");
    }

    @Test
    void a_limit_is_raised_where_it_is_set() {
        assertThat(CEILINGS)
                .extracting(ceiling ->
                        Objects.requireNonNull(PoolRemedies.of(ceiling).sql()))
                .satisfiesExactly(
                        role -> assertThat(role).isEqualTo("ALTER ROLE \"shop\" CONNECTION LIMIT 40;"),
                        database -> assertThat(database)
                                .isEqualTo("ALTER DATABASE \"My \"\"shop\"\"\" CONNECTION LIMIT 36;"),
                        server -> assertThat(server).contains("count(*) FROM pg_stat_activity"));
        assertThat(PoolRemedies.of(Kind.SERVER_CEILING, List.of(), false))
                .as("while the server cannot be asked")
                .isEqualTo(PoolRemedies.afterRefusal())
                .satisfies(remedy -> assertThat(remedy.text()).startsWith("Connect as a superuser"))
                .satisfies(remedy -> assertThat(remedy.sql()).contains("GROUP BY 1, 2, 3 ORDER BY 4 DESC"));
    }
}

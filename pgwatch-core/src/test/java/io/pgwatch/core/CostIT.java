package io.pgwatch.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariDataSource;
import io.pgwatch.testsupport.Allocation;
import io.pgwatch.testsupport.Database;
import io.pgwatch.testsupport.FaultProxy;
import io.pgwatch.testsupport.FreshDatabase;
import io.pgwatch.testsupport.NoLeaks;
import io.pgwatch.testsupport.PgServer;
import io.pgwatch.testsupport.SupportedMajors;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Arrays;
import java.util.function.LongSupplier;
import org.junit.jupiter.params.ParameterizedTest;

/** How much a sweep may take of what can be counted; {@code SweepIT} counts round trips and transactions. */
@NoLeaks
class CostIT {

    private static final Duration INTERVAL = Duration.ofSeconds(15);

    /** After it the tables are due, and nothing else is. */
    private static final Duration CALM = Duration.ofMinutes(2);

    /** After it everything is due that an answer to a sweep may hold, and the connection is not yet renewed. */
    private static final Duration LONG = Duration.ofMinutes(6);

    private static final int CONNECTIONS = 20;

    /** As many tables as are kept in sight. */
    private static final int LISTED = 16;

    /** Of one answer, whose rows for tables are at most 32. */
    private static final long MOST_BYTES = 10_240;

    private static final long MOST_BUFFERS = 120;

    /** Of a kind of session. */
    private static final long ROW = 200;

    private static final int TURNS = 3;

    @ParameterizedTest
    @SupportedMajors(
            with = {
                "shared_preload_libraries=pg_stat_statements",
                "pg_stat_statements.track_planning=on",
                "autovacuum_naptime=2147483"
            })
    void is_bounded_however_many_tables_and_connections_there_are(PgServer server) throws SQLException {
        server.execute("create extension if not exists pg_stat_statements");
        try (FreshDatabase database = server.freshDatabase();
                FaultProxy network = FaultProxy.inFrontOf(server);
                OpenSessions open = new OpenSessions();
                HikariDataSource pool = pool(network, database);
                Sweeper watch = Sweeper.of(pool)) {
            tables(database, 700); // with their indexes more relations than one sweep looks at
            for (int i = 0; i < 30; i++) {
                watch.sweepAfter(INTERVAL);
            }

            open.idle(database, "idle");
            long bytes = bytesOfTurn(network, watch);
            assertThat(bytes).isLessThan(2 * MOST_BYTES);
            for (int i = 0; i < CONNECTIONS; i++) {
                open.idle(database, "idle " + i);
            }
            assertThat(bytesOfTurn(network, watch))
                    .as("beside more connections: a row at most for all that have just come")
                    .isCloseTo(bytes, within(2 * ROW));

            bytesOfTurn(network, watch); // so that the names of the worst are in the backend's cache
            long[] first = new long[TURNS];
            long[] second = new long[TURNS];
            for (int turn = 0; turn < TURNS; turn++) {
                first[turn] = spent(() -> buffers(server, database), () -> watch.sweepAfter(CALM));
                second[turn] = spent(() -> buffers(server, database), () -> watch.sweepAfter(CALM));
            }
            assertThat(Math.max(least(first), least(second)))
                    .as("buffers, of %s and %s", Arrays.toString(first), Arrays.toString(second))
                    .isBetween(1L, MOST_BUFFERS);
            assertThat(spent(Allocation::ofThisThread, () -> watch.sweepAfter(CALM)))
                    .as("bytes allocated, before the code is compiled well")
                    .isBetween(1L, 160L << 10);
            assertThat(pool.getHikariPoolMXBean()).as("nothing was borrowed").isNull();
        }
    }

    /** The answers to two sweeps, in which all tables are gone through once. */
    private static long bytesOfTurn(FaultProxy network, Sweeper watch) {
        watch.sweepAfter(LONG);
        return spent(network::bytesToClient, () -> {
            watch.sweepAfter(CALM);
            watch.sweepAfter(CALM);
        });
    }

    private static HikariDataSource pool(FaultProxy network, Database database) {
        HikariDataSource pool = new HikariDataSource();
        pool.setJdbcUrl(network.jdbcUrl(database.name()) + "?user=plain");
        return pool;
    }

    /** Each with two indexes; of some a row is dead, so that it is always these that are listed. */
    private static void tables(Database database, int count) {
        String loop = "do $$ begin for i in 1..%d loop %s if i %% 500 = 0 then commit; end if; end loop; end $$";
        database.execute(
                loop.formatted(
                        count,
                        "execute format('create table t%s (id int primary key, other int unique)', i);"
                                + " execute format('insert into t%s values (1, 1), (2, 2)', i);"),
                "vacuum analyze");
        database.execute(
                "vacuum pg_statistic", // which that has filled
                loop.formatted(LISTED, "execute format('delete from t%s where id = 1', i);"));
        await().until(() -> database.ask("select count(*) from pg_stat_user_tables where n_dead_tup = 1")
                .equals(Integer.toString(LISTED)));
    }

    /** Now and then the server makes a plan or a cache anew. */
    private static long least(long[] counts) {
        return Arrays.stream(counts).min().orElseThrow();
    }

    private static long spent(LongSupplier counter, Runnable sweep) {
        long before = counter.getAsLong();
        sweep.run();
        return counter.getAsLong() - before;
    }

    private static long buffers(PgServer server, Database database) {
        return Long.parseLong(server.ask("select sum(shared_blks_hit + shared_blks_read) from pg_stat_statements s"
                + " join pg_database d on d.oid = s.dbid where d.datname = '" + database.name() + "'"));
    }
}

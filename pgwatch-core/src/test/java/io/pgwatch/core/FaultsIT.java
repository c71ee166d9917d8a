package io.pgwatch.core;

import static io.pgwatch.core.Sweeper.levelOf;
import static io.pgwatch.evidence.ProbeIds.POOL_SATURATION;
import static io.pgwatch.evidence.ProbeIds.WRAPAROUND;
import static io.pgwatch.probe.Level.CRITICAL;
import static io.pgwatch.probe.Level.OK;
import static io.pgwatch.probe.Level.UNKNOWN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariDataSource;
import io.pgwatch.PgWatch;
import io.pgwatch.Report;
import io.pgwatch.evidence.Wraparound;
import io.pgwatch.probe.ProbeId;
import io.pgwatch.probe.Verdict;
import io.pgwatch.snapshot.Cause;
import io.pgwatch.snapshot.ClientPools.ClientPool;
import io.pgwatch.snapshot.Snapshot;
import io.pgwatch.testsupport.FaultProxy;
import io.pgwatch.testsupport.Majors;
import io.pgwatch.testsupport.MovableClock;
import io.pgwatch.testsupport.NoLeaks;
import io.pgwatch.testsupport.PgServer;
import io.pgwatch.testsupport.Postgres;
import io.pgwatch.testsupport.SupportedMajors;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.postgresql.ds.PGSimpleDataSource;

/** What a watch says and does when the server, the network or the application does not do its part. */
@NoLeaks
class FaultsIT {

    private static final Duration INTERVAL = Duration.ofSeconds(15);
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    /** How much later than it should a busy machine may be. */
    private static final Duration SLACK = Duration.ofMillis(1500);

    @Test
    void starts_at_once_while_the_database_is_down_and_sees_it_come_up() {
        try (PgServer server = PgServer.major(Majors.newest()).start()) {
            server.stop();
            long started = System.nanoTime();
            try (PgWatch watch = JdbcPgWatch.builder(server.dataSource("app", "app"))
                    .interval(Duration.ofMillis(500))
                    .start()) {
                assertThat(since(started)).isLessThan(SLACK);
                Report down = awaitReport(watch, report -> true);
                assertThat(down.level()).isEqualTo(UNKNOWN);
                assertThat(down.server()).isNull();
                assertUnknown(down, Cause.FAILED, "cannot connect", "127.0.0.1:" + server.port(), "refused");
                assertThat(down.text()).contains("cannot connect");

                server.start();
                Report up = awaitReport(watch, report -> report.level() == OK);
                assertThat(up.server().database()).isEqualTo("app");
                assertThat(up.sweep().failures()).isPositive();
            }
        }
    }

    @Test
    void says_what_the_server_says_of_a_login_that_it_refuses(@Postgres PgServer server) {
        server.execute("create role locked nologin");
        try (Sweeper watch = Sweeper.of(server, "locked", "app")) {
            assertUnknown(watch.sweep(), Cause.FAILED, "role \"locked\" is not permitted to log in", "28000");
        } finally {
            server.execute("drop role locked");
        }
        try (Sweeper watch = Sweeper.of(server, "app", "nowhere")) {
            assertUnknown(watch.sweep(), Cause.FAILED, "database \"nowhere\" does not exist", "3D000");
        }
    }

    @Test
    void a_wrong_password_is_said_and_a_rotated_one_is_used() throws IOException {
        try (PgServer server = PgServer.major(Majors.newest()).start()) {
            server.execute("create role secretive login password 'first-secret'");
            Path rules = server.dataDirectory().resolve("pg_hba.conf");
            Files.writeString(rules, "host all secretive all scram-sha-256\n" + Files.readString(rules));
            server.execute("select pg_reload_conf()");
            try (HikariDataSource pool = new HikariDataSource()) {
                pool.setJdbcUrl(server.jdbcUrl("app"));
                pool.setUsername("secretive");
                pool.setPassword("no-secret");
                try (Sweeper watch = Sweeper.of(pool)) {
                    Report wrong = watch.sweep();
                    assertUnknown(
                            wrong, Cause.FAILED, "password authentication failed for user \"secretive\"", "28P01");
                    assertThat(wrong.text() + wrong.json()).doesNotContain("no-secret");

                    pool.setPassword("first-secret");
                    assertThat(watch.sweepAfter(Duration.ofMinutes(1)).level()).isEqualTo(OK);
                    server.execute(
                            "alter role secretive password 'second-secret'",
                            "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'secretive'");
                    assertUnknown(watch.sweepAfter(INTERVAL), Cause.FAILED, "28P01");
                    pool.setPassword("second-secret");
                    assertThat(watch.sweepAfter(Duration.ofMinutes(1)).level()).isEqualTo(OK);
                }
            }
        }
    }

    @Test
    void refuses_at_start_what_can_never_work() {
        assertThatThrownBy(() -> JdbcPgWatch.builder("jdbc:mysql://localhost/orders?password=hunter2"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("jdbc:postgresql:")
                .hasMessageNotContaining("hunter2");
    }

    @Test
    void a_server_that_is_too_old_is_named(@Postgres PgServer server) throws IOException {
        String version = server.ask("select split_part(current_setting('server_version'), ' ', 1)");
        String forged = version.replaceFirst("^..", "13");
        try (Forger proxy = new Forger(server, "\0\0\0\2" + server.major(), "\0\0\0\2" + 13, version, forged)) {
            PGSimpleDataSource source = new PGSimpleDataSource();
            source.setUrl("jdbc:postgresql://127.0.0.1:" + proxy.port() + "/app");
            source.setUser("app");
            try (Sweeper watch = Sweeper.of(source)) {
                assertUnknown(
                        watch.sweep(),
                        Cause.NOT_SUPPORTED,
                        "PostgreSQL " + forged + " is too old: pgwatch reads 14 and newer");
            }
        }
    }

    @ParameterizedTest
    @SupportedMajors
    void a_session_that_the_server_ends_is_replaced_within_the_sweep(PgServer server) {
        try (Sweeper watch = Sweeper.of(server, "app", "app")) {
            assertThat(watch.sweep().level()).isEqualTo(OK);
            for (int i = 0; i < 2; i++) {
                server.execute(
                        "select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'pgwatch %'");
                Report report = watch.sweepAfter(INTERVAL);
                assertThat(report.level()).isEqualTo(OK);
                assertThat(report.sweep().failures()).isZero();
            }
        }
    }

    @Test
    void a_restarted_server_is_seen_by_the_next_sweep_and_failures_are_only_counted_up() {
        try (PgServer server = PgServer.major(Majors.newest()).start();
                Sweeper watch = Sweeper.of(server, "app", "app")) {
            watch.sweep();
            server.stop();
            server.start();
            assertThat(watch.sweepAfter(INTERVAL).level()).isEqualTo(OK);

            server.crash();
            Report down = watch.sweepAfter(INTERVAL);
            assertThat(down.level()).isEqualTo(UNKNOWN);
            assertThat(down.unknown()).as("also what is read between sweeps").hasSameSizeAs(down.probes());
            assertThat(down.server()).as("which one it was").isNotNull();
            assertThat(down.sweep().failures()).isEqualTo(1);
            assertThat(watch.sweepAfter(Duration.ofSeconds(1)).sweep().failures())
                    .isEqualTo(2);

            server.start();
            Report up = watch.sweepAfter(Duration.ofMinutes(1));
            assertThat(up.level()).isEqualTo(OK);
            assertThat(up.sweep().failures()).isEqualTo(2);
        }
    }

    @Test
    void a_server_that_was_gone_for_long_is_seen_within_two_intervals_of_its_return() {
        try (PgServer server = PgServer.major(Majors.newest()).start();
                Sweeper watch = Sweeper.of(server, "app", "app")) {
            watch.sweep();
            server.stop();
            for (int i = 0; i < 10; i++) {
                assertThat(watch.sweepAfter(INTERVAL).level()).isEqualTo(UNKNOWN);
            }
            server.start();

            assertThat(watch.sweepAfter(INTERVAL).level()).isEqualTo(OK);
        }
    }

    @Test
    void a_login_that_is_refused_for_long_is_tried_once_a_minute(@Postgres PgServer server) {
        server.execute("create role locked nologin");
        try (FaultProxy network = FaultProxy.inFrontOf(server);
                Sweeper watch = Sweeper.of(through(network, "locked"))) {
            for (int i = 0; i < 20; i++) {
                watch.sweepAfter(INTERVAL);
            }
            assertThat(network.connections()).isLessThanOrEqualTo(9);
        } finally {
            server.execute("drop role locked");
        }
    }

    @Test
    void a_frozen_server_costs_a_sweep_its_budget_and_nobody_else_anything() {
        try (PgServer server = PgServer.major(Majors.newest()).start();
                Sweeper idle = Sweeper.of(server.dataSource("plain", "app"), Sweeper.budget(Duration.ofSeconds(1)))) {
            idle.sweep();
            PgWatch watch = JdbcPgWatch.builder(server.dataSource("app", "app"))
                    .interval(Duration.ofSeconds(1))
                    .start();
            try {
                awaitReport(watch, report -> report.level() == OK);

                server.freeze();
                long started = System.nanoTime();
                Report frozen = idle.sweepAfter(INTERVAL);
                assertThat(since(started)).isLessThan(Duration.ofSeconds(2).plus(SLACK));
                assertUnknown(frozen, Cause.TIMED_OUT, "08006");
                awaitReport(watch, report -> report.level() == UNKNOWN);

                started = System.nanoTime();
                for (int i = 0; i < 100; i++) {
                    watch.refresh();
                    watch.latest();
                }
                assertThat(since(started)).isLessThan(Duration.ofMillis(500));
                started = System.nanoTime();
                watch.close();
                assertThat(since(started)).isLessThan(Duration.ofSeconds(2).plusMillis(200));
            } finally {
                watch.close();
                server.thaw();
            }
        }
    }

    @Test
    void a_stall_in_the_middle_of_a_sweep_ends_it_within_the_budget_and_a_second(@Postgres PgServer server)
            throws Exception {
        try (FaultProxy network = FaultProxy.inFrontOf(server);
                Sweeper watch = Sweeper.of(through(network), Sweeper.budget(Duration.ofSeconds(1)))) {
            assertThat(watch.sweep().level()).isEqualTo(OK);
            network.delay(Duration.ofMillis(400));
            long roundTrips = network.roundTrips();
            CompletableFuture<Report> sweeping = CompletableFuture.supplyAsync(watch::sweep);
            await().pollInterval(Duration.ofMillis(10)).atMost(PATIENCE).until(() -> network.roundTrips() > roundTrips);
            network.stall();
            long started = System.nanoTime();

            assertUnknown(sweeping.get(10, TimeUnit.SECONDS), Cause.TIMED_OUT, "08006");
            assertThat(since(started)).isLessThan(Duration.ofSeconds(2).plus(SLACK));
            network.delay(Duration.ZERO);
            network.pass();
            assertThat(levelOf(watch.sweepAfter(Duration.ofMinutes(2)), WRAPAROUND))
                    .isEqualTo(OK);
        }
    }

    @Test
    void a_login_that_hangs_is_alone_and_the_next_one_waits_a_minute(@Postgres PgServer server) {
        try (FaultProxy network = FaultProxy.inFrontOf(server);
                Sweeper watch = Sweeper.of(through(network), Sweeper.budget(Duration.ofSeconds(1)))) {
            network.stall();
            long started = System.nanoTime();
            Report report = watch.sweep();
            assertThat(since(started)).isLessThan(Duration.ofSeconds(1).plus(SLACK));
            assertUnknown(report, Cause.TIMED_OUT, "cannot connect", "within the budget of 1000 ms");
            assertThat(connectThreads()).isEqualTo(1);
            long attempts = network.connections();
            assertUnknown(watch.sweepAfter(INTERVAL), Cause.TIMED_OUT, "cannot connect");
            assertThat(connectThreads()).isLessThanOrEqualTo(1);

            await().atMost(PATIENCE).until(() -> connectThreads() == 0);
            long ofFirstAttempt = network.connections();
            assertThat(ofFirstAttempt - attempts)
                    .as("the driver's second try, without TLS")
                    .isLessThanOrEqualTo(1);
            assertUnknown(watch.sweep(), Cause.TIMED_OUT, "cannot connect");
            assertUnknown(watch.sweepAfter(Duration.ofSeconds(55)), Cause.TIMED_OUT, "cannot connect");
            watch.collector().tryAgain();
            assertUnknown(watch.sweep(), Cause.TIMED_OUT, "cannot connect");
            assertThat(network.connections()).as("no other attempt").isEqualTo(ofFirstAttempt);

            network.pass();
            assertThat(levelOf(watch.sweepAfter(Duration.ofSeconds(30)), WRAPAROUND))
                    .isEqualTo(OK);
        }
    }

    @Test
    void an_old_report_says_that_it_is_when_the_watch_is_stuck(@Postgres PgServer server) throws Exception {
        MovableClock clock = new MovableClock();
        Stuck stuck = new Stuck();
        PgWatch watch = JdbcPgWatch.builder(server.dataSource("app", "app"))
                .probes(List.of(OwnProbe.judging(stuck::judge)))
                .clock(clock)
                .steady(clock)
                .start();
        try {
            awaitReport(watch, report -> report.level() == OK);
            stuck.blocks = true;
            watch.refresh();
            assertThat(stuck.reached.await(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                    .isTrue();
            clock.advance(Duration.ofSeconds(44));
            assertThat(awaitReport(watch, report -> true).level()).isEqualTo(OK);

            clock.advance(Duration.ofSeconds(2));
            Report stale = awaitReport(watch, report -> report.level() == UNKNOWN);
            assertUnknown(stale, WRAPAROUND, Cause.STALE, "nothing new for 4", "before that: all is well");
            assertThat(stale.age(clock.instant())).isGreaterThan(Duration.ofSeconds(45));

            stuck.blocks = false;
            stuck.go.countDown();
            awaitReport(watch, report -> report.level() == OK);

            stuck.blocks = true;
            watch.refresh();
            await().atMost(PATIENCE).until(() -> stuck.waiting);
            long started = System.nanoTime();
            watch.close();
            assertThat(since(started)).isLessThan(Duration.ofSeconds(2).plusMillis(200));
        } finally {
            watch.close();
        }
    }

    @Test
    void a_watch_that_borrows_says_what_the_server_says_though_the_pool_tells_it_late(@Postgres PgServer server)
            throws SQLException {
        server.execute("create role guest login");
        try (HikariDataSource pool = new HikariDataSource()) {
            pool.setJdbcUrl(server.jdbcUrl("app"));
            pool.setUsername("guest");
            pool.setMaximumPoolSize(1);
            pool.setConnectionTimeout(1000);
            pool.getConnection().close();
            server.execute("alter role guest connection limit 0");
            pool.getHikariPoolMXBean().softEvictConnections();
            try (Sweeper watch = Sweeper.of(
                    pool,
                    options -> Sweeper.budget(Duration.ofMillis(300))
                            .apply(Sweeper.mode(ConnectionMode.POOLED).apply(options)))) {
                assertUnknown(watch.sweep(), WRAPAROUND, Cause.TIMED_OUT, "within the budget of 300 ms");
                await().atMost(PATIENCE).until(() -> connectThreads() == 0);

                Report refused = watch.sweepAfter(INTERVAL);

                assertUnknown(refused, WRAPAROUND, Cause.FAILED, "too many connections for role", "53300");
                assertThat(levelOf(refused, POOL_SATURATION)).isEqualTo(CRITICAL);
                assertThat(levelOf(watch.sweepAfter(Duration.ofMinutes(2)), POOL_SATURATION))
                        .as("while it is tried again")
                        .isEqualTo(CRITICAL);
            }
        } finally {
            server.execute("drop role guest");
        }
    }

    @Test
    void an_exhausted_pool_costs_a_watch_that_borrows_its_budget(@Postgres PgServer server) throws SQLException {
        try (HikariDataSource pool = new HikariDataSource()) {
            pool.setPoolName("orders");
            pool.setJdbcUrl(server.jdbcUrl("app"));
            pool.setUsername("app");
            pool.setMaximumPoolSize(1);
            pool.setConnectionTimeout(60_000);
            try (Sweeper watch = Sweeper.of(
                    pool,
                    options -> Sweeper.budget(Duration.ofMillis(500))
                            .apply(Sweeper.mode(ConnectionMode.POOLED).apply(options)))) {
                try (Connection only = pool.getConnection()) {
                    assertThat(only.isValid(1)).isTrue();
                    for (int i = 0; i < 3; i++) {
                        long started = System.nanoTime();
                        Report report = watch.sweepAfter(INTERVAL);
                        assertThat(since(started))
                                .isLessThan(Duration.ofMillis(500).plus(SLACK));
                        assertUnknown(
                                report,
                                WRAPAROUND,
                                Cause.TIMED_OUT,
                                "cannot borrow from the pool within the budget of 500 ms");
                        assertThat(pool.getHikariPoolMXBean().getThreadsAwaitingConnection())
                                .as("one attempt at a time")
                                .isEqualTo(1);
                        assertThat(report.verdict(POOL_SATURATION).findings())
                                .as("nobody waits but the watch")
                                .isEmpty();
                        assertThat(report.verdict(POOL_SATURATION)
                                        .seen()
                                        .orElseThrow()
                                        .pools())
                                .singleElement()
                                .extracting(ClientPool::pending)
                                .isEqualTo(0);
                    }
                }
                await().atMost(PATIENCE)
                        .until(() -> pool.getHikariPoolMXBean().getActiveConnections() == 0 && connectThreads() == 0);
                assertThat(levelOf(watch.sweepAfter(Duration.ofMinutes(2)), WRAPAROUND))
                        .isEqualTo(OK);
                assertThat(pool.getHikariPoolMXBean().getActiveConnections()).isZero();
            }
        }
    }

    private static long connectThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("pgwatch-")
                        && thread.getName().endsWith("-connect"))
                .count();
    }

    private static Duration since(long startedNanos) {
        return Duration.ofNanos(System.nanoTime() - startedNanos);
    }

    private static Report awaitReport(PgWatch watch, java.util.function.Predicate<Report> wanted) {
        await().pollInterval(Duration.ofMillis(20))
                .atMost(PATIENCE)
                .until(() -> watch.latest().filter(wanted).isPresent());
        return watch.latest().orElseThrow();
    }

    private static void assertUnknown(Report report, Cause cause, String... words) {
        assertUnknown(report, WRAPAROUND, cause, words);
        assertThat(levelOf(report, POOL_SATURATION)).isEqualTo(UNKNOWN);
    }

    private static void assertUnknown(Report report, ProbeId<?> probe, Cause cause, String... words) {
        assertThat(report.verdict(probe)).isInstanceOfSatisfying(Verdict.Unknown.class, unknown -> {
            assertThat(unknown.detail()).contains(words);
            assertThat(unknown.cause()).isEqualTo(cause);
        });
    }

    private static DataSource through(FaultProxy network) {
        return through(network, "app");
    }

    private static DataSource through(FaultProxy network, String user) {
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setUrl(
                network.jdbcUrl("app") + "?socketTimeout=0&connectTimeout=0&loginTimeout=0"); // which nobody heeds
        source.setUser(user);
        return source;
    }

    /** Stands for a sweep that does not come back, whatever the reason. */
    private static final class Stuck {

        private final CountDownLatch reached = new CountDownLatch(1);
        private final CountDownLatch go = new CountDownLatch(1);
        private final CountDownLatch never = new CountDownLatch(1);
        private volatile boolean blocks;
        private volatile boolean waiting;

        private Verdict<Wraparound> judge(Snapshot snapshot) {
            try {
                if (blocks && reached.getCount() > 0) {
                    reached.countDown();
                    go.await();
                } else if (blocks) {
                    waiting = true;
                    never.await();
                }
            } catch (InterruptedException closing) {
                Thread.currentThread().interrupt();
            }
            return OwnProbe.allIsWell();
        }
    }

    /** A network that tells of a server of another version. */
    private static final class Forger implements AutoCloseable {

        private final ServerSocket listener;
        private final PgServer server;
        private final String[] replacements;

        Forger(PgServer server, String... replacements) throws IOException {
            this.server = server;
            this.replacements = replacements;
            this.listener = new ServerSocket(0, 5, InetAddress.getByName("127.0.0.1"));
            Thread thread = new Thread(this::accept, "forger");
            thread.setDaemon(true);
            thread.start();
        }

        int port() {
            return listener.getLocalPort();
        }

        private void accept() {
            try {
                while (true) {
                    Socket client = listener.accept();
                    Socket inner = new Socket(server.host(), server.port());
                    pump(client.getInputStream(), inner.getOutputStream(), false);
                    pump(inner.getInputStream(), client.getOutputStream(), true);
                }
            } catch (IOException closed) {
                // by close()
            }
        }

        private void pump(InputStream from, OutputStream to, boolean forge) {
            Thread thread = new Thread(
                    () -> {
                        byte[] chunk = new byte[65536];
                        try (from;
                                to) {
                            for (int length = from.read(chunk); length >= 0; length = from.read(chunk)) {
                                String text = new String(chunk, 0, length, StandardCharsets.ISO_8859_1);
                                for (int i = 0; forge && i < replacements.length; i += 2) {
                                    text = text.replace(replacements[i], replacements[i + 1]);
                                }
                                to.write(text.getBytes(StandardCharsets.ISO_8859_1));
                            }
                        } catch (IOException cut) {
                            throw new UncheckedIOException(cut);
                        }
                    },
                    "forger");
            thread.setDaemon(true);
            thread.setUncaughtExceptionHandler((ended, why) -> {});
            thread.start();
        }

        @Override
        public void close() throws IOException {
            listener.close();
        }
    }
}

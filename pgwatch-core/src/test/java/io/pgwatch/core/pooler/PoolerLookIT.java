package io.pgwatch.core.pooler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import io.pgwatch.snapshot.Cause;
import io.pgwatch.snapshot.Poolers;
import io.pgwatch.snapshot.Poolers.Pool;
import io.pgwatch.snapshot.Reading;
import io.pgwatch.testsupport.NoLeaks;
import io.pgwatch.testsupport.PgBouncer;
import io.pgwatch.testsupport.PgBouncer.PoolMode;
import io.pgwatch.testsupport.PgServer;
import io.pgwatch.testsupport.Postgres;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.Driver;

/** The console of a real PgBouncer. */
@NoLeaks
class PoolerLookIT {

    private static final Duration BUDGET = Duration.ofSeconds(5);

    /** A user of the console with a password that is not only ASCII, and the application. */
    private static final String USERS =
            "\"stats\" \"p%ss wörd\"\n\"postgres\" \"\"\n\"app\" \"\"\n".replace("%", "\"\"");

    private static final String PASSWORD = "p\"ss wörd";

    @ParameterizedTest
    @ValueSource(strings = {"plain", "md5", "scram-sha-256"})
    void logs_in_however_it_is_asked(String kind, @Postgres PgServer server) {
        try (PgBouncer bouncer = PgBouncer.inFrontOf(
                server,
                PoolMode.TRANSACTION,
                Map.of("auth_type", kind, "stats_users", "stats"),
                Map.of("users.txt", USERS))) {
            try (PoolerLook look = look(bouncer, "stats", PASSWORD)) {
                Poolers seen = taken(look);

                assertThat(seen.version()).matches("\\d+\\.\\d+\\.\\d+");
                assertThat(seen.maxClients()).isEqualTo(100);
                assertThat(seen.clients()).isEqualTo(1);
                assertThat(seen.queryWaitTimeoutSeconds()).isEqualTo(120);
                assertThat(seen.pools()).isEmpty();
            }
            try (PoolerLook wrong = look(bouncer, "stats", "guessed")) {
                assertThat(missing(wrong).detail()).contains("authentication failed");
            }
            try (PoolerLook none = look(bouncer, "stats", null)) {
                assertThat(missing(none).detail()).contains("asked for a password, and none is given");
            }
        }
    }

    @Test
    void says_that_a_user_may_not_look(@Postgres PgServer server) {
        try (PgBouncer bouncer = PgBouncer.inFrontOf(server, PoolMode.SESSION);
                PoolerLook look = look(bouncer, "app", null)) {
            Reading.Missing<Poolers> missing = missing(look);

            assertThat(missing.cause()).isEqualTo(Cause.NOT_PERMITTED);
            assertThat(missing.detail())
                    .startsWith("PgBouncer's console at 127.0.0.1:" + bouncer.port() + ": user app is refused: ");
        }
    }

    @Test
    void counts_clients_that_wait_behind_transactions(@Postgres PgServer server) throws Exception {
        Map<String, String> small = Map.of("default_pool_size", "2", "query_wait_timeout", "60");
        List<Connection> open = new ArrayList<>();
        List<CompletableFuture<Void>> waiting = new ArrayList<>();
        try (PgBouncer bouncer = PgBouncer.inFrontOf(server, PoolMode.TRANSACTION, small);
                PoolerLook look = look(bouncer, "postgres", null)) {
            for (int i = 0; i < 2; i++) {
                open.add(begun(bouncer));
            }
            for (int i = 0; i < 3; i++) {
                waiting.add(CompletableFuture.runAsync(() -> connectAndLeave(bouncer)));
            }
            await().until(() -> {
                Pool pool = taken(look).pools().get(0);
                return Integer.valueOf(3).equals(pool.clientsWaiting()) && pool.longestWaitSeconds() > 0.3;
            });
            Pool pool = taken(look).pools().get(0);

            assertThat(pool)
                    .extracting(
                            Pool::database,
                            Pool::user,
                            Pool::mode,
                            Pool::clientsActive,
                            Pool::serversActive,
                            Pool::serversIdle,
                            Pool::serversLogin,
                            Pool::size,
                            Pool::disabled,
                            Pool::databaseMax)
                    .containsExactly("app", "app", "transaction", 2, 2, 0, 0, 2, false, null);
            assertThat(taken(look).throughHere()).isTrue();
            assertThat(taken(look).driverPrepares()).isTrue();

            for (Connection connection : open) {
                connection.close();
            }
            waiting.forEach(CompletableFuture::join);
            assertThat(taken(look).pools().get(0).clientsWaiting()).isZero();
        }
    }

    @Test
    void tells_how_long_transactions_take_and_how_long_clients_wait_for_them(@Postgres PgServer server)
            throws Exception {
        try (PgBouncer bouncer = PgBouncer.inFrontOf(server, PoolMode.TRANSACTION, Map.of("default_pool_size", "1"));
                PoolerLook look = look(bouncer, "postgres", null);
                Connection first = begun(bouncer)) {
            assertThat(taken(look).pools())
                    .singleElement()
                    .extracting(Pool::averageTransactionSeconds, Pool::averageWaitSeconds)
                    .as("a single look tells no average")
                    .containsExactly(null, null);
            CompletableFuture<Void> second = CompletableFuture.runAsync(() -> connectAndLeave(bouncer));
            await().until(() -> taken(look).pools().get(0).longestWaitSeconds() > 0.5);
            first.commit();
            second.join();

            await().untilAsserted(() -> assertThat(taken(look).pools())
                    .singleElement()
                    .satisfies(pool -> {
                        assertThat(pool.averageTransactionSeconds()).isBetween(0.1, 30.0);
                        assertThat(pool.averageWaitSeconds()).isBetween(0.1, 30.0);
                    }));
        }
    }

    @Test
    void tells_a_pool_that_is_paused_and_limits_of_a_database_and_a_user(@Postgres PgServer server) throws Exception {
        Map<String, String> limited = Map.of("max_db_connections", "7", "max_user_connections", "6");
        try (PgBouncer bouncer = PgBouncer.inFrontOf(server, PoolMode.SESSION, limited);
                PoolerLook look = look(bouncer, "postgres", null);
                Connection client = begun(bouncer)) {
            assertThat(client.isClosed()).isFalse();
            assertThat(taken(look).pools())
                    .singleElement()
                    .extracting(
                            Pool::mode,
                            Pool::databaseMax,
                            Pool::databaseConnections,
                            Pool::userMax,
                            Pool::userConnections,
                            Pool::disabled)
                    .containsExactly("session", 7, 1, 6, 1, false);
            assertThat(taken(look).pools().get(0).paused())
                    .as("before 1.19 it does not tell of everything")
                    .isNotEqualTo(true);
            bouncer.tell("DISABLE app");
            assertThat(taken(look).pools().get(0).disabled()).isTrue();
        }
    }

    @Test
    void speaks_tls_with_the_drivers_own_rules(@Postgres PgServer server, @TempDir Path directory) throws Exception {
        SelfSigned own = SelfSigned.of("localhost", directory);
        Path trusted = java.nio.file.Files.writeString(directory.resolve("root.pem"), own.certificate());
        Map<String, String> tls = Map.of(
                "client_tls_sslmode", "require",
                "client_tls_key_file", "key.pem",
                "client_tls_cert_file", "cert.pem");
        try (PgBouncer bouncer = PgBouncer.inFrontOf(
                server, PoolMode.SESSION, tls, Map.of("key.pem", own.key(), "cert.pem", own.certificate()))) {
            String console = "jdbc:postgresql://localhost:" + bouncer.port() + "/pgbouncer?user=postgres";
            assertThat(read(console + "&sslmode=require").missing()).isEmpty();
            assertThat(read(console).missing()).as("prefer").isEmpty();
            assertThat(read(console + "&sslmode=verify-full&sslrootcert=" + trusted)
                            .missing())
                    .isEmpty();
            assertThat(read(console.replace("localhost", "127.0.0.1") + "&sslmode=verify-full&sslrootcert=" + trusted)
                            .missing())
                    .hasValueSatisfying(missing -> assertThat(missing.detail()).contains("certificate"));
            assertThat(read(console + "&sslmode=disable").missing())
                    .hasValueSatisfying(missing -> assertThat(missing.detail()).contains("SSL required"));
        }
        try (PgBouncer plain = PgBouncer.inFrontOf(server, PoolMode.SESSION)) {
            assertThat(read(plain.jdbcUrl("pgbouncer") + "?user=postgres&sslmode=require")
                            .missing())
                    .hasValueSatisfying(missing ->
                            assertThat(missing.detail()).contains("does not speak TLS, and sslmode is require"));
            assertThat(read(plain.jdbcUrl("pgbouncer") + "?user=postgres&ssl=true")
                            .missing())
                    .hasValueSatisfying(missing ->
                            assertThat(missing.detail()).contains("does not speak TLS, and sslmode is verify-full"));
            assertThat(read(plain.jdbcUrl("pgbouncer") + "?user=postgres&sslmode=PREFER")
                            .missing())
                    .isEmpty();
        }
    }

    @Test
    void finds_it_again_after_a_restart_and_leaves_it_alone_in_between(@Postgres PgServer server) {
        PgBouncer first = PgBouncer.inFrontOf(server, PoolMode.SESSION);
        String port = Integer.toString(first.port());
        try (PoolerLook look = look(first, "postgres", null)) {
            assertThat(look(look)).isInstanceOf(Reading.Taken.class);
            first.close();
            assertThat(missing(look).cause()).isEqualTo(Cause.FAILED);

            try (PgBouncer again = PgBouncer.inFrontOf(server, PoolMode.SESSION, Map.of("listen_port", port))) {
                assertThat(again.port()).isEqualTo(first.port());
                assertThat(look(look)).as("left alone once").isInstanceOf(Reading.Missing.class);
                assertThat(look(look)).isInstanceOf(Reading.Taken.class);
            }
        }
    }

    @Test
    void gives_up_what_does_not_answer_and_what_is_no_console(@Postgres PgServer server) throws IOException {
        try (ServerSocket silent = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            long begun = System.nanoTime();
            Reading<Poolers> read =
                    read("jdbc:postgresql://127.0.0.1:" + silent.getLocalPort() + "/pgbouncer?user=postgres");
            assertThat(read.missing()).hasValueSatisfying(missing -> {
                assertThat(missing.cause()).isEqualTo(Cause.TIMED_OUT);
                assertThat(missing.detail())
                        .isEqualTo("PgBouncer's console at 127.0.0.1:" + silent.getLocalPort() + ": no answer in time");
            });
            assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(BUDGET.multipliedBy(3));
        }
        assertThat(read("jdbc:postgresql://127.0.0.1:1/pgbouncer?user=postgres").missing())
                .hasValueSatisfying(missing -> assertThat(missing.detail()).contains("refused"));
        for (String wrong : List.of("app?user=app", "pgbouncer?user=app", "pgbouncer?user=stats")) {
            assertThat(read(server.jdbcUrl(wrong)).missing()).as(wrong).hasValueSatisfying(missing -> {
                assertThat(missing.cause()).isEqualTo(Cause.FAILED);
                assertThat(missing.detail())
                        .contains(": PostgreSQL itself answers; want the database pgbouncer at PgBouncer's own port: ");
            });
        }
    }

    @Test
    void stops_asking_at_once_when_it_is_closed() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            String url = "jdbc:postgresql://127.0.0.1:" + silent.getLocalPort() + "/pgbouncer";
            PoolerLook look = new PoolerLook(url, "stats", null, Duration.ofMinutes(5), Clock.systemUTC());
            CompletableFuture<Reading<Poolers>> asking =
                    CompletableFuture.supplyAsync(() -> look.look("app", Optional::empty));
            try (Socket asked = silent.accept()) {
                assertThat(asked.getInputStream().read()).isNotNegative();

                look.close();

                assertThat(asking.get(10, TimeUnit.SECONDS).missing()).isPresent();
            }
        }
    }

    @Test
    void does_not_believe_what_speaks_another_protocol() throws Exception {
        try (ServerSocket chatty = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            CompletableFuture<Void> answering = CompletableFuture.runAsync(() -> {
                try (Socket client = chatty.accept()) {
                    client.getOutputStream().write("NHTTP/1.1 400 Bad Request\r\n\r\n".getBytes());
                    client.getInputStream().readAllBytes(); // until the other side has had enough
                } catch (IOException e) {
                    throw new java.io.UncheckedIOException(e);
                }
            });
            assertThat(read("jdbc:postgresql://127.0.0.1:" + chatty.getLocalPort() + "/pgbouncer?user=postgres")
                            .missing())
                    .hasValueSatisfying(
                            missing -> assertThat(missing.detail()).contains("does not speak PostgreSQL's protocol"));
            answering.join();
        }
    }

    @Test
    void wants_a_url_and_a_user() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new PoolerLook("http://localhost", "stats", null, BUDGET, Clock.systemUTC()))
                .withMessage("want the JDBC URL of PgBouncer's console such as"
                        + " jdbc:postgresql://localhost:6432/pgbouncer, without credentials before the host");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new PoolerLook(
                        "jdbc:postgresql://localhost:6432/pgbouncer", null, null, BUDGET, Clock.systemUTC()))
                .withMessageStartingWith("want the name of one of PgBouncer's stats_users or admin_users");
    }

    private static Connection begun(PgBouncer bouncer) throws SQLException {
        Connection connection = DriverManager.getConnection(bouncer.jdbcUrl("app"), "app", "");
        connection.setAutoCommit(false);
        connection.createStatement().execute("select 1");
        return connection;
    }

    private static void connectAndLeave(PgBouncer bouncer) {
        try {
            DriverManager.getConnection(bouncer.jdbcUrl("app"), "app", "").close();
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static PoolerLook look(PgBouncer bouncer, String user, @Nullable String password) {
        applicationUrl = bouncer.jdbcUrl("app");
        return new PoolerLook(bouncer.jdbcUrl("pgbouncer"), user, password, BUDGET, Clock.systemUTC());
    }

    private static @Nullable String applicationUrl;

    private static Reading<Poolers> look(PoolerLook look) {
        return look.look(
                "app", () -> Optional.ofNullable(applicationUrl).map(url -> Driver.parseURL(url, new Properties())));
    }

    private static Reading<Poolers> read(String url) {
        try (PoolerLook look = new PoolerLook(url, null, null, BUDGET, Clock.systemUTC())) {
            return look.look("app", Optional::empty);
        }
    }

    private static Poolers taken(PoolerLook look) {
        Reading<Poolers> reading = look(look);
        return reading.taken()
                .orElseThrow(() -> new AssertionError(reading.missing().toString()));
    }

    private static Reading.Missing<Poolers> missing(PoolerLook look) {
        return look(look).missing().orElseThrow();
    }
}

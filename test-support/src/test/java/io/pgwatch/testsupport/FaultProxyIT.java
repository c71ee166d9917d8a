package io.pgwatch.testsupport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.net.ConnectException;
import java.net.Socket;
import java.net.SocketException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class FaultProxyIT {

    private FaultProxy proxy;
    private Connection connection;

    @BeforeEach
    void connectThroughProxy(@Postgres PgServer server) throws SQLException {
        proxy = FaultProxy.inFrontOf(server);
        connection = connect();
    }

    @AfterEach
    void close() throws SQLException {
        connection.close();
        proxy.close();
    }

    @Test
    void counts_round_trips_and_not_statements() throws SQLException {
        long before = proxy.roundTrips();

        assertThat(ask("select 1; select 2; select 3")).isEqualTo("1");
        assertThat(proxy.roundTrips() - before).isEqualTo(1);

        connection.setAutoCommit(false);
        ask("select 4"); // pgjdbc sends its BEGIN along
        connection.commit();
        assertThat(proxy.roundTrips() - before).isEqualTo(3);
    }

    @Test
    void counts_connections_and_bytes() throws SQLException {
        long toServer = proxy.bytesToServer();
        long toClient = proxy.bytesToClient();

        connect().close();
        assertThat(ask("select repeat('x', 1000000)")).hasSize(1_000_000);

        assertThat(proxy.connections()).isEqualTo(2);
        assertThat(proxy.bytesToServer() - toServer).isBetween(100L, 10_000L);
        assertThat(proxy.bytesToClient() - toClient).isBetween(1_000_000L, 1_010_000L);
    }

    @Test
    void cuts_one_answer_in_its_middle() throws SQLException {
        proxy.cutAfter(1000);

        assertThatThrownBy(() -> ask("select repeat('x', 1000000)")).isInstanceOf(SQLException.class);
        try (Connection next = connect();
                Statement statement = next.createStatement()) {
            assertThat(statement.execute("select repeat('x', 1000000)")).isTrue();
        }
    }

    @Test
    void leads_to_another_server(@Postgres(with = "work_mem=5MB") PgServer other) throws SQLException {
        proxy.leadTo(other);

        assertThatThrownBy(() -> ask("select 1")).isInstanceOf(SQLException.class);
        try (Connection next = connect();
                Statement statement = next.createStatement();
                ResultSet rows = statement.executeQuery("select current_setting('work_mem')")) {
            rows.next();
            assertThat(rows.getString(1)).isEqualTo("5MB");
        }
    }

    @Test
    void delays_each_round_trip_by_twice_the_latency() throws SQLException {
        proxy.delay(Duration.ofMillis(100));

        assertThat(timeOf(() -> ask("select 1"))).isBetween(Duration.ofMillis(200), Duration.ofMillis(800));
    }

    @Test
    void does_not_delay_each_packet_of_a_long_answer() throws SQLException {
        proxy.delay(Duration.ofMillis(100));

        assertThat(timeOf(() -> ask("select repeat('x', 5000000)"))).isLessThan(Duration.ofSeconds(2));
    }

    @Test
    void answers_nothing_while_stalled_and_loses_nothing_after() throws Exception {
        proxy.stall();
        assertThat(connection.isValid(1)).isFalse();
        assertThatThrownBy(() -> DriverManager.getConnection(url() + "&loginTimeout=1"))
                .isInstanceOf(SQLException.class);

        long before = proxy.connections();
        CompletableFuture<Connection> patient = CompletableFuture.supplyAsync(this::connectUnchecked);
        await().until(() -> proxy.connections() > before);
        assertThat(patient).isNotDone();

        proxy.pass();
        connection = patient.get();
        assertThat(ask("select 5")).isEqualTo("5");
    }

    @Test
    void resets_connections_and_new_ones_too() throws Exception {
        proxy.reset();

        assertFails("08006", () -> ask("select 1"));
        assertThatThrownBy(() -> {
                    try (Socket socket = new Socket("127.0.0.1", proxy.port())) {
                        socket.getInputStream().read();
                    }
                })
                .isInstanceOf(SocketException.class)
                .hasMessageContaining("reset");

        proxy.pass();
        connection = connect();
        assertThat(ask("select 6")).isEqualTo("6");
    }

    @Test
    void refuses_connections_as_a_dead_server_does() throws Exception {
        proxy.refuse();

        assertFails("08006", () -> ask("select 1"));
        assertFails("08001", this::connect);
        assertThatThrownBy(() -> new Socket("127.0.0.1", proxy.port()).close()).isInstanceOf(ConnectException.class);

        proxy.pass();
        connection = connect();
        assertThat(ask("select 7")).isEqualTo("7");
    }

    @Test
    void listens_again_at_once_after_it_has_refused() throws SQLException {
        for (int i = 0; i < 300; i++) {
            proxy.refuse();
            proxy.pass();
        }
        connection = connect();
        assertThat(ask("select 7")).isEqualTo("7");
    }

    private String url() {
        return proxy.jdbcUrl("app") + "?user=plain";
    }

    private Connection connect() throws SQLException {
        return DriverManager.getConnection(url());
    }

    private Connection connectUnchecked() {
        try {
            return connect();
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }

    private String ask(String query) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(query);
            statement.getResultSet().next();
            return statement.getResultSet().getString(1);
        }
    }

    private static Duration timeOf(ThrowingCallable work) {
        long start = System.nanoTime();
        assertThatCode(work).doesNotThrowAnyException();
        return Duration.ofNanos(System.nanoTime() - start);
    }

    private static void assertFails(String sqlState, ThrowingCallable work) {
        assertThatThrownBy(work)
                .isInstanceOfSatisfying(
                        SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo(sqlState));
    }
}

package io.pgwatch.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import io.pgwatch.snapshot.Ceiling;
import io.pgwatch.snapshot.Databases;
import io.pgwatch.snapshot.OldestTables;
import io.pgwatch.snapshot.Reading;
import io.pgwatch.snapshot.Section;
import io.pgwatch.snapshot.Server;
import io.pgwatch.snapshot.Sessions;
import io.pgwatch.testsupport.FreshDatabase;
import io.pgwatch.testsupport.PgServer;
import io.pgwatch.testsupport.Standby;
import io.pgwatch.testsupport.SupportedMajors;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.postgresql.PGProperty;

/** Every SQL file on every major, as each kind of role that a watch may have. */
class QueriesIT {

    private static final List<String> ROLES = List.of("postgres", "monitor", "plain", "app");

    private static final Duration TIME = Duration.ofSeconds(30);

    private static final String WORKERS =
            "select count(*) from pg_stat_activity where backend_type = 'parallel worker'";

    @ParameterizedTest
    @SupportedMajors(with = {"max_connections=30", "wal_level=logical"})
    void every_section_is_read_by_every_role(PgServer server) throws SQLException {
        for (String role : ROLES) {
            Map<Section<?>, Reading<?>> read = readAll(server, role, "app", null);

            assertThat(read.keySet())
                    .as(role)
                    .containsExactlyInAnyOrderElementsOf(
                            Queries.all(Clock.systemUTC(), false, new Crowd(() -> false, Optional::empty)).stream()
                                    .map(Query::section)
                                    .toList());
            assertThat(taken(read, Server.SECTION))
                    .as(role)
                    .isEqualTo(new Server(
                            server.ask("select system_identifier from pg_control_system()"),
                            server.host(),
                            server.port(),
                            server.ask("select split_part(current_setting('server_version'), ' ', 1)"),
                            server.major(),
                            "app",
                            role,
                            false,
                            null));
            assertDatabases(server, taken(read, Databases.SECTION));
            assertThat(taken(read, OldestTables.SECTION).tables()).as(role).isEmpty();
            assertThat(taken(read, Sessions.SECTION).ceilings())
                    .as(role)
                    .singleElement()
                    .satisfies(ceiling -> assertThat(ceiling.used()).isBetween(1, 10))
                    .extracting(Ceiling::kind, Ceiling::name, Ceiling::limit)
                    .containsExactly(Ceiling.Kind.SERVER, "max_connections", role.equals("postgres") ? 30 : 27);
        }
    }

    /** What an interrupted DROP DATABASE leaves: vacuum passes it over, and it holds back no id. */
    @ParameterizedTest
    @SupportedMajors
    void a_database_that_is_half_dropped_is_not_told(PgServer server) throws SQLException {
        server.execute(
                "create database \"half %s 'dropped\"",
                "update pg_database set datconnlimit = -2 where datname like 'half%'");
        try {
            assertThat(taken(readAll(server, "plain", "app", null), Databases.SECTION)
                            .databases())
                    .extracting(Databases.Database::name)
                    .contains("app", "template0")
                    .noneMatch(name -> name.startsWith("half"));
        } finally {
            server.execute("drop database \"half %s 'dropped\"");
        }
    }

    private static void assertDatabases(PgServer server, Databases seen) {
        long nextXid = number(server, "select pg_snapshot_xmax(pg_current_snapshot())");
        assertThat(seen.nextXid()).isBetween(nextXid - 1000, nextXid);
        assertThat(seen.nextMultixact())
                .isEqualTo(number(server, "select next_multixact_id from pg_control_checkpoint()"));
        assertThat(seen.freezeMaxAge()).isEqualTo(200_000_000);
        assertThat(seen.multixactFreezeMaxAge()).isEqualTo(400_000_000);
        assertThat(seen.failsafeAge()).isEqualTo(1_600_000_000);
        assertThat(seen.multixactFailsafeAge()).isEqualTo(1_600_000_000);
        assertThat(seen.databases())
                .extracting(Databases.Database::name)
                .contains("app", "postgres", "template0", "template1");
        for (Databases.Database database : seen.databases()) {
            String where = " from pg_database where datname = '" + database.name() + "'";
            long age = number(server, "select age(datfrozenxid)" + where);
            assertThat(database.xidAge()).isBetween(age - 1000, age);
            assertThat(database.multixactAge()).isEqualTo(number(server, "select mxid_age(datminmxid)" + where));
            assertThat(database.acceptsConnections()).isEqualTo(!database.name().equals("template0"));
        }
    }

    @ParameterizedTest
    @SupportedMajors(with = {"max_connections=30", "wal_level=logical"})
    void every_column_is_what_its_reader_asks_for(PgServer server) throws SQLException {
        try (Connection connection = server.connect("plain", "app")) {
            assertThat(columns(connection, "server")).containsExactly("standby");
            assertThat(columns(connection, "databases"))
                    .containsExactly(
                            "name",
                            "xid_age",
                            "multixact_age",
                            "accepts_connections",
                            "next_xid",
                            "next_multixact",
                            "freeze_max_age",
                            "multixact_freeze_max_age",
                            "failsafe_age",
                            "multixact_failsafe_age");
            assertThat(columns(connection, "sessions"))
                    .containsExactly(
                            "now",
                            "instances",
                            "instances_pool_max",
                            "here",
                            "of_role",
                            "monitor",
                            "client",
                            "hidden",
                            "waits",
                            "pins",
                            "state",
                            "settled",
                            "pid",
                            "sessions",
                            "since",
                            "backend_start",
                            "user",
                            "application",
                            "database",
                            "transaction_since",
                            "xid_age",
                            "xmin_age",
                            "statement");
            assertThat(columns(connection, "arrivals")).containsExactly("sessions", "started");
            assertThat(columns(connection, "holders"))
                    .containsExactly(
                            "kind",
                            "name",
                            "user",
                            "database",
                            "here",
                            "age",
                            "catalog_age",
                            "seconds",
                            "logical",
                            "active_pid",
                            "wal_status");
            assertThat(columns(connection, "lock-waits"))
                    .containsExactly("pid", "waits", "mode", "seconds", "tables", "count", "blockers", "prepared");
            assertThat(columns(connection, "oldest-tables"))
                    .containsExactly(
                            "table",
                            "xid_age",
                            "multixact_age",
                            "bytes",
                            "freeze_max_age",
                            "multixact_freeze_max_age",
                            "temporary",
                            "session");
            assertThat(columns(connection, "multixact-members"))
                    .containsExactly("next_member", "next_multixact", "oldest_multixact");
            assertThat(columns(connection, "capabilities"))
                    .containsExactly("backend_pid", "major", "version", "database", "role");
            assertThat(columns(connection, "system-identifier")).containsExactly("id");
        }
    }

    private static List<String> columns(Connection connection, String section) throws SQLException {
        String text = SqlText.of(section, connection.getMetaData().getDatabaseMajorVersion())
                .replace("?::", "null::");
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(text)) {
            ResultSetMetaData columns = rows.getMetaData();
            List<String> labels = new ArrayList<>();
            for (int i = 1; i <= columns.getColumnCount(); i++) {
                labels.add(columns.getColumnLabel(i));
            }
            return labels;
        }
    }

    @ParameterizedTest
    @SupportedMajors(with = {"max_connections=30", "wal_level=logical"})
    void every_section_is_read_on_a_standby(PgServer server) throws SQLException {
        try (Standby standby = Standby.of(server)) {
            standby.catchUp();
            for (String role : List.of("postgres", "plain")) {
                Map<Section<?>, Reading<?>> read = readAll(standby.server(), role, "app", null);

                Server seen = taken(read, Server.SECTION);
                assertThat(seen.standby()).isTrue();
                assertThat(seen.id()).isEqualTo(server.ask("select system_identifier from pg_control_system()"));
                assertThat(taken(read, Databases.SECTION).databases()).hasSizeGreaterThanOrEqualTo(4);
                assertThat(taken(read, Sessions.SECTION).ceilings().get(0).used())
                        .isEqualTo(1);
                assertThat(taken(read, OldestTables.SECTION).tables()).isEmpty();
            }
        }
    }

    @ParameterizedTest
    @SupportedMajors(with = {"max_connections=30", "wal_level=logical"})
    void every_role_counts_the_same_connections(PgServer server) throws Exception {
        try (Idle others = new Idle();
                FreshDatabase database = server.freshDatabase();
                Replication replication = new Replication(server, database)) {
            others.open(server, "app", "app", 4);
            others.open(server, "plain", "postgres", 2);
            others.open(server, "monitor", "app", 2);
            others.open(server, "postgres", "template1", 1);
            replication.await();
            try (Watches watches = new Watches(server)) {
                watches.awaitClientBackends(9 + Watches.CONNECTIONS);

                for (String role : ROLES) {
                    assertThat(watches.counted(role)).as(role).isEqualTo(9 + Watches.CONNECTIONS);
                }
            }
        }
    }

    /** What the README says of it: exact from 17 on, and before that only other roles' parallel workers are too many. */
    @ParameterizedTest
    @SupportedMajors(with = {"max_connections=30", "wal_level=logical"})
    void parallel_workers_of_others_count_only_where_a_role_cannot_tell_them(PgServer server) throws Exception {
        try (FreshDatabase database = server.freshDatabase();
                Connection owner = database.connect("app");
                Statement statement = owner.createStatement();
                Watches watches = new Watches(server)) {
            statement.execute("create table t as select generate_series(1, 20000) as i");
            statement.execute("analyze t");
            statement.execute("set parallel_setup_cost = 0");
            statement.execute("set parallel_tuple_cost = 0");
            statement.execute("set min_parallel_table_scan_size = 0");
            statement.execute("set max_parallel_workers_per_gather = 2");
            CompletableFuture<Void> query = CompletableFuture.runAsync(() -> runUntilCancelled(statement));
            try {
                await().atMost(TIME).until(() -> watches.ask(WORKERS) == 2);
                watches.awaitClientBackends(1 + Watches.CONNECTIONS);

                for (String role : List.of("postgres", "monitor", "app")) {
                    assertThat(watches.counted(role)).as(role).isEqualTo(1 + Watches.CONNECTIONS);
                }
                assertThat(watches.counted("plain")).isEqualTo(1 + Watches.CONNECTIONS + (server.major() < 17 ? 2 : 0));
                assertThat(watches.ask(WORKERS)).as("all the time").isEqualTo(2);
            } finally {
                statement.cancel();
                query.join();
            }
        }
    }

    private static void runUntilCancelled(Statement statement) {
        try {
            statement.execute("select count(*) from t where pg_sleep(1) is not null");
        } catch (SQLException cancelled) {
            assertThat(cancelled.getSQLState()).isEqualTo("57014");
        }
    }

    @ParameterizedTest
    @SupportedMajors(with = {"max_connections=30", "wal_level=logical"})
    void limits_are_those_of_the_applications_role(PgServer server) throws SQLException {
        try (FreshDatabase database = server.freshDatabase();
                Idle others = new Idle()) {
            server.execute(
                    "create role limited login connection limit 5",
                    "alter database " + database.name() + " connection limit 8");
            others.open(server, "limited", database.name(), 3);
            others.open(server, "app", database.name(), 2);

            Sessions ofLimited = taken(readAll(server, "monitor", database.name(), "limited"), Sessions.SECTION);
            assertThat(ofLimited.ceilings())
                    .extracting(Ceiling::kind, Ceiling::name, Ceiling::used, Ceiling::limit)
                    .contains(
                            tuple(Ceiling.Kind.ROLE, "limited", 3, 5),
                            tuple(Ceiling.Kind.DATABASE, database.name(), 6, 8))
                    .hasSize(3);
            assertThat(ofLimited.free()).isEqualTo(2);

            assertThat(taken(readAll(server, "monitor", database.name(), "postgres"), Sessions.SECTION)
                            .ceilings())
                    .as("neither limit nor reserve is meant for superusers")
                    .singleElement()
                    .extracting(Ceiling::kind, Ceiling::limit)
                    .containsExactly(Ceiling.Kind.SERVER, 30);
        } finally {
            server.execute("drop role if exists limited");
        }
    }

    @ParameterizedTest
    @SupportedMajors(
            from = 16,
            with = {"max_connections=30", "reserved_connections=4"})
    void reserved_connections_are_free_for_those_who_may_use_them(PgServer server) throws SQLException {
        server.execute("create role privileged login in role pg_use_reserved_connections");
        assertThat(limitFor(server, "app")).isEqualTo(23);
        assertThat(limitFor(server, "privileged")).isEqualTo(27);
        assertThat(limitFor(server, "postgres")).isEqualTo(30);
    }

    private static int limitFor(PgServer server, String role) throws SQLException {
        return taken(readAll(server, "plain", "app", role), Sessions.SECTION)
                .ceilings()
                .get(0)
                .limit();
    }

    private static Map<Section<?>, Reading<?>> readAll(
            PgServer server, String role, String database, @Nullable String applicationRole) throws SQLException {
        try (Session session = new Session(server.connect(role, database), false, TIME, TIME, applicationRole)) {
            return new Reader(
                            Queries.all(Clock.systemUTC(), false, new Crowd(() -> false, Optional::empty)),
                            Clock.systemUTC())
                    .read(session, Map.of());
        }
    }

    private static <T> T taken(Map<Section<?>, Reading<?>> read, Section<T> section) {
        Reading<?> reading = read.get(section);
        assertThat(reading).isInstanceOf(Reading.Taken.class);
        return section.type().cast(((Reading.Taken<?>) reading).value());
    }

    private static long number(PgServer server, String query) {
        return Long.parseLong(server.ask(query));
    }

    /** A session of each role that counts, and one of a superuser that knows. */
    private static final class Watches implements AutoCloseable {

        static final int CONNECTIONS = ROLES.size() + 1;

        private final Map<String, Session> sessions = new HashMap<>();
        private final Connection superuser;

        Watches(PgServer server) throws SQLException {
            superuser = server.connect("postgres", "postgres");
            for (String role : ROLES) {
                sessions.put(role, new Session(server.connect(role, "app"), false, TIME, TIME, null));
            }
        }

        /** What this test has opened remains; what others have closed may take a moment to go. */
        void awaitClientBackends(int count) {
            await().pollDelay(Duration.ZERO)
                    .atMost(TIME)
                    .until(() -> ask("select count(*) from pg_stat_activity where backend_type = 'client backend'")
                            == count);
        }

        int counted(String role) throws SQLException {
            Map<Section<?>, Reading<?>> read = new Reader(
                            Queries.all(Clock.systemUTC(), false, new Crowd(() -> false, Optional::empty)),
                            Clock.systemUTC())
                    .read(Objects.requireNonNull(sessions.get(role)), Map.of());
            return taken(read, Sessions.SECTION).ceilings().get(0).used();
        }

        int ask(String query) throws SQLException {
            try (Statement statement = superuser.createStatement();
                    ResultSet row = statement.executeQuery(query)) {
                row.next();
                return row.getInt(1);
            }
        }

        @Override
        public void close() throws SQLException {
            sessions.values().forEach(Session::close);
            superuser.close();
        }
    }

    /** Sessions that do nothing. */
    private static final class Idle implements AutoCloseable {

        private final Set<Connection> open = new HashSet<>();

        void open(PgServer server, String user, String database, int count) throws SQLException {
            for (int i = 0; i < count; i++) {
                open.add(server.connect(user, database));
            }
        }

        @Override
        public void close() throws SQLException {
            for (Connection connection : open) {
                connection.close();
            }
        }
    }

    /** A walsender, a logical worker that it feeds, and one that only waits: none takes a slot of max_connections. */
    private static final class Replication implements AutoCloseable {

        private final PgServer server;
        private final FreshDatabase target;
        private final Connection walsender;

        Replication(PgServer server, FreshDatabase target) throws SQLException {
            this.server = server;
            this.target = target;
            server.execute(
                    "create publication nothing", "select pg_create_logical_replication_slot('nothing', 'pgoutput')");
            target.execute("create subscription nothing connection 'host=" + server.host() + " port=" + server.port()
                    + " user=postgres dbname=postgres' publication nothing with (create_slot = false)");
            java.util.Properties properties = new java.util.Properties();
            PGProperty.USER.set(properties, "postgres");
            PGProperty.REPLICATION.set(properties, "database");
            PGProperty.ASSUME_MIN_SERVER_VERSION.set(properties, "14");
            PGProperty.PREFER_QUERY_MODE.set(properties, "simple");
            walsender = java.sql.DriverManager.getConnection(server.jdbcUrl("app"), properties);
        }

        void await() {
            org.awaitility.Awaitility.await().atMost(TIME).until(() -> {
                String seen =
                        server.ask("select string_agg(backend_type, ',' order by backend_type) from pg_stat_activity"
                                + " where backend_type in ('walsender', 'logical replication worker',"
                                + " 'logical replication apply worker')");
                return seen.startsWith("logical replication") && seen.endsWith(",walsender,walsender");
            });
        }

        @Override
        public void close() throws SQLException {
            walsender.close();
            target.execute("drop subscription nothing"); // and the slot with it
            server.execute("drop publication nothing");
        }
    }
}

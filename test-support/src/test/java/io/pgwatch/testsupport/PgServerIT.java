package io.pgwatch.testsupport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PgServerIT {

    @ParameterizedTest
    @SupportedMajors
    void is_of_the_major_asked_for_and_knows_its_roles(PgServer server) throws SQLException {
        try (Connection monitor = server.connect("monitor", "app")) {
            assertThat(monitor.getMetaData().getDatabaseMajorVersion()).isEqualTo(server.major());
        }

        assertThat(server.ask("select pg_has_role('monitor', 'pg_read_all_stats', 'usage')"))
                .isEqualTo("t");
        assertThat(server.ask("select pg_has_role('plain', 'pg_read_all_stats', 'usage')"))
                .isEqualTo("f");
        server.database("app").executeAs("app", "create table mine ()", "drop table mine");
    }

    @ParameterizedTest
    @SupportedMajors
    void gives_a_database_that_drops_itself(PgServer server) throws SQLException {
        String count = "select count(*) from pg_database where datname = '%s'";
        FreshDatabase fresh = server.freshDatabase();
        fresh.executeAs("app", "create table t (i int)", "insert into t values (7)");
        assertThat(fresh.ask("select i from t")).isEqualTo("7");

        try (Connection stillThere = fresh.connect("plain")) {
            fresh.close();

            assertThat(server.ask(count.formatted(fresh.name()))).isEqualTo("0");
        }
    }

    @Test
    void is_shared_by_tests_that_want_the_same(
            @Postgres PgServer one, @Postgres PgServer same, @Postgres(with = "max_connections=30") PgServer other) {
        assertThat(same).isSameAs(one);
        assertThat(other).isNotSameAs(one);
        assertThat(other.ask("show max_connections")).isEqualTo("30");
    }

    @Test
    void goes_on_when_shared_though_somebody_closes_it(@Postgres PgServer server) {
        server.close();

        assertThat(server.ask("select 1")).isEqualTo("1");
        assertThatIllegalStateException().isThrownBy(server::stop).withMessageContaining("other tests");
    }

    @ParameterizedTest
    @ValueSource(ints = {14, 18})
    void keeps_data_and_port_over_restarts_and_takes_its_files_along(int major) {
        Path data;
        try (PgServer server = PgServer.major(major).with("work_mem", "1MB").start()) {
            data = server.dataDirectory();
            int port = server.port();
            server.execute("create table kept (i int)");

            server.stop();
            assertThatThrownBy(() -> server.ask("select 1"))
                    .isInstanceOfSatisfying(
                            Database.SqlFailure.class,
                            e -> assertThat(e.sqlState()).isEqualTo("08001"));
            server.start();
            server.restartWith(Map.of("work_mem", "2MB"));
            server.crash();
            server.start();

            assertThat(server.port()).isEqualTo(port);
            assertThat(server.ask("select count(*) from kept")).isEqualTo("0");
            assertThat(server.ask("show work_mem")).isEqualTo("2MB");
            assertThat(server.log()).contains("database system was interrupted");
        }
        assertThat(Files.exists(data)).isFalse();
    }

    @Test
    void lets_alter_system_have_the_last_word() {
        try (PgServer server =
                PgServer.major(Majors.newest()).with("work_mem", "1MB").start()) {
            server.execute("alter system set work_mem = '3MB'", "select pg_reload_conf()");

            server.restartWith(Map.of());

            assertThat(server.ask("show work_mem")).isEqualTo("3MB");
        }
    }

    @Test
    void gives_no_sign_of_life_while_frozen() throws Exception {
        try (PgServer server = PgServer.major(Majors.newest()).start();
                Connection early = server.connect("plain", "app")) {
            server.freeze();

            assertThat(early.isValid(1)).isFalse();
            assertThatThrownBy(() -> DriverManager.getConnection(server.jdbcUrl("app") + "?user=plain&loginTimeout=1"))
                    .isInstanceOf(SQLException.class);
            new Socket(server.host(), server.port()).close();

            server.thaw();

            assertThat(server.ask("select 1")).isEqualTo("1");
        }
    }

    @Test
    void ends_when_closed_while_frozen() {
        PgServer server = PgServer.major(Majors.newest()).start();
        Path data = server.dataDirectory();
        Postmaster postmaster = Postmaster.workingIn(data).get(0);
        server.freeze();

        server.close();

        assertThat(postmaster.process().isAlive()).isFalse();
        assertThat(Files.exists(data)).isFalse();
    }

    @Test
    void says_why_it_does_not_start() {
        assertThatIllegalStateException()
                .isThrownBy(() ->
                        PgServer.major(Majors.newest()).with("work_mem", "much").start())
                .withMessageContaining("invalid value for parameter \"work_mem\"");
    }
}

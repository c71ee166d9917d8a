package io.pgwatch.testsupport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgwatch.testsupport.PgBouncer.PoolMode;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PgBouncerIT {

    @ParameterizedTest
    @CsvSource({"SESSION, false", "TRANSACTION, true"})
    void shares_a_server_connection_or_not(PoolMode mode, boolean shared, @Postgres PgServer server)
            throws SQLException {
        try (PgBouncer bouncer = PgBouncer.inFrontOf(server, mode);
                Connection one = connect(bouncer);
                Connection other = connect(bouncer)) {
            assertThat(backend(one) == backend(other)).isEqualTo(shared);
        }
    }

    @Test
    void says_why_it_does_not_start(@Postgres PgServer server) {
        assertThatThrownBy(() -> PgBouncer.inFrontOf(server, PoolMode.SESSION, Map.of("no_such_setting", "1")))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("no_such_setting");
    }

    private static Connection connect(PgBouncer bouncer) throws SQLException {
        return DriverManager.getConnection(bouncer.jdbcUrl("app") + "?user=plain&prepareThreshold=0");
    }

    private static int backend(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("select pg_backend_pid()")) {
            rows.next();
            return rows.getInt(1);
        }
    }
}

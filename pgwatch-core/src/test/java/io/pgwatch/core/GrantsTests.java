package io.pgwatch.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GrantsTests {

    @ParameterizedTest(name = "{1}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "ERROR: permission denied for function pg_stat_get_wal_senders | GRANT EXECUTE ON FUNCTION pg_catalog.\"pg_stat_get_wal_senders\" TO \"app\";",
                "ERROR: permission denied for view pg_stat_activity | GRANT SELECT ON pg_catalog.\"pg_stat_activity\" TO \"app\";",
                "FATAL: permission denied for database \"Orders\" | GRANT CONNECT ON DATABASE \"Orders\" TO \"app\";"
            })
    void names_the_grant_that_a_refusal_asks_for(String message, String grant) {
        assertThat(Grants.lacking(new SQLException(message, "42501"), "app")).isEqualTo(grant);
    }

    @Test
    void knows_none_for_another_error() {
        assertThat(Grants.lacking(new SQLException("permission denied for view x", "57014"), "app"))
                .isNull();
        assertThat(Grants.lacking(new SQLException("keine Berechtigung für Sicht x", "42501"), "app"))
                .isNull();
    }

    @Test
    void quotes_the_role() {
        assertThat(Grants.lacking(new SQLException("permission denied for view v", "42501"), "o\n\u001b"))
                .endsWith(" TO U&\"o\\+00000a\\+00001b\";");
        assertThat(Grants.lacking(new SQLException("permission denied for view v", "42501"), "o\"ops"))
                .endsWith(" TO \"o\"\"ops\";");
    }
}

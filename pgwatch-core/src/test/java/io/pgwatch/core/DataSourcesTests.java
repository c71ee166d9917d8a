package io.pgwatch.core;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DataSourcesTests {

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "jdbc:postgresql://localhost:5432/orders | orders",
                "jdbc:postgresql://localhost/orders?user=me&currentSchema=a/b | orders",
                "jdbc:postgresql://one:1,two:2/orders | orders",
                "jdbc:postgresql://[::1]:5433/my%20orders | my orders",
                "jdbc:postgresql:orders | orders",
                "jdbc:postgresql:orders?user=me | orders"
            })
    void names_the_database_of_a_url_as_the_driver_would(String url, String database) {
        assertThat(DataSources.databaseOf(url)).contains(database);
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(
            strings = {
                "jdbc:postgresql://localhost/",
                "jdbc:postgresql://localhost",
                "jdbc:postgresql://localhost?user=me",
                "jdbc:postgresql:",
                "jdbc:postgresql:/",
                "jdbc:postgresql://localhost/%zz",
                "jdbc:mysql://localhost/orders"
            })
    void names_none_where_the_url_does_not(String url) {
        assertThat(DataSources.databaseOf(url)).isEmpty();
    }

    @Test
    void knows_a_url_of_postgresql() {
        assertThat(DataSources.isPostgres("jdbc:postgresql:x")).isTrue();
        assertThat(DataSources.isPostgres("jdbc:postgres:x")).isFalse();
    }
}

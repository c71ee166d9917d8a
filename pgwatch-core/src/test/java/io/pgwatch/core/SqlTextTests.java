package io.pgwatch.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SqlTextTests {

    private static final Path SQL = Path.of("src/main/resources/io/pgwatch/core/sql");

    @Test
    void takes_the_newest_text_that_the_server_knows() {
        assertThat(SqlText.of("sessions", 16)).doesNotContain("idset");
        assertThat(SqlText.of("sessions", 16)).isEqualTo(SqlText.of("sessions", 14));
        assertThat(SqlText.of("sessions", 17)).isNotEqualTo(SqlText.of("sessions", 16));
        assertThat(SqlText.of("sessions", 18)).isEqualTo(SqlText.of("sessions", 17));
        assertThat(SqlText.of("sessions", 23)).isEqualTo(SqlText.of("sessions", 17));
    }

    @Test
    void knows_no_text_for_a_server_that_is_older_than_all() {
        assertThatIllegalStateException()
                .isThrownBy(() -> SqlText.of("sessions", 13))
                .withMessage("there is no SQL sessions for PostgreSQL 13");
    }

    @Test
    void sends_the_statement_with_its_name_and_without_its_comments() {
        assertThat(SqlText.of("server", 18))
                .isEqualTo("/* pgwatch:server */ select pg_catalog.pg_is_in_recovery() as standby");
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("files")
    void every_file_says_what_it_reads_what_it_needs_and_what_it_costs(Path file) throws IOException {
        List<String> comments = Files.readAllLines(file).stream()
                .filter(line -> line.startsWith("--"))
                .toList();

        assertThat(comments.get(0)).endsWith(".");
        assertThat(comments).anyMatch(line -> line.startsWith("-- Rows: "));
        assertThat(comments).anyMatch(line -> line.startsWith("-- Grant: "));
        assertThat(comments).anyMatch(line -> line.startsWith("-- Cost: "));
    }

    @Test
    void every_query_has_a_folder_of_its_own() {
        assertThat(Queries.all(Clock.systemUTC(), false, new Crowd(() -> false, Optional::empty)))
                .allSatisfy(query -> assertThat(query.textFor(14)).isNotEmpty());
    }

    static Stream<Path> files() throws IOException {
        try (Stream<Path> files = Files.walk(SQL)) {
            return files.filter(Files::isRegularFile).toList().stream();
        }
    }
}

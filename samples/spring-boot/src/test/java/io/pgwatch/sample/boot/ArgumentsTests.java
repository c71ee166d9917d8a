package io.pgwatch.sample.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.pgwatch.sample.boot.Arguments.Incident;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ArgumentsTests {

    @Test
    void all_may_be_left_out() {
        Arguments arguments = Arguments.parse();

        assertThat(arguments.incident()).isEmpty();
        assertThat(arguments.jdbcUrl()).isEmpty();
    }

    @Test
    void help_is_told_without_a_java_and_before_anything_is_built() throws Exception {
        ProcessBuilder help = new ProcessBuilder("sh", "../run.sh", "--help").redirectErrorStream(true);
        help.environment().put("JAVA_HOME", "/none");

        Process process = help.start();
        String told = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(process.waitFor()).as(told).isZero();
        assertThat(told).startsWith("usage: samples/run.sh ").contains("--port N");
        assertThat(Incident.values()).allSatisfy(incident -> assertThat(told).contains("--incident " + incident));
    }

    @Test
    void all_may_be_given() throws IOException {
        int port = freePort();

        Arguments arguments = Arguments.parse(
                "--incident", "pool", "--port", Integer.toString(port), "jdbc:postgresql://localhost/orders");

        assertThat(arguments)
                .isEqualTo(new Arguments(
                        Optional.of(Incident.POOL), port, Optional.of("jdbc:postgresql://localhost/orders")));
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "--incident | want a value behind --incident",
                "--incident fire | unknown incident 'fire'; there are idle, pool, wraparound, bloat",
                "--port many | want a port from 1 to 65535, got 'many'",
                "--port 70000 | want a port from 1 to 65535, got '70000'",
                "--json | unknown option --json; usage: samples/run.sh",
                "jdbc:mysql://me:secret@localhost/x | want a JDBC URL such as jdbc:postgresql://localhost:5432/orders",
                "jdbc:postgresql://localhost:many/x?password=secret | want a JDBC URL such as",
                "jdbc:postgresql:x jdbc:postgresql:y | want one JDBC URL",
                "--incident wraparound jdbc:postgresql:x | leave the JDBC URL out",
            })
    void what_is_wrong_is_named_in_one_line_without_secrets(String line, String message) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Arguments.parse(line.split(" ")))
                .withMessageContaining(message)
                .satisfies(e -> assertThat(e.getMessage()).doesNotContain("\n", "secret"));
    }

    @Test
    void a_port_that_is_taken_is_refused() throws IOException {
        try (ServerSocket taken = new ServerSocket(0)) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> Arguments.parse("--port", Integer.toString(taken.getLocalPort())))
                    .withMessageContaining("is taken");
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }
}

package io.pgwatch.sample.check;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.pgwatch.testsupport.FreshDatabase;
import io.pgwatch.testsupport.PgServer;
import io.pgwatch.testsupport.Postgres;
import io.pgwatch.testsupport.SupportedMajors;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Runs the built program, as its users do. */
class CheckIT {

    /** The program's end. */
    private record Run(int exitCode, String out, String err) {}

    @ParameterizedTest
    @SupportedMajors
    void reports_once_to_standard_output(PgServer server) throws Exception {
        Run run = check(server.jdbcUrl("app") + "?user=plain");

        assertThat(run.err()).isEmpty();
        assertThat(run.out()).startsWith("app: OK").contains("pool-saturation", "wraparound");
        assertThat(run.exitCode()).isZero();
    }

    @Test
    void runs_as_the_script_from_any_directory(@Postgres PgServer server, @TempDir Path elsewhere) throws Exception {
        Path script = Path.of("..", "check.sh").toAbsolutePath().normalize();
        Process process = new ProcessBuilder(
                        script.toString(), "--json", "--top", "1", server.jdbcUrl("app") + "?user=monitor")
                .directory(elsewhere.toFile())
                .start();

        Run run = end(process);

        assertThat(run.err()).isEmpty();
        assertThat(run.out()).startsWith("{\"watch\":\"app\",\"level\":\"OK\"").endsWith("}\n");
        assertThat(run.out().split("\"xidAge\"")).hasSize(2);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            echo 'openjdk version "11.0.2" 2019-01-15' | want a JDK of 17 or newer, got openjdk version "11.0.2" 2019-01-15 as
            echo 'java version "1.8.0_392"' | want a JDK of 17 or newer, got java version "1.8.0_392" as
            exit 1 | want a JDK of 17 or newer, found none as
            """)
    void says_in_one_line_that_java_is_missing_or_too_old(String java, String reason, @TempDir Path home)
            throws Exception {
        Path program = Files.createDirectory(home.resolve("bin")).resolve("java");
        Files.writeString(program, "#!/bin/sh\n" + java + " >&2\n");
        assertThat(program.toFile().setExecutable(true)).isTrue();

        assertComplaint(end(script(Map.of("JAVA_HOME", home.toString()), "jdbc:postgresql://localhost/app")), reason);
        Files.delete(program);
        assertComplaint(
                end(script(Map.of("JAVA_HOME", home.toString()), "jdbc:postgresql://localhost/app")), "found none as");
    }

    @Test
    void ends_with_the_level(@Postgres PgServer server) throws Exception {
        server.execute("create role check_busy login connection limit 5");
        String url = server.jdbcUrl("app") + "?user=check_busy";
        List<Connection> busy = new ArrayList<>();
        try {
            for (int i = 0; i < 3; i++) {
                busy.add(server.connect("check_busy", "app"));
            }
            assertThat(check(url).exitCode()).isEqualTo(1);

            busy.add(server.connect("check_busy", "app"));
            assertThat(check(url).exitCode()).isEqualTo(2);

            busy.add(server.connect("check_busy", "app"));
            Run refused = check(url);
            assertThat(refused.exitCode()).isEqualTo(2);
            assertThat(refused.out()).contains("53300").contains("too many connections for role");
            assertThat(refused.err()).isEmpty();
        } finally {
            for (Connection connection : busy) {
                connection.close();
            }
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            app?user=nobody | role "nobody" does not exist (SQLSTATE 28000)
            nope?user=plain | database "nope" does not exist (SQLSTATE 3D000)
            """)
    void says_in_one_line_why_the_server_does_not_let_it_in(String rest, String reason, @Postgres PgServer server)
            throws Exception {
        assertComplaint(check(server.jdbcUrl("") + rest), reason);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            jdbc:postgresql://127.0.0.1:1/app | Connection refused
            jdbc:postgresql://127.0.0.1:port/app | 127.0.0.1:port
            jdbc:mysql://localhost/app | want a JDBC URL of PostgreSQL
            --frob | unknown option '--frob'
            --wait | want a time such as 500ms, 30s or 2m after --wait, got nothing
            --wait long | got 'long'
            --wait 999999999m jdbc:postgresql://127.0.0.1:1/app | got '999999999m'
            --top 0 | want a whole number from 1 on after --top, got '0'
            one two | want one JDBC URL
            --json | want a JDBC URL
            """)
    void says_in_one_line_what_is_wrong_with_the_command_line(String words, String reason) throws Exception {
        assertComplaint(check(words.split(" ")), reason);
    }

    @Test
    void takes_the_password_from_the_url_the_environment_or_a_file(@TempDir Path directory) throws Exception {
        try (PgServer server = PgServer.major(18).start()) {
            server.execute("create role secretive login password 'open sesame'");
            Files.writeString(
                    server.dataDirectory().resolve("pg_hba.conf"),
                    "host all postgres 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 scram-sha-256\n");
            server.execute("select pg_reload_conf()");
            String url = server.jdbcUrl("app") + "?user=secretive";
            Path file = Files.writeString(
                    directory.resolve("pgpass"), "127.0.0.1:" + server.port() + ":app:secretive:open sesame\n");

            assertThat(check(url + "&password=open%20sesame").exitCode()).isZero();
            assertThat(check(Map.of("PGPASSWORD", "open sesame"), url).exitCode())
                    .isZero();
            assertThat(check(Map.of("PGPASSFILE", file.toString()), url).exitCode())
                    .isZero();
            assertComplaint(check(Map.of("PGPASSWORD", "wrong"), url), "password authentication failed");
            assertComplaint(check(url), "no password was provided");
        }
    }

    @Test
    void watches_until_it_is_stopped_and_leaves_no_session_behind(@Postgres PgServer server) throws Exception {
        try (FreshDatabase database = server.freshDatabase()) {
            Process process = start(Map.of(), "--watch", database.jdbcUrl() + "?user=plain");
            assertThat(process.inputReader(UTF_8).readLine()).startsWith(database.name() + ": OK");

            process.toHandle().destroy(); // SIGTERM, which ends a JVM as Ctrl-C does

            assertThat(process.waitFor(3, TimeUnit.SECONDS)).isTrue();
            assertThat(new String(process.getErrorStream().readAllBytes(), UTF_8))
                    .isEmpty();
            assertThat(server.ask(
                            "select count(*) from pg_stat_activity where datname = '%s'".formatted(database.name())))
                    .isEqualTo("0");
        }
    }

    private static void assertComplaint(Run run, String reason) {
        assertThat(run.err()).startsWith("check.sh: ").contains(reason).hasLineCount(1);
        assertThat(run.out()).isEmpty();
        assertThat(run.exitCode()).isEqualTo(3);
    }

    private static Run check(String... words) throws Exception {
        return check(Map.of(), words);
    }

    private static Run check(Map<String, String> environment, String... words) throws Exception {
        return end(start(environment, words));
    }

    private static Process script(Map<String, String> environment, String... words) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(
                Stream.concat(Stream.of(Path.of("..", "check.sh").toString()), Stream.of(words))
                        .toList());
        builder.environment().putAll(environment);
        return builder.start();
    }

    private static Process start(Map<String, String> environment, String... words) throws IOException {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        ProcessBuilder builder = new ProcessBuilder(
                Stream.concat(Stream.of(java, "-jar", System.getProperty("check.jar")), Stream.of(words))
                        .toList());
        builder.environment().keySet().removeIf(name -> name.startsWith("PG"));
        builder.environment().putAll(environment);
        return builder.start();
    }

    private static Run end(Process process) throws Exception {
        try (InputStream out = process.getInputStream();
                InputStream err = process.getErrorStream()) {
            String said = new String(out.readAllBytes(), UTF_8);
            String complained = new String(err.readAllBytes(), UTF_8);
            assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
            return new Run(process.exitValue(), said, complained);
        }
    }
}

package io.pgwatch.testsupport;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ScratchIT {

    @Test
    void of_a_killed_jvm_is_removed_and_its_frozen_server_ended() throws Exception {
        Process jvm = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Dpgwatch.pg-binaries=" + System.getProperty("pgwatch.pg-binaries"),
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        LeavesAFrozenServer.class.getName())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader output =
                new BufferedReader(new InputStreamReader(jvm.getInputStream(), StandardCharsets.UTF_8))) {
            Path data = Path.of(output.readLine());
            Path ofTheJvm = data.getParent().getParent();
            Postmaster left = Postmaster.workingIn(data).get(0);

            Scratch.removeIfLeft(ofTheJvm);
            assertThat(left.process().isAlive()).isTrue();

            jvm.destroyForcibly().waitFor();
            Scratch.removeIfLeft(ofTheJvm);
            assertThat(left.process().isAlive()).isFalse();
            assertThat(Files.exists(ofTheJvm)).isFalse();
        } finally {
            jvm.destroyForcibly();
        }
    }

    static final class LeavesAFrozenServer {

        public static void main(String[] args) throws Exception {
            PgServer server = PgServer.major(Majors.newest()).start();
            server.freeze();
            System.gc(); // must not cost it its lock
            System.out.println(server.dataDirectory());
            System.in.read();
        }
    }
}

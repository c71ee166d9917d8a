package io.pgwatch.testsupport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ScratchIT {

    @Test
    void of_a_killed_jvm_is_removed_and_its_frozen_server_ended() throws Exception {
        Process jvm = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Dpgwatch.pg-binaries=" + System.getProperty("pgwatch.pg-binaries"),
                        "-Dpgwatch.data-in-memory=" + System.getProperty("pgwatch.data-in-memory"),
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

    @Test
    void is_in_memory_where_the_run_asks_for_that_and_there_is_room() throws Exception {
        Path memory = Path.of("/dev/shm");
        assumeTrue(Files.isWritable(memory) && memory.toFile().getUsableSpace() >= Scratch.ROOM);

        Path directory = Scratch.newDirectory("data");

        assertThat(directory).startsWith(memory);
        Scratch.delete(directory);
    }

    @Test
    void is_deleted_while_somebody_else_deletes_it(@TempDir Path parent) throws Exception {
        Path directory = parent.resolve("left");
        for (int i = 0; i < 10_000; i++) {
            Files.createFile(
                    Files.createDirectories(directory.resolve("" + i % 10)).resolve("file" + i));
        }
        CompletableFuture<Void> somebodyElse = CompletableFuture.runAsync(() -> Scratch.delete(directory));
        await().pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(1)).until(() -> entries(directory) < 10);

        Scratch.delete(directory);

        somebodyElse.get(1, TimeUnit.MINUTES);
        assertThat(directory).doesNotExist();
    }

    private static int entries(Path directory) {
        String[] names = directory.toFile().list();
        return names == null ? 0 : names.length;
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

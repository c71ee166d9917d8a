package io.pgwatch.testsupport;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** Prometheus' own check of what a scrape gives, where it is installed. */
public final class Promtool {

    private Promtool() {}

    public static boolean isHere() throws InterruptedException {
        try {
            return new ProcessBuilder("promtool", "--version")
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException e) {
            return false;
        }
    }

    /** What it says against the text of a scrape; empty when it has nothing to say. */
    public static String check(String scraped) throws IOException, InterruptedException {
        Path folder = Files.createTempDirectory("promtool");
        Path text = Files.writeString(folder.resolve("metrics.txt"), scraped, StandardCharsets.UTF_8);
        Path said = folder.resolve("said.txt");
        try {
            Process promtool = new ProcessBuilder("promtool", "check", "metrics")
                    .redirectInput(text.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(said.toFile())
                    .start();
            if (!promtool.waitFor(30, TimeUnit.SECONDS)) {
                promtool.destroyForcibly();
                return "no answer in 30 s";
            }
            String words = Files.readString(said);
            return promtool.exitValue() == 0 || !words.isEmpty() ? words : "exit code " + promtool.exitValue();
        } finally {
            Files.deleteIfExists(text);
            Files.deleteIfExists(said);
            Files.deleteIfExists(folder);
        }
    }
}

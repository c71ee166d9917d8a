package io.pgwatch.core;

import io.pgwatch.core.text.OneLine;
import io.pgwatch.probe.Probe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;

/**
 * What a watch was told.
 *
 * @param queryText whether findings show statements, literals included
 * @param instance what tells this process from its siblings
 * @param clock by which times are compared; nobody sets it
 * @param calendar by which reports are dated, for those who read them
 */
record WatchOptions(
        String name,
        Duration interval,
        Duration budget,
        ConnectionMode mode,
        Targets targets,
        List<Probe<?>> probes,
        ApplicationSide application,
        boolean queryText,
        String instance,
        Clock clock,
        Clock calendar) {

    /** Bytes of application_name that the server keeps. */
    private static final int NAME_BYTES = 63;

    private static final int WATCH_BYTES = 24;

    /** Host name and pid; no name service is asked, which could take its time. */
    static String thisProcess() {
        return hostName() + ":" + ProcessHandle.current().pid();
    }

    private static String hostName() {
        String told = System.getenv().getOrDefault("HOSTNAME", System.getenv().getOrDefault("COMPUTERNAME", ""));
        if (!told.isBlank()) {
            return told;
        }
        try {
            return Files.readString(Path.of("/etc/hostname")).strip();
        } catch (IOException | RuntimeException unknown) {
            return "jvm";
        }
    }

    /** The name as a log and a list of threads take it. */
    String nameInLine() {
        return OneLine.of(name);
    }

    /**
     * The application_name of this watch's sessions, from which siblings count each other: the pools' maximum stays whole, and of
     * the watch's name, by which siblings know each other, the beginning. The instance gives way, but for its end, in which
     * the instances of one service differ.
     *
     * @param poolMaximum 0 where it is not to be counted
     */
    String applicationName(int poolMaximum) {
        String watch = ascii(name);
        String beginning = "pgwatch " + watch.substring(0, Math.min(watch.length(), WATCH_BYTES)) + " ";
        String max = " max=" + poolMaximum;
        String who = ascii(instance);
        int room = NAME_BYTES - beginning.length() - max.length();
        return beginning + who.substring(Math.max(0, who.length() - room)) + max;
    }

    /** The server replaces other characters by question marks, or keeps them and counts bytes. */
    private static String ascii(String text) {
        return text.replaceAll("[^\\x21-\\x7e]", "_");
    }
}

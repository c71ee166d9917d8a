package io.pgwatch.core;

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
        Clock clock) {

    /** Bytes of application_name that the server keeps. */
    private static final int NAME_BYTES = 63;

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

    /**
     * The application_name of this watch's sessions, from which siblings count each other: the pools' maximum stays whole;
     * the watch's name gives way first, then the instance.
     */
    String applicationName(int poolMaximum) {
        String max = " max=" + poolMaximum;
        String who = cut(" " + ascii(instance), NAME_BYTES - "pgwatch".length() - max.length());
        return cut("pgwatch " + ascii(name), NAME_BYTES - who.length() - max.length()) + who + max;
    }

    private static String cut(String text, int length) {
        return text.substring(0, Math.min(text.length(), length));
    }

    /** The server replaces other characters by question marks, or keeps them and counts bytes. */
    private static String ascii(String text) {
        return text.replaceAll("[^\\x21-\\x7e]", "_");
    }
}

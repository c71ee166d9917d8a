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
 * @param instance what tells this process from its siblings
 */
record WatchOptions(
        String name,
        Duration interval,
        Duration budget,
        ConnectionMode mode,
        Targets targets,
        List<Probe<?>> probes,
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
     * The application_name of this watch's sessions, from which siblings count each other: the instance and the pools'
     * maximum stay whole, and the watch's name gives way first.
     */
    String applicationName(int poolMaximum) {
        String tail = " " + ascii(instance) + " max=" + poolMaximum;
        String head = "pgwatch " + ascii(name);
        int room = Math.max("pgwatch".length(), NAME_BYTES - tail.length());
        String whole = head.substring(0, Math.min(head.length(), room)) + tail;
        return whole.substring(0, Math.min(whole.length(), NAME_BYTES));
    }

    /** The server replaces other characters by question marks, or keeps them and counts bytes. */
    private static String ascii(String text) {
        return text.replaceAll("[^\\x21-\\x7e]", "_");
    }
}

package io.pgwatch.sample.boot;

import org.slf4j.LoggerFactory;

/** What the user reads. */
final class Terminal {

    private Terminal() {}

    static void say(String text) {
        System.out.println(text);
        System.out.flush();
    }

    /** Ctrl-C stops the server and the application at the same time, and nobody wants to read how they miss each other. */
    static void quietWhileStopping() {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            if (LoggerFactory.getILoggerFactory() instanceof ch.qos.logback.classic.LoggerContext logback) {
                logback.stop();
            }
        }));
    }
}

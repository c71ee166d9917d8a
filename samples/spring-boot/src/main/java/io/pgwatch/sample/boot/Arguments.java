package io.pgwatch.sample.boot;

import java.io.IOException;
import java.net.ServerSocket;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.postgresql.Driver;

/**
 * What was asked for.
 *
 * @param incident the trouble to make, if any
 * @param port free when it was looked at
 * @param jdbcUrl somebody's server; empty for one of the sample's own
 */
record Arguments(Optional<Incident> incident, int port, Optional<String> jdbcUrl) {

    private static final String USAGE = "usage: samples/run.sh [--incident " + names("|") + "] [--port N] [JDBC_URL]";
    private static final int USUAL_PORT = 8080;
    private static final int BAD_ARGUMENTS = 2;

    /** The trouble that the sample can make. */
    enum Incident {
        /** A thread begins a transaction, and leaves it open. */
        IDLE,
        /** Threads keep all connections of the pool. */
        POOL,
        /** The server has used up most of its transaction ids. */
        WRAPAROUND,
        /** A table that was much larger once, and its index. */
        BLOAT;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** Thresholds that it reaches within a minute, rather than after an hour or a day of ordinary work. */
        String[] thresholds() {
            return switch (this) {
                case IDLE ->
                    new String[] {
                        "--pgwatch.probes.idle-in-transaction.harmful-idle=1s",
                        "--pgwatch.probes.idle-in-transaction.warning-idle=20s",
                        "--pgwatch.probes.idle-in-transaction.fresh-age=1000",
                        "--pgwatch.probes.horizon.warning-age=1000",
                        "--pgwatch.probes.horizon.critical-age=10000"
                    };
                case BLOAT -> new String[] {"--pgwatch.probes.bloat.warning-bytes=" + Bloater.WARNING_BYTES};
                case POOL, WRAPAROUND -> new String[0];
            };
        }
    }

    static Arguments parseOrExit(String... args) {
        try {
            return parse(args);
        } catch (IllegalArgumentException e) {
            System.err.println("run.sh: " + e.getMessage());
            System.exit(BAD_ARGUMENTS);
            throw e;
        }
    }

    static Arguments parse(String... args) {
        Optional<Incident> incident = Optional.empty();
        Optional<Integer> port = Optional.empty();
        Optional<String> url = Optional.empty();
        for (int i = 0; i < args.length; i++) {
            switch (args[i]) {
                case "--incident" -> incident = Optional.of(incident(valueOf("--incident", args, ++i)));
                case "--port" -> port = Optional.of(port(valueOf("--port", args, ++i)));
                default -> {
                    if (args[i].startsWith("-")) {
                        throw new IllegalArgumentException("unknown option " + args[i] + "; " + USAGE);
                    }
                    if (url.isPresent()) {
                        throw new IllegalArgumentException("want one JDBC URL, got a second argument; " + USAGE);
                    }
                    url = Optional.of(url(args[i]));
                }
            }
        }
        if (url.isPresent() && incident.equals(Optional.of(Incident.WRAPAROUND))) {
            throw new IllegalArgumentException(
                    "--incident wraparound uses up a server's transaction ids, which is done only to"
                            + " the sample's own server: leave the JDBC URL out");
        }
        return new Arguments(incident, port.orElseGet(Arguments::usualOrAnyPort), url);
    }

    /** The arguments for Spring Boot. */
    String[] toApplication(String databaseUrl) {
        return Stream.concat(
                        Stream.of("--server.port=" + port, "--spring.datasource.url=" + databaseUrl),
                        incident.stream().flatMap(made -> Stream.of(made.thresholds())))
                .toArray(String[]::new);
    }

    private static String valueOf(String option, String[] args, int i) {
        if (i >= args.length) {
            throw new IllegalArgumentException("want a value behind " + option + "; " + USAGE);
        }
        return args[i];
    }

    private static Incident incident(String name) {
        return Arrays.stream(Incident.values())
                .filter(incident -> incident.toString().equals(name))
                .findFirst()
                .orElseThrow(() ->
                        new IllegalArgumentException("unknown incident '" + name + "'; there are " + names(", ")));
    }

    private static String names(String separator) {
        return Arrays.stream(Incident.values()).map(Incident::toString).collect(Collectors.joining(separator));
    }

    /** Shows nothing of a wrong one, which may hold a password. */
    private static String url(String text) {
        Logger.getLogger("org.postgresql").setLevel(Level.OFF); // what it would say of a wrong URL is said below
        if (!text.startsWith("jdbc:postgresql:") || Driver.parseURL(text, null) == null) {
            throw new IllegalArgumentException(
                    "want a JDBC URL such as jdbc:postgresql://localhost:5432/orders?user=me");
        }
        return text;
    }

    private static int port(String text) {
        int port;
        try {
            port = Integer.parseInt(text);
        } catch (NumberFormatException e) {
            port = -1;
        }
        if (port < 1 || port > 65535) {
            throw new IllegalArgumentException("want a port from 1 to 65535, got '" + text + "'");
        }
        if (!isFree(port)) {
            throw new IllegalArgumentException("port " + port + " is taken, want one that is free");
        }
        return port;
    }

    private static int usualOrAnyPort() {
        return isFree(USUAL_PORT) ? USUAL_PORT : 0;
    }

    private static boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket(port)) {
            return socket.isBound();
        } catch (IOException taken) {
            return false;
        }
    }
}

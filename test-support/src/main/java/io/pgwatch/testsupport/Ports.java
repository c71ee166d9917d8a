package io.pgwatch.testsupport;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;

/** TCP ports for what a test starts. */
final class Ports {

    /** Below the range from which systems give ports to outgoing connections, so that a stopped server's port stays free. */
    private static final int FIRST = 15_000;

    private static final int LAST = 32_000;

    private Ports() {}

    static int free() {
        while (true) {
            int port = ThreadLocalRandom.current().nextInt(FIRST, LAST);
            try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                return socket.getLocalPort();
            } catch (IOException taken) {
                // so try another one
            }
        }
    }
}

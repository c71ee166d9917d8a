package io.pgwatch.reliability;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.net.SocketFactory;

/**
 * Makes the sockets of the driver, and knows how many a watch has open: also while no server can be asked. Named in a URL, it
 * serves the pool as well as the watches, which open their own on threads named after them.
 */
public final class Sockets extends SocketFactory {

    static final String IN_URL = "socketFactory=" + Sockets.class.getName();

    private static final Pattern THREAD = Pattern.compile("pgwatch-(.+)-connect");
    private static final Map<String, List<Socket>> OF_WATCHES = new HashMap<>();
    private static final Map<String, Integer> MOST = new HashMap<>();

    /** How many a watch has open now; one that has none is left out. */
    static Map<String, Integer> open() {
        synchronized (OF_WATCHES) {
            OF_WATCHES.values().forEach(sockets -> sockets.removeIf(Socket::isClosed));
            return OF_WATCHES.entrySet().stream()
                    .filter(one -> !one.getValue().isEmpty())
                    .collect(Collectors.toMap(
                            Map.Entry::getKey, one -> one.getValue().size()));
        }
    }

    /** From now on {@link #most} counts. */
    static void count() {
        synchronized (OF_WATCHES) {
            MOST.clear();
            MOST.putAll(open());
        }
    }

    /** How many one of these watches has had open at once, the most. Their number grows only when one is made, so none is missed. */
    static int most(Set<String> watches) {
        synchronized (OF_WATCHES) {
            return watches.stream()
                    .mapToInt(watch -> MOST.getOrDefault(watch, 0))
                    .max()
                    .orElse(0);
        }
    }

    @Override
    public Socket createSocket() {
        Socket socket = new Socket();
        Matcher name = THREAD.matcher(Thread.currentThread().getName());
        if (name.matches()) {
            synchronized (OF_WATCHES) {
                OF_WATCHES
                        .computeIfAbsent(name.group(1), any -> new ArrayList<>())
                        .add(socket);
                MOST.merge(name.group(1), open().getOrDefault(name.group(1), 0), Math::max);
            }
        }
        return socket;
    }

    @Override
    public Socket createSocket(String host, int port) throws IOException {
        throw new IOException("the driver connects by itself");
    }

    @Override
    public Socket createSocket(String host, int port, InetAddress local, int localPort) throws IOException {
        throw new IOException("the driver connects by itself");
    }

    @Override
    public Socket createSocket(InetAddress host, int port) throws IOException {
        throw new IOException("the driver connects by itself");
    }

    @Override
    public Socket createSocket(InetAddress host, int port, InetAddress local, int localPort) throws IOException {
        throw new IOException("the driver connects by itself");
    }
}

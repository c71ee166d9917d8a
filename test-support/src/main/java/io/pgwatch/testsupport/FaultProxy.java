package io.pgwatch.testsupport;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A network between a client and a server that a test can slow down, cut or stall, and that counts what passes.
 *
 * <p>At first it passes everything. It speaks for unencrypted connections only.
 */
public final class FaultProxy implements AutoCloseable {

    private static final long NO_LIMIT = Long.MAX_VALUE;
    private static final long CLOSING_NANOS = 5_000_000_000L;

    private enum Mode {
        PASS,
        STALL,
        RESET,
        REFUSE
    }

    private volatile InetSocketAddress target;
    private final int port = Ports.free();
    private final Set<Link> links = ConcurrentHashMap.newKeySet();
    private final AtomicLong connections = new AtomicLong();
    private final AtomicLong roundTrips = new AtomicLong();
    private final AtomicLong bytesToServer = new AtomicLong();
    private final AtomicLong bytesToClient = new AtomicLong();
    private final AtomicLong leftToClient = new AtomicLong(NO_LIMIT);
    private volatile Duration latency = Duration.ZERO;
    private Mode mode = Mode.REFUSE;
    private @Nullable ServerSocket listener;

    private FaultProxy(InetSocketAddress target) {
        this.target = target;
    }

    public static FaultProxy inFrontOf(PgServer server) {
        FaultProxy proxy = new FaultProxy(new InetSocketAddress(server.host(), server.port()));
        proxy.pass();
        return proxy;
    }

    public int port() {
        return port;
    }

    public String jdbcUrl(String database) {
        return "jdbc:postgresql://127.0.0.1:" + port + "/" + database;
    }

    /** Lets everything through again, also what {@link #stall()} held back. */
    public void pass() {
        enter(Mode.PASS);
    }

    /** Holds back every byte in both directions. New connections are accepted, and hear nothing. */
    public void stall() {
        enter(Mode.STALL);
    }

    /** Resets all connections, and every new one as soon as it is made. */
    public void reset() {
        enter(Mode.RESET);
        links.forEach(Link::reset);
    }

    /** Resets all connections, and lets no new one come about, as if nobody listened. */
    public void refuse() {
        enter(Mode.REFUSE);
        links.forEach(Link::reset);
    }

    /** From now on another server is behind it; connections that were made before are reset. */
    public void leadTo(PgServer server) {
        target = new InetSocketAddress(server.host(), server.port());
        links.forEach(Link::reset);
    }

    /** Lets so many bytes more through to clients, and then resets the connection that they came on, once. */
    public void cutAfter(long bytes) {
        leftToClient.set(bytes);
    }

    /** Delays what passes by this much in each direction, so that a round trip takes twice as long. */
    public void delay(Duration latency) {
        this.latency = latency;
    }

    /** How many connections clients have made so far. */
    public long connections() {
        return connections.get();
    }

    /**
     * How often a client has waited for the server's answer so far, not counting its login: to a simple query, a Sync, a Flush or a
     * function call. What it asks before the answer begins is part of the same round trip, as pgjdbc's BEGIN is.
     */
    public long roundTrips() {
        return roundTrips.get();
    }

    public long bytesToServer() {
        return bytesToServer.get();
    }

    public long bytesToClient() {
        return bytesToClient.get();
    }

    @Override
    public void close() {
        refuse();
    }

    private synchronized void enter(Mode next) {
        mode = next;
        notifyAll();
        try {
            if (next == Mode.REFUSE && listener != null) {
                listener.close();
                listener = null;
            } else if (next != Mode.REFUSE && listener == null) {
                ServerSocket opened = listen();
                listener = opened;
                start("accept", () -> accept(opened));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A listener that was closed a moment ago goes on until the thread that accepts has left it. */
    private ServerSocket listen() throws IOException {
        long last = System.nanoTime() + CLOSING_NANOS;
        while (true) {
            try {
                return new ServerSocket(port, 50, InetAddress.getByName("127.0.0.1"));
            } catch (BindException e) {
                if (System.nanoTime() > last) {
                    throw e;
                }
                LockSupport.parkNanos(1_000_000);
            }
        }
    }

    private void accept(ServerSocket listening) {
        try {
            while (true) {
                Link link = new Link(listening.accept());
                connections.incrementAndGet();
                links.add(link);
                switch (currentMode()) {
                    case PASS, STALL -> start("connect", link::open);
                    case RESET, REFUSE -> link.reset();
                }
            }
        } catch (IOException closed) {
            // by refuse()
        }
    }

    private synchronized Mode currentMode() {
        return mode;
    }

    private synchronized void awaitPassage() throws InterruptedException {
        while (mode == Mode.STALL) {
            wait();
        }
    }

    private static void start(String name, Runnable work) {
        Thread thread = new Thread(work, "fault-proxy-" + name);
        thread.setDaemon(true);
        thread.start();
    }

    /** One client's connection, and the one to the server that belongs to it. */
    private final class Link {

        private final Socket client;
        private final Socket server = new Socket();
        private final ClientMessages messages = new ClientMessages();
        private final AtomicBoolean waiting = new AtomicBoolean();

        Link(Socket client) {
            this.client = client;
        }

        void open() {
            try {
                client.setTcpNoDelay(true);
                server.setTcpNoDelay(true);
                server.connect(target);
                start("to-server", () -> pump(client, server, this::countToServer));
                pump(server, client, this::countToClient);
            } catch (IOException unreachable) {
                reset();
            }
        }

        /** Closes both connections with RST instead of FIN. */
        void reset() {
            links.remove(this);
            for (Socket socket : List.of(client, server)) {
                try (socket) {
                    socket.setSoLinger(true, 0);
                } catch (IOException closedAlready) {
                    // so there is nothing to reset
                }
            }
        }

        private void pump(Socket from, Socket to, Consumer<ByteBuffer> count) {
            byte[] chunk = new byte[65536];
            try {
                InputStream in = from.getInputStream();
                OutputStream out = to.getOutputStream();
                while (true) {
                    boolean comesLater = in.available() == 0;
                    int length = in.read(chunk);
                    if (comesLater) {
                        Thread.sleep(latency.toMillis()); // what has come during the delay has been on its way as well
                    }
                    awaitPassage();
                    if (length < 0) {
                        break;
                    }
                    int passing = to.equals(client) ? passingToClient(length) : length;
                    count.accept(ByteBuffer.wrap(chunk, 0, passing));
                    out.write(chunk, 0, passing);
                    if (passing < length) {
                        reset();
                        return;
                    }
                }
                to.shutdownOutput();
                if (from.isOutputShutdown()) {
                    links.remove(this);
                    from.close();
                    to.close();
                }
            } catch (IOException | InterruptedException cut) {
                reset();
            }
        }

        /** All of it, or as much as is left before the cut, which then is over. */
        private int passingToClient(int length) {
            long left = leftToClient.getAndUpdate(now -> now == NO_LIMIT || now < length ? NO_LIMIT : now - length);
            return (int) Math.min(left, length);
        }

        private void countToServer(ByteBuffer bytes) {
            bytesToServer.addAndGet(bytes.remaining());
            if (messages.requestsIn(bytes) > 0 && !waiting.getAndSet(true)) {
                roundTrips.incrementAndGet();
            }
        }

        private void countToClient(ByteBuffer bytes) {
            bytesToClient.addAndGet(bytes.remaining());
            waiting.set(false);
        }
    }
}

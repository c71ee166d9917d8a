package io.pgwatch.core.pooler;

import java.io.Closeable;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/** What listens where a console should, and does with each connection what a test says. */
final class FakeConsole implements Closeable {

    /** Returns, or throws, when it is done with the client, who is then hung up on. */
    interface Behaviour {
        void meet(Socket client) throws IOException;
    }

    private final ServerSocket listener;
    private final AtomicInteger connections = new AtomicInteger();
    private volatile Behaviour behaviour;

    FakeConsole(Behaviour behaviour) {
        this.behaviour = behaviour;
        try {
            listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        new Thread(this::listen, "fake-console").start();
    }

    /**
     * Says everything at once, without waiting for what it answers: a client that asks one thing after the other does not notice.
     * Then it hears the client out, so that nothing is lost on the way.
     */
    static Behaviour saying(byte[] all) {
        return client -> {
            client.getOutputStream().write(all);
            client.shutdownOutput();
            hearOut(client);
        };
    }

    /** Says this, and then resets the connection. */
    static Behaviour resetting(byte[] begun) {
        return client -> {
            client.getOutputStream().write(begun);
            client.setSoLinger(true, 0);
        };
    }

    /** Says it a byte at a time, with a pause after each, until the client has had enough or it is all said. */
    static Behaviour trickling(byte[] all, Duration pause) {
        return client -> {
            for (byte each : all) {
                client.getOutputStream().write(each);
                LockSupport.parkNanos(pause.toNanos());
            }
            hearOut(client);
        };
    }

    /** Lets the client in at once, and answers each of its questions after a pause. */
    static Behaviour answering(byte[] login, byte[] answer, Duration pause) {
        return client -> {
            client.setTcpNoDelay(true);
            client.getOutputStream().write(login);
            DataInputStream in = new DataInputStream(client.getInputStream());
            in.readFully(new byte[in.readInt() - Integer.BYTES]); // asks for TLS
            in.readFully(new byte[in.readInt() - Integer.BYTES]); // says who it is
            while (in.read() == 'Q') {
                in.readFully(new byte[in.readInt() - Integer.BYTES]);
                LockSupport.parkNanos(pause.toNanos());
                client.getOutputStream().write(answer);
            }
        };
    }

    static void hearOut(Socket client) throws IOException {
        InputStream in = client.getInputStream();
        byte[] chunk = new byte[4096];
        while (in.read(chunk) >= 0) {
            // until the client has hung up
        }
    }

    /** From the next connection on. */
    void behave(Behaviour next) {
        behaviour = next;
    }

    /** How many there have been. */
    int connections() {
        return connections.get();
    }

    String url() {
        return "jdbc:postgresql://127.0.0.1:" + listener.getLocalPort() + "/pgbouncer?user=stats&password=secret";
    }

    private void listen() {
        while (!listener.isClosed()) {
            try {
                Socket client = listener.accept();
                connections.incrementAndGet();
                Behaviour now = behaviour;
                new Thread(() -> meet(client, now), "fake-console-connection").start();
            } catch (IOException e) {
                // the test is over
            }
        }
    }

    private static void meet(Socket client, Behaviour behaviour) {
        try (client) {
            behaviour.meet(client);
        } catch (IOException e) {
            // the client was faster to hang up
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
    }
}

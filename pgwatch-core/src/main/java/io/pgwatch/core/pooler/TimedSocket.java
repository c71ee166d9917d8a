package io.pgwatch.core.pooler;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;

/**
 * A socket with one deadline for all that is done with it from one {@link #allow} to the next. A socket's own timeout is for each
 * read, so that who sends a byte at a time may take for ever; here each read gets what is left, also those of TLS above it. What
 * is written is little, and does not wait.
 */
final class TimedSocket extends Socket {

    private volatile long deadline = System.nanoTime();

    /** From now on there is so much time. */
    void allow(Duration time) {
        deadline = System.nanoTime() + time.toNanos();
    }

    /** The name is looked up first, which takes as long as the machine's resolver lets it. */
    void connect(String host, int port) throws IOException {
        connect(new InetSocketAddress(host, port), millisLeft());
        setTcpNoDelay(true);
    }

    @Override
    public InputStream getInputStream() throws IOException {
        return new FilterInputStream(super.getInputStream()) {

            @Override
            public int read() throws IOException {
                setSoTimeout(millisLeft());
                return super.read();
            }

            @Override
            public int read(byte[] bytes, int offset, int length) throws IOException {
                setSoTimeout(millisLeft());
                return super.read(bytes, offset, length);
            }
        };
    }

    private int millisLeft() throws SocketTimeoutException {
        long millis = (deadline - System.nanoTime()) / 1_000_000;
        if (millis <= 0) {
            throw new SocketTimeoutException("no answer in time");
        }
        return Math.toIntExact(Math.min(millis, Integer.MAX_VALUE));
    }
}

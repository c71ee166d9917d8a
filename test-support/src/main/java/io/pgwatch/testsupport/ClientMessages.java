package io.pgwatch.testsupport;

import java.nio.ByteBuffer;

/** Reads what one client sends, as messages of PostgreSQL's protocol 3, and finds those that ask for an answer. */
final class ClientMessages {

    private static final String QUERY_SYNC_FLUSH_FUNCTION = "QSHF";
    private static final int PROTOCOL = 3;
    private static final int STARTUP_HEADER = 8;
    private static final int HEADER = 5;

    private ByteBuffer header = ByteBuffer.allocate(STARTUP_HEADER);
    private boolean started;
    private int unread;

    /** Reads on, and says how many requests for an answer begin in these bytes. */
    int requestsIn(ByteBuffer bytes) {
        int requests = 0;
        while (bytes.hasRemaining()) {
            if (unread > 0) {
                int skipped = Math.min(unread, bytes.remaining());
                bytes.position(bytes.position() + skipped);
                unread -= skipped;
                continue;
            }
            header.put(bytes.get());
            if (!header.hasRemaining()) {
                requests += endOfHeader() ? 1 : 0;
            }
        }
        return requests;
    }

    private boolean endOfHeader() {
        boolean asks = false;
        if (started) {
            asks = QUERY_SYNC_FLUSH_FUNCTION.indexOf(header.get(0)) >= 0;
            unread = header.getInt(1) - Integer.BYTES;
        } else {
            unread = header.getInt(0) - STARTUP_HEADER;
            started = header.getInt(Integer.BYTES) >>> 16 == PROTOCOL; // else a request for encryption, or a cancel
        }
        header = ByteBuffer.allocate(started ? HEADER : STARTUP_HEADER);
        return asks;
    }
}

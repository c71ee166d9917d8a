package io.pgwatch.core.pooler;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Messages of PostgreSQL's protocol, version 3, over a socket. How long they may take is the socket's concern. */
final class Wire implements Closeable {

    /** No answer of a console comes near it; what claims to be longer speaks another protocol. */
    private static final int LONGEST = 1 << 20;

    private final Socket socket;
    private final InputStream in;

    Wire(Socket socket) throws IOException {
        this.socket = socket;
        this.in = socket.getInputStream(); // unbuffered, so that nothing is read too early for TLS
    }

    /** One message: what kind it is, and its content. */
    record Message(char type, ByteBuffer content) {

        /** In bytes, as it came. */
        int length() {
            return 1 + Integer.BYTES + content.capacity();
        }

        /** The text up to the next zero byte, or to the end. */
        String text() {
            int start = content.position();
            while (content.hasRemaining() && content.get() != 0) {
                // on to the end of the text
            }
            int zero = content.position() > start && content.get(content.position() - 1) == 0 ? 1 : 0;
            return new String(content.array(), start, content.position() - start - zero, StandardCharsets.UTF_8);
        }

        byte[] rest() {
            byte[] rest = Arrays.copyOfRange(content.array(), content.position(), content.limit());
            content.position(content.limit());
            return rest;
        }
    }

    Message read() throws IOException {
        int type = readByte();
        int length = ByteBuffer.wrap(readBytes(Integer.BYTES)).getInt() - Integer.BYTES;
        if (length < 0 || length > LONGEST) {
            throw new IOException("what answers does not speak PostgreSQL's protocol");
        }
        return new Message((char) type, ByteBuffer.wrap(readBytes(length)));
    }

    int readByte() throws IOException {
        return readBytes(1)[0];
    }

    private byte[] readBytes(int count) throws IOException {
        byte[] bytes = new byte[count];
        int read = in.readNBytes(bytes, 0, count);
        if (read < count) {
            throw new EOFException("the connection was closed");
        }
        return bytes;
    }

    /** A message without a type, as a connection begins with. */
    void writeFirst(byte[] content) throws IOException {
        write(ByteBuffer.allocate(Integer.BYTES + content.length)
                .putInt(Integer.BYTES + content.length)
                .put(content));
    }

    void write(char type, byte[] content) throws IOException {
        write(ByteBuffer.allocate(1 + Integer.BYTES + content.length)
                .put((byte) type)
                .putInt(Integer.BYTES + content.length)
                .put(content));
    }

    void write(char type, String text) throws IOException {
        write(type, zeroTerminated(text));
    }

    private void write(ByteBuffer message) throws IOException {
        socket.getOutputStream().write(message.array());
        socket.getOutputStream().flush();
    }

    /** The texts as the protocol writes them. */
    static byte[] zeroTerminated(String... texts) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (String text : texts) {
            bytes.writeBytes(text.getBytes(StandardCharsets.UTF_8));
            bytes.write(0);
        }
        return bytes.toByteArray();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}

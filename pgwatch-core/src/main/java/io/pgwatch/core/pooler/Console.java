package io.pgwatch.core.pooler;

import java.io.Closeable;
import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGProperty;
import org.postgresql.core.SocketFactoryFactory;
import org.postgresql.jdbc.SslMode;
import org.postgresql.ssl.PGjdbcHostnameVerifier;

/**
 * A connection to PgBouncer's admin console. It speaks the simple protocol itself, since PostgreSQL's driver asks on connecting
 * for what consoles up to PgBouncer 1.24 refuse. TLS is the driver's, with its parameters {@code sslmode}, {@code sslrootcert}
 * and the like. Used by one thread.
 */
final class Console implements Closeable {

    private static final int TLS_REQUEST = 80_877_103;

    /**
     * An answer is held as a whole, in memory some ten times of what came. A pool takes about 130 bytes of it, so this is enough
     * for 30,000, far more than a PgBouncer has.
     */
    private static final int LONGEST_ANSWER = 4 << 20;

    private final TimedSocket socket;
    private final Wire wire;
    private final Set<String> unknown = new HashSet<>();

    private Console(TimedSocket socket, Wire wire) {
        this.socket = socket;
        this.wire = wire;
    }

    /**
     * Connects and logs in.
     *
     * @param socket a new one; who closes it from another thread ends the attempt
     * @param properties as the driver parsed them from the console's URL
     * @param budget for this, and for what is asked up to the next {@link #allow}
     */
    static Console open(
            TimedSocket socket, Properties properties, String user, @Nullable String password, Duration budget)
            throws IOException, GeneralSecurityException {
        String host = PGProperty.PG_HOST.getOrDefault(properties);
        int port = Integer.parseInt(PGProperty.PG_PORT.getOrDefault(properties));
        boolean opened = false;
        try {
            socket.allow(budget);
            socket.connect(host, port);
            Wire wire = new Wire(encrypted(socket, host, port, properties));
            new ConsoleLogin(wire, user, password).begin(PGProperty.PG_DBNAME.getOrDefault(properties));
            opened = true;
            return new Console(socket, wire);
        } finally {
            if (!opened) {
                socket.close();
            }
        }
    }

    private static Socket encrypted(Socket socket, String host, int port, Properties properties) throws IOException {
        try {
            return encrypted(socket, host, port, properties, SslMode.of(properties));
        } catch (SQLException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    private static Socket encrypted(Socket socket, String host, int port, Properties properties, SslMode mode)
            throws IOException, SQLException {
        if (mode == SslMode.DISABLE || mode == SslMode.ALLOW) {
            return socket;
        }
        Wire wire = new Wire(socket);
        wire.writeFirst(ByteBuffer.allocate(Integer.BYTES).putInt(TLS_REQUEST).array());
        if (wire.readByte() != 'S') {
            if (mode.requireEncryption()) {
                throw new IOException("the console does not speak TLS, and sslmode is " + mode.value);
            }
            return socket;
        }
        SSLSocket tls =
                (SSLSocket) SocketFactoryFactory.getSslSocketFactory(properties).createSocket(socket, host, port, true);
        tls.startHandshake();
        if (mode.verifyPeerName() && !PGjdbcHostnameVerifier.INSTANCE.verify(host, tls.getSession())) {
            throw new IOException("the console's certificate is not for " + host);
        }
        return tls;
    }

    /** From now on there is so much time, for all that is asked. */
    void allow(Duration budget) {
        socket.allow(budget);
    }

    /** The rows of {@code SHOW <what>}, each by the names of its columns; these differ from version to version. */
    List<Map<String, @Nullable String>> show(String what) throws IOException {
        wire.write('Q', "SHOW " + what);
        List<String> columns = List.of();
        List<Map<String, @Nullable String>> rows = new ArrayList<>();
        @Nullable Refusal refusal = null;
        int length = 0;
        while (true) {
            Wire.Message message = wire.read();
            length += message.length();
            if (length > LONGEST_ANSWER) {
                throw new IOException("the answer to SHOW " + what + " is longer than " + LONGEST_ANSWER + " bytes");
            }
            switch (message.type()) {
                case 'T' -> columns = columns(message);
                case 'D' -> rows.add(row(message, columns));
                case 'E' -> refusal = new Refusal(message);
                case 'Z' -> {
                    if (refusal != null) {
                        throw refusal;
                    }
                    return rows;
                }
                case 'N' -> {
                    if (rows.isEmpty() && columns.isEmpty()) {
                        rows.addAll(versionIn(message, what)); // up to 1.11 the version came as a notice
                    }
                }
                default -> {
                    // that the statement is complete, or a parameter's value
                }
            }
        }
    }

    /** The same for what older versions do not know: no rows, and they are not asked again. */
    List<Map<String, @Nullable String>> showIfKnown(String what) throws IOException {
        if (unknown.contains(what)) {
            return List.of();
        }
        try {
            return show(what);
        } catch (Refusal e) {
            unknown.add(what);
            return List.of();
        }
    }

    private static List<Map<String, @Nullable String>> versionIn(Wire.Message notice, String what) {
        return what.equals("VERSION") ? List.of(Map.of("version", new Refusal(notice).getMessage())) : List.of();
    }

    private static List<String> columns(Wire.Message description) {
        ByteBuffer content = description.content();
        int count = content.getShort();
        List<String> names = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            names.add(description.text());
            content.position(content.position() + 18); // where the column comes from, and its type: everything is text
        }
        return names;
    }

    private static Map<String, @Nullable String> row(Wire.Message data, List<String> columns) throws IOException {
        ByteBuffer content = data.content();
        int count = content.getShort();
        Map<String, @Nullable String> row = new LinkedHashMap<>();
        for (int i = 0; i < count && i < columns.size(); i++) {
            int length = content.getInt();
            if (length < -1 || length > content.remaining()) {
                throw new IOException(
                        "a value of " + length + " bytes, and " + content.remaining() + " are left of its row");
            }
            byte[] value = new byte[Math.max(0, length)];
            content.get(value);
            row.put(columns.get(i), length < 0 ? null : new String(value, StandardCharsets.UTF_8));
        }
        return row;
    }

    @Override
    public void close() {
        try (wire) {
            wire.write('X', new byte[0]);
        } catch (IOException e) {
            // it is gone already
        }
    }
}

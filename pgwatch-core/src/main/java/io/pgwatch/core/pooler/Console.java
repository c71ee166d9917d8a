package io.pgwatch.core.pooler;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
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
import org.postgresql.ssl.PGjdbcHostnameVerifier;

/**
 * A connection to PgBouncer's admin console. It speaks the simple protocol itself, since PostgreSQL's driver asks on connecting
 * for what consoles up to PgBouncer 1.24 refuse. TLS is the driver's, with its parameters {@code sslmode}, {@code sslrootcert}
 * and the like. Used by one thread.
 */
final class Console implements Closeable {

    private static final int TLS_REQUEST = 80_877_103;

    private final Wire wire;
    private final Duration budget;
    private final Set<String> unknown = new HashSet<>();

    private Console(Wire wire, Duration budget) {
        this.wire = wire;
        this.budget = budget;
    }

    /**
     * Connects and logs in.
     *
     * @param socket a new one; who closes it from another thread ends the attempt
     * @param properties as the driver parsed them from the console's URL
     * @param budget for the login, and for each answer
     */
    static Console open(Socket socket, Properties properties, String user, @Nullable String password, Duration budget)
            throws IOException, GeneralSecurityException {
        String host = PGProperty.PG_HOST.getOrDefault(properties);
        int port = Integer.parseInt(PGProperty.PG_PORT.getOrDefault(properties));
        try {
            socket.connect(new InetSocketAddress(host, port), Math.toIntExact(budget.toMillis()));
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(Math.toIntExact(budget.toMillis()));
            Wire wire = new Wire(encrypted(socket, host, port, properties));
            wire.allow(budget.toNanos());
            new Login(wire, user, password).begin(PGProperty.PG_DBNAME.getOrDefault(properties));
            return new Console(wire, budget);
        } catch (IOException | GeneralSecurityException | RuntimeException e) {
            socket.close();
            throw e;
        }
    }

    private static Socket encrypted(Socket socket, String host, int port, Properties properties) throws IOException {
        String mode = PGProperty.SSL_MODE.getOrDefault(properties) == null
                ? "prefer"
                : PGProperty.SSL_MODE.getOrDefault(properties);
        if (mode.equals("disable") || mode.equals("allow")) {
            return socket;
        }
        Wire wire = new Wire(socket);
        wire.allow(socket.getSoTimeout() * 1_000_000L);
        wire.writeFirst(ByteBuffer.allocate(Integer.BYTES).putInt(TLS_REQUEST).array());
        if (wire.readByte() != 'S') {
            if (mode.equals("prefer")) {
                return socket;
            }
            throw new IOException("the console does not speak TLS, and sslmode is " + mode);
        }
        try {
            SSLSocket tls = (SSLSocket)
                    SocketFactoryFactory.getSslSocketFactory(properties).createSocket(socket, host, port, true);
            tls.startHandshake();
            if (mode.equals("verify-full") && !PGjdbcHostnameVerifier.INSTANCE.verify(host, tls.getSession())) {
                throw new IOException("the console's certificate is not for " + host);
            }
            return tls;
        } catch (SQLException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    /** The rows of {@code SHOW <what>}, each by the names of its columns; these differ from version to version. */
    List<Map<String, @Nullable String>> show(String what) throws IOException {
        wire.allow(budget.toNanos());
        wire.write('Q', "SHOW " + what);
        List<String> columns = List.of();
        List<Map<String, @Nullable String>> rows = new ArrayList<>();
        @Nullable Refusal refusal = null;
        while (true) {
            Wire.Message message = wire.read();
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

    private static Map<String, @Nullable String> row(Wire.Message data, List<String> columns) {
        ByteBuffer content = data.content();
        int count = content.getShort();
        Map<String, @Nullable String> row = new LinkedHashMap<>();
        for (int i = 0; i < count && i < columns.size(); i++) {
            int length = content.getInt();
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

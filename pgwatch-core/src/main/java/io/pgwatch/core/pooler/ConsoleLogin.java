package io.pgwatch.core.pooler;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Logs in with whatever the other side asks for: nothing, a password, its MD5, or SCRAM. */
final class ConsoleLogin {

    private static final int PROTOCOL_3 = 3 << 16;

    // What an authentication message asks for, by its number in the protocol.
    private static final int OK = 0;
    private static final int PASSWORD = 3;
    private static final int MD5 = 5;
    private static final int SASL = 10;
    private static final int SASL_CONTINUE = 11;
    private static final int SASL_FINAL = 12;

    private final Wire wire;
    private final String user;
    private final @Nullable String password;
    private @Nullable Scram scram;

    ConsoleLogin(Wire wire, String user, @Nullable String password) {
        this.wire = wire;
        this.user = user;
        this.password = password;
    }

    /** Until the other side is ready for the first statement. */
    void begin(String database) throws IOException, GeneralSecurityException {
        byte[] parameters = Wire.zeroTerminated("user", user, "database", database, "application_name", "pgwatch", "");
        wire.writeFirst(ByteBuffer.allocate(Integer.BYTES + parameters.length)
                .putInt(PROTOCOL_3)
                .put(parameters)
                .array());
        while (true) {
            Wire.Message message = wire.read();
            switch (message.type()) {
                case 'R' -> authenticate(message);
                case 'E' -> throw new Refusal(message);
                case 'Z' -> {
                    return;
                }
                default -> {
                    // a parameter's value, a key to cancel with, a notice: of no use here
                }
            }
        }
    }

    private void authenticate(Wire.Message message) throws IOException, GeneralSecurityException {
        int asked = message.content().getInt();
        switch (asked) {
            case OK -> requireGenuine();
            case PASSWORD -> wire.write('p', password());
            case MD5 -> wire.write('p', md5(message.rest()));
            case SASL -> beginScram(message);
            case SASL_CONTINUE -> wire.write('p', bytes(scram().proof(text(message.rest()))));
            case SASL_FINAL -> finishScram(text(message.rest()));
            default ->
                throw new IOException(
                        "asked for a login of kind " + asked + ", want one by password, MD5 or " + Scram.MECHANISM);
        }
    }

    private String password() throws IOException {
        if (password == null) {
            throw new IOException("asked for a password, and none is given");
        }
        return password;
    }

    /** As the protocol defines it; MD5 is no choice of ours. */
    private String md5(byte[] salt) throws IOException, GeneralSecurityException {
        MessageDigest md5 = MessageDigest.getInstance("MD5");
        md5.update(bytes(password()));
        String inner = HexFormat.of().formatHex(md5.digest(bytes(user)));
        md5.update(bytes(inner));
        return "md5" + HexFormat.of().formatHex(md5.digest(salt));
    }

    private void beginScram(Wire.Message message) throws IOException {
        List<String> offered = new ArrayList<>();
        while (message.content().hasRemaining()) {
            offered.add(message.text());
        }
        if (!offered.contains(Scram.MECHANISM)) {
            throw new IOException("offered a login by " + String.join(", ", offered) + ", want " + Scram.MECHANISM);
        }
        Scram begun = new Scram(password());
        scram = begun;
        byte[] mechanism = Wire.zeroTerminated(Scram.MECHANISM);
        byte[] first = bytes(begun.first());
        wire.write(
                'p',
                ByteBuffer.allocate(mechanism.length + Integer.BYTES + first.length)
                        .put(mechanism)
                        .putInt(first.length)
                        .put(first)
                        .array());
    }

    private Scram scram() throws IOException {
        if (scram == null) {
            throw new IOException("a login went on that had not begun");
        }
        return scram;
    }

    private void finishScram(String serverFinal) throws IOException {
        if (!scram().isGenuine(serverFinal)) {
            throw new IOException("the server could not prove that it knows the password");
        }
        scram = null;
    }

    /** SCRAM that was begun must have been finished: else somebody in between lets us in. */
    private void requireGenuine() throws IOException {
        if (scram != null) {
            throw new IOException("the server could not prove that it knows the password");
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}

package io.pgwatch.core.pooler;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.text.Normalizer;
import java.util.Base64;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.crypto.Mac;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * The client's side of SCRAM-SHA-256 (RFC 5802, RFC 7677), without channel binding. The user's name is left empty, since the
 * server takes it from the start of the connection.
 */
final class Scram {

    static final String MECHANISM = "SCRAM-SHA-256";

    private static final String NO_CHANNEL_BINDING = "n,,";

    /** A server that asks for more wants to keep this process busy. */
    private static final int MOST_ITERATIONS = 1_000_000;

    private final String password;
    private final String nonce;
    private String expected = "";

    Scram(String password) {
        this(password, randomNonce());
    }

    Scram(String password, String nonce) {
        this.password = Normalizer.normalize(password, Normalizer.Form.NFKC);
        this.nonce = nonce;
    }

    private static String randomNonce() {
        byte[] random = new byte[18];
        new SecureRandom().nextBytes(random);
        return Base64.getEncoder().encodeToString(random);
    }

    String first() {
        return NO_CHANNEL_BINDING + firstBare();
    }

    private String firstBare() {
        return "n=,r=" + nonce;
    }

    /** The answer to the server's first message. */
    String proof(String serverFirst) throws IOException, GeneralSecurityException {
        Map<String, String> said = attributes(serverFirst);
        String bothNonces = said.getOrDefault("r", "");
        int iterations = iterations(said.getOrDefault("i", ""));
        if (!bothNonces.startsWith(nonce) || bothNonces.length() == nonce.length() || !said.containsKey("s")) {
            throw malformed();
        }
        byte[] salted = salted(decoded(said.getOrDefault("s", "")), iterations);
        String channel = Base64.getEncoder().encodeToString(NO_CHANNEL_BINDING.getBytes(StandardCharsets.UTF_8));
        String finalWithoutProof = "c=" + channel + ",r=" + bothNonces;
        String whole = firstBare() + "," + serverFirst + "," + finalWithoutProof;
        byte[] clientKey = hmac(salted, "Client Key");
        byte[] proof = hmac(MessageDigest.getInstance("SHA-256").digest(clientKey), whole);
        for (int i = 0; i < proof.length; i++) {
            proof[i] ^= clientKey[i];
        }
        expected = Base64.getEncoder().encodeToString(hmac(hmac(salted, "Server Key"), whole));
        return finalWithoutProof + ",p=" + Base64.getEncoder().encodeToString(proof);
    }

    /** Whether the server knows the password too. */
    boolean isGenuine(String serverFinal) {
        String told = attributes(serverFinal).getOrDefault("v", "");
        return !expected.isEmpty()
                && MessageDigest.isEqual(
                        expected.getBytes(StandardCharsets.UTF_8), told.getBytes(StandardCharsets.UTF_8));
    }

    private byte[] salted(byte[] salt, int iterations) throws GeneralSecurityException {
        return SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256")
                .generateSecret(new PBEKeySpec(password.toCharArray(), salt, iterations, 256))
                .getEncoded();
    }

    private static byte[] hmac(byte[] key, String text) throws GeneralSecurityException {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key, "HmacSHA256"));
        return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
    }

    private static Map<String, String> attributes(String message) {
        Function<String, String> name = part -> part.substring(0, 1);
        return Stream.of(message.split(","))
                .filter(part -> part.length() > 1 && part.charAt(1) == '=')
                .collect(Collectors.toMap(name, part -> part.substring(2), (first, again) -> first));
    }

    private static int iterations(String text) throws IOException {
        try {
            int iterations = Integer.parseInt(text);
            if (iterations > 0 && iterations <= MOST_ITERATIONS) {
                return iterations;
            }
        } catch (NumberFormatException e) {
            // as wrong as a number out of range
        }
        throw malformed();
    }

    private static byte[] decoded(String text) throws IOException {
        try {
            return Base64.getDecoder().decode(text);
        } catch (IllegalArgumentException e) {
            throw malformed();
        }
    }

    private static IOException malformed() {
        return new IOException("what the server says of " + MECHANISM + " makes no sense");
    }
}

package io.pgwatch.core;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The SQL files: {@code sql/<name>/<first major that needs this text>.sql}. */
final class SqlText {

    static final int OLDEST_MAJOR = 14;

    private static final int NEWEST_MAJOR_WITH_A_FILE = 18;

    private static final Map<Key, String> TEXTS = new ConcurrentHashMap<>();

    private record Key(String name, int major) {}

    private SqlText() {}

    /**
     * The newest text that the given major knows, without its comment lines.
     *
     * @throws IllegalStateException if there is none; what is older than {@link #OLDEST_MAJOR} is not connected to
     */
    static String of(String name, int major) {
        return TEXTS.computeIfAbsent(new Key(name, major), key -> load(key.name, key.major));
    }

    private static String load(String name, int major) {
        return IntStream.iterate(Math.min(major, NEWEST_MAJOR_WITH_A_FILE), m -> m >= OLDEST_MAJOR, m -> m - 1)
                .mapToObj(m -> SqlText.class.getResource("sql/" + name + "/" + m + ".sql"))
                .filter(Objects::nonNull)
                .findFirst()
                .map(file -> strip(name, read(file)))
                .orElseThrow(() -> new IllegalStateException("there is no SQL " + name + " for PostgreSQL " + major));
    }

    private static String read(URL file) {
        try (InputStream in = file.openStream()) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Comments stay here; the server gets one, so that whoever meets the statement there knows whose it is. */
    private static String strip(String name, String text) {
        return text.lines()
                .filter(line -> !line.startsWith("--"))
                .collect(Collectors.joining("\n", "/* pgwatch:" + name + " */ ", ""))
                .strip();
    }
}

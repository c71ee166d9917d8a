package io.pgwatch.testsupport;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Locale;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.compressors.xz.XZCompressorInputStream;

/**
 * The programs of one major version, unpacked once for all test runs on this machine.
 *
 * <p>They come in jars that all hold the same entry, and so cannot share a class path. The build copies them to
 * {@code <pgwatch.pg-binaries>/<major>/}.
 */
record Binaries(Path home) {

    Path program(String name) {
        return home.resolve("bin").resolve(name);
    }

    static Binaries of(int major) {
        try {
            Path jar = jar(major);
            Path home = Scratch.root().resolve(jar.getFileName().toString().replace(".jar", ""));
            if (!Files.exists(home)) {
                unpack(jar, home);
            }
            return new Binaries(home);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path jar(int major) throws IOException {
        String directory = System.getProperty("pgwatch.pg-binaries");
        if (directory == null) {
            throw new IllegalStateException(
                    "system property pgwatch.pg-binaries is not set; the build of test-support fills its target/pg-binaries");
        }
        Path ofMajor = Path.of(directory, Integer.toString(major));
        try (Stream<Path> jars = Files.list(ofMajor)) {
            return jars.filter(jar -> jar.getFileName().toString().contains("-" + platform() + "-" + major + "."))
                    .findFirst()
                    .orElseThrow(() -> new IllegalStateException("no binaries for " + platform() + " in " + ofMajor));
        }
    }

    private static String platform() {
        String os = System.getProperty("os.name").toLowerCase(Locale.ROOT).contains("mac") ? "darwin" : "linux";
        return os + (System.getProperty("os.arch").equals("aarch64") ? "-arm64v8" : "-amd64");
    }

    /** Unpacks beside the goal and then renames, so that of two runs at once each finds all files or none. */
    private static void unpack(Path jar, Path home) throws IOException {
        Path unfinished = Files.createTempDirectory(home.getParent(), "unpacking-");
        Files.setPosixFilePermissions(unfinished, PosixFilePermissions.fromString("rwxr-xr-x"));
        try (ZipInputStream entries = new ZipInputStream(Files.newInputStream(jar))) {
            ZipEntry entry = entries.getNextEntry();
            while (!entry.getName().endsWith(".txz")) {
                entry = entries.getNextEntry();
            }
            untar(entries, unfinished);
        }
        try {
            Files.move(unfinished, home);
        } catch (FileAlreadyExistsException | DirectoryNotEmptyException anotherRunWasFaster) {
            Scratch.delete(unfinished);
        }
    }

    private static void untar(InputStream packed, Path target) throws IOException {
        TarArchiveInputStream tar =
                new TarArchiveInputStream(new XZCompressorInputStream(new BufferedInputStream(packed)));
        for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
            Path path = target.resolve(entry.getName());
            if (entry.isDirectory()) {
                Files.createDirectories(path);
                continue;
            }
            Files.createDirectories(path.getParent());
            if (entry.isSymbolicLink()) {
                Files.createSymbolicLink(path, Path.of(entry.getLinkName()));
            } else {
                Files.copy(tar, path);
                String mode = (entry.getMode() & 0100) == 0 ? "rw-r--r--" : "rwxr-xr-x";
                Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(mode));
            }
        }
    }
}

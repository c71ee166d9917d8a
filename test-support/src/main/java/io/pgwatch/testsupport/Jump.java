package io.pgwatch.testsupport;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.zip.CRC32C;

/**
 * Moves a counter of a server forward as if years of work had passed.
 *
 * <p>The server is stopped, both copies of its last checkpoint are changed (in pg_control and in the last WAL record), and it is
 * started again. Nothing is frozen on the way, so the age of every database grows by the jump.
 *
 * <p>Autovacuum would undo a great age at once. It is told to sleep as long as it can, which is five minutes from the start.
 *
 * <p>A multixact made before a jump of multixacts must not be read after it: a 14 would wait for ever. Make it in a scratch table
 * and drop that first.
 */
public final class Jump {

    private static final Map<String, String> AUTOVACUUM_ASLEEP =
            Map.of("autovacuum", "on", "autovacuum_naptime", "2147483");

    // Where things stand in pg_control,
    private static final int STATE = 16;
    private static final int CHECKPOINT_LSN = 32;
    private static final int CHECKPOINT = 40;
    private static final int LEAST_PLACE_OF_CRC = 200;

    // in the checkpoint,
    private static final int TIMELINE = 8;
    private static final int NEXT_XID = 24;
    private static final int NEXT_MULTIXACT = 36;
    private static final int NEXT_MEMBER = 40;

    // and in the WAL record, which is a checkpoint behind a header.
    private static final int RECORD_CRC = 20;
    private static final int RECORD_HEADER = 24;
    private static final int RECORD_DATA = 26;

    private static final int SHUT_DOWN = 1;
    private static final int WAL_PAGE = 8192;
    private static final int WAL_PAGE_HEADER = 24;
    private static final int WAL_SEGMENT = 16 << 20;

    // What fits on a page of pg_xact and pg_multixact. The server makes the page itself when it starts at the first of
    // them.
    private static final int XIDS_A_PAGE = 32768;
    private static final int MULTIXACTS_A_PAGE = 2048;
    private static final int MEMBERS_A_PAGE = 1636;

    private Jump() {}

    /** Uses up this many transaction ids, or up to 32768 more. */
    public static void xids(PgServer server, long count) {
        jump(server, checkpoint -> {
            long next = checkpoint.getLong(NEXT_XID);
            checkpoint.putLong(NEXT_XID, roundUp(next + count, XIDS_A_PAGE));
        });
    }

    /** Uses up this many multixact ids, or up to 2048 more. */
    public static void multixacts(PgServer server, long count) {
        jump(server, checkpoint -> addMultixacts(checkpoint, count));
    }

    /**
     * Uses up this many members of multixacts, or up to 1636 more, and hardly any multixact ids.
     *
     * <p>A new server refuses to use more than 4294914944 in all. Do not jump beyond: it would believe to be far from that again.
     */
    public static void members(PgServer server, long count) {
        jump(server, checkpoint -> {
            long next = Integer.toUnsignedLong(checkpoint.getInt(NEXT_MEMBER));
            checkpoint.putInt(NEXT_MEMBER, (int) roundUp(next + count, MEMBERS_A_PAGE));
            addMultixacts(checkpoint, 1);
        });
    }

    private static void addMultixacts(ByteBuffer checkpoint, long count) {
        long next = Integer.toUnsignedLong(checkpoint.getInt(NEXT_MULTIXACT));
        checkpoint.putInt(NEXT_MULTIXACT, (int) roundUp(next + count, MULTIXACTS_A_PAGE));
    }

    private static void jump(PgServer server, Consumer<ByteBuffer> change) {
        server.stop();
        try {
            patch(server.dataDirectory(), change);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.restartWith(AUTOVACUUM_ASLEEP);
    }

    private static void patch(Path data, Consumer<ByteBuffer> change) throws IOException {
        Path controlFile = data.resolve("global/pg_control");
        ByteBuffer control = read(controlFile);
        require(control.getInt(STATE) == SHUT_DOWN, "pg_control does not say that the server is shut down");
        int crc = placeOfCrc(control);
        long lsn = control.getLong(CHECKPOINT_LSN);
        Path walFile = data.resolve("pg_wal")
                .resolve("%08X%08X%08X"
                        .formatted(
                                control.getInt(CHECKPOINT + TIMELINE), lsn >>> 32, (lsn & 0xFFFF_FFFFL) / WAL_SEGMENT));
        ByteBuffer wal = read(walFile);
        int start = (int) (lsn % WAL_SEGMENT);
        ByteBuffer record = copyOfRecord(wal, start);
        int length = record.capacity() - RECORD_DATA;
        require(
                record.slice(RECORD_DATA, length).equals(control.slice(CHECKPOINT, length)),
                "the last checkpoint in " + walFile + " is not that of pg_control");

        change.accept(control.slice(CHECKPOINT, length).order(LITTLE_ENDIAN));
        control.putInt(crc, crc32c(control.slice(0, crc)));
        record.put(RECORD_DATA, control, CHECKPOINT, length);
        record.putInt(
                RECORD_CRC,
                crc32c(record.slice(RECORD_HEADER, RECORD_DATA - RECORD_HEADER + length), record.slice(0, RECORD_CRC)));
        for (int i = 0; i < record.capacity(); i++) {
            wal.put(placeInWal(start, i), record.get(i));
        }

        Files.write(walFile, wal.array());
        Files.write(controlFile, control.array());
    }

    /** Which place this is differs between major versions; it holds the checksum of all that is before it. */
    private static int placeOfCrc(ByteBuffer control) {
        return IntStream.iterate(
                        LEAST_PLACE_OF_CRC,
                        place -> place + Integer.BYTES <= control.capacity(),
                        place -> place + Integer.BYTES)
                .filter(place -> control.getInt(place) == crc32c(control.slice(0, place)))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("no checksum in pg_control"));
    }

    private static ByteBuffer copyOfRecord(ByteBuffer wal, int start) {
        ByteBuffer record = ByteBuffer.allocate(wal.getInt(start)).order(LITTLE_ENDIAN);
        for (int i = 0; i < record.capacity(); i++) {
            record.put(i, wal.get(placeInWal(start, i)));
        }
        return record;
    }

    /** Where the i-th byte of a record stands: what does not fit on its page continues behind the header of the next. */
    private static int placeInWal(int start, int i) {
        int room = WAL_PAGE - start % WAL_PAGE;
        return start + i + (i < room ? 0 : WAL_PAGE_HEADER);
    }

    private static int crc32c(ByteBuffer... parts) {
        CRC32C crc = new CRC32C();
        for (ByteBuffer part : parts) {
            crc.update(part);
        }
        return (int) crc.getValue();
    }

    private static ByteBuffer read(Path file) throws IOException {
        return ByteBuffer.wrap(Files.readAllBytes(file)).order(LITTLE_ENDIAN);
    }

    private static long roundUp(long number, int multiple) {
        return (number + multiple - 1) / multiple * multiple;
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new IllegalStateException(otherwise);
        }
    }
}

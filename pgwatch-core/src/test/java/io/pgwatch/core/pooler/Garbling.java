package io.pgwatch.core.pooler;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/** Breaks a conversation in the ways in which a network, or whoever is at its other end, may: another way each time. */
final class Garbling {

    private static final int[] SIZES = {
        Integer.MIN_VALUE,
        -2,
        -1,
        0,
        1,
        3,
        4,
        5,
        100,
        1 << 15,
        1 << 20,
        (1 << 20) + 5,
        1 << 24,
        1 << 30,
        Integer.MAX_VALUE - 8,
        Integer.MAX_VALUE
    };

    private final List<byte[]> messages;
    private final Random random;

    /** @param sound messages of the protocol, one after the other */
    Garbling(byte[] sound, Random random) {
        this.messages = split(sound);
        this.random = random;
    }

    private static List<byte[]> split(byte[] sound) {
        List<byte[]> messages = new ArrayList<>();
        for (int at = 0; at < sound.length; ) {
            int end = at + 1 + ByteBuffer.wrap(sound).getInt(at + 1);
            messages.add(Arrays.copyOfRange(sound, at, end));
            at = end;
        }
        return messages;
    }

    byte[] next() {
        List<byte[]> broken = new ArrayList<>();
        messages.forEach(message -> broken.add(message.clone()));
        int at = random.nextInt(broken.size());
        byte[] message = broken.get(at);
        switch (random.nextInt(9)) {
            case 0 -> flip(broken);
            case 1 -> broken.addAll(at, Collections.nCopies(1 + random.nextInt(100), message));
            case 2 -> ByteBuffer.wrap(message).putInt(1, size());
            case 3 -> ByteBuffer.wrap(message).put(0, broken.get(random.nextInt(broken.size()))[0]);
            case 4 -> broken.remove(at);
            case 5 -> Collections.swap(broken, at, random.nextInt(broken.size()));
            case 6 -> broken.set(at, randomBytes());
            case 7 -> ByteBuffer.wrap(row(broken)).putShort(5, (short) size());
            default -> resizeValue(row(broken));
        }
        byte[] all = join(broken);
        return random.nextInt(5) == 0 ? Arrays.copyOf(all, random.nextInt(all.length)) : all;
    }

    private int size() {
        return SIZES[random.nextInt(SIZES.length)];
    }

    private void flip(List<byte[]> broken) {
        for (int i = random.nextInt(20); i >= 0; i--) {
            byte[] any = broken.get(random.nextInt(broken.size()));
            any[random.nextInt(any.length)] ^= (byte) (1 << random.nextInt(8));
        }
    }

    private byte[] randomBytes() {
        byte[] bytes = new byte[random.nextInt(1000)];
        random.nextBytes(bytes);
        return bytes;
    }

    private byte[] row(List<byte[]> broken) {
        int[] rows = IntStream.range(0, broken.size())
                .filter(i -> broken.get(i)[0] == 'D')
                .toArray();
        return broken.get(rows[random.nextInt(rows.length)]);
    }

    private void resizeValue(byte[] row) {
        ByteBuffer content = ByteBuffer.wrap(row).position(5);
        for (int skipped = random.nextInt(content.getShort()); skipped > 0; skipped--) {
            int length = content.getInt();
            content.position(content.position() + Math.max(0, length));
        }
        content.putInt(size());
    }

    private static byte[] join(List<byte[]> messages) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        messages.forEach(all::writeBytes);
        return all.toByteArray();
    }
}

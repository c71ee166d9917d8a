package io.pgwatch.core.pooler;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.List;

/** Messages as a console writes them, made by hand. */
final class ConsoleMessages {

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    byte[] bytes() {
        return bytes.toByteArray();
    }

    ConsoleMessages message(char type, byte[] content) {
        bytes.writeBytes(ByteBuffer.allocate(1 + Integer.BYTES + content.length)
                .put((byte) type)
                .putInt(Integer.BYTES + content.length)
                .put(content)
                .array());
        return this;
    }

    /** The client is let in without a password. */
    ConsoleMessages login() {
        return message('R', new byte[Integer.BYTES]).ready();
    }

    ConsoleMessages ready() {
        return message('Z', new byte[] {'I'});
    }

    /** So many answers without a row. */
    ConsoleMessages empty(int answers) {
        for (int i = 0; i < answers; i++) {
            ready();
        }
        return this;
    }

    ConsoleMessages columns(List<String> names) {
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        content.writeBytes(
                ByteBuffer.allocate(Short.BYTES).putShort((short) names.size()).array());
        for (String name : names) {
            content.writeBytes(Wire.zeroTerminated(name));
            content.writeBytes(new byte[18]);
        }
        return message('T', content.toByteArray());
    }

    /** A row of one value, and how long that says it is. */
    ConsoleMessages row(int length, byte[] value) {
        return message(
                'D',
                ByteBuffer.allocate(Short.BYTES + Integer.BYTES + value.length)
                        .putShort((short) 1)
                        .putInt(length)
                        .put(value)
                        .array());
    }
}

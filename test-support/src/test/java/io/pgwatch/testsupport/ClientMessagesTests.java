package io.pgwatch.testsupport;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ClientMessagesTests {

    private final ClientMessages messages = new ClientMessages();

    @ParameterizedTest(name = "{0} bytes at a time")
    @ValueSource(ints = {1, 3, 7, 1000})
    void ask_for_an_answer_when_query_sync_flush_or_function_call(int atATime) {
        ByteBuffer sent = ByteBuffer.allocate(1000);
        sent.putInt(8).putInt(80877103); // SSLRequest
        sent.putInt(8 + 9).putInt(3 << 16).put("user\0x\0\0Q".getBytes(StandardCharsets.US_ASCII));
        put(sent, 'p', "SSSS");
        put(sent, 'Q', "select 'S'");
        put(sent, 'P', "QQ");
        put(sent, 'B', "");
        put(sent, 'E', "");
        put(sent, 'S', "");
        put(sent, 'H', "");
        put(sent, 'F', "");
        put(sent, 'X', "");
        sent.flip();

        int requests = 0;
        while (sent.hasRemaining()) {
            ByteBuffer part = sent.slice(sent.position(), Math.min(atATime, sent.remaining()));
            sent.position(sent.position() + part.remaining());
            requests += messages.requestsIn(part);
        }

        assertThat(requests).isEqualTo(4);
    }

    private static void put(ByteBuffer sent, char type, String content) {
        sent.put((byte) type).putInt(4 + content.length()).put(content.getBytes(StandardCharsets.US_ASCII));
    }
}

package io.pgwatch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class JsonTests {

    public record Numbers(double nan, double infinite, Long absent, int whole) {}

    private record Throwing(int value) {
        @Override
        public int value() {
            throw new UnsupportedOperationException();
        }
    }

    @Test
    void writes_an_unknown_number_as_null_and_never_as_zero() {
        assertThat(Json.of(new Numbers(Double.NaN, Double.POSITIVE_INFINITY, null, 7)))
                .isEqualTo("{\"nan\":null,\"infinite\":null,\"absent\":null,\"whole\":7}");
    }

    @Test
    void escapes_what_json_must_not_hold() {
        assertThat(Json.of("\"\\\b\u0001\ud83d\ude00\ud83d"))
                .isEqualTo("\"\\\"\\\\\\u0008\\u0001\ud83d\ude00\\ud83d\"");
    }

    @Test
    void writes_empty_collections_and_absent_values() {
        assertThat(Json.of(Arrays.asList(List.of(), Map.of(), Optional.empty(), Optional.of(true))))
                .isEqualTo("[[],{},null,true]");
    }

    @Test
    void says_what_is_wrong_with_evidence_that_cannot_be_read() {
        assertThatIllegalStateException()
                .isThrownBy(() -> Json.of(new Throwing(1)))
                .withMessageContaining("value");
    }
}

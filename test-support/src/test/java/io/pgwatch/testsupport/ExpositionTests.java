package io.pgwatch.testsupport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ExpositionTests {

    @Test
    void gives_back_what_was_escaped() {
        Exposition read = new Exposition(
                "# HELP a What it is\n# TYPE a gauge\na{x=\"1\\n\\\\n\\\"},\",y=\"\r\u2028\"} NaN\na{x=\"2\"} -1.5E-7\nb 1\n");

        assertThat(read.labels("a", "x")).containsExactly("1\n\\n\"},", "2");
        assertThat(read.labels("a", "y")).containsExactly("\r\u2028", null);
        assertThat(read.labels("b", "x")).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a{x=\"1\n\"} 1",
                "a{x=\"1\\\"} 1",
                "a{x=\"1\\r\"} 1",
                "a{x=\"1\"\"} 1",
                "a{x=\"1\",x=\"2\"} 1",
                "a{x=\"1\"} 1 b",
                "a{x=\"1\"}",
                "# a",
                "",
            })
    void refuses_what_is_neither_a_comment_nor_a_sample(String scraped) {
        assertThatIllegalArgumentException().isThrownBy(() -> new Exposition(scraped));
    }
}

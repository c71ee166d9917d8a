package io.pgwatch.core.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DurationsTests {

    @ParameterizedTest(name = "{0} is {1}")
    @CsvSource({
        "PT0S, 0s",
        "PT15S, 15s",
        "PT0.015S, 15ms",
        "PT1.5S, 1500ms",
        "PT90S, 90s",
        "PT20M, 20m",
        "PT1H, 1h",
        "PT36H, 36h",
        "PT48H, 2d",
        "PT-1S, -1s",
        "PT-0.5S, -500ms",
        "PT0.000001S, PT0.000001S"
    })
    void are_told_as_people_write_them(Duration duration, String words) {
        assertThat(Durations.of(duration)).isEqualTo(words);
    }
}

package io.pgwatch.core.bloat;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LockTests {

    @ParameterizedTest(name = "after {0} s without a statement: {1}")
    @CsvSource({"0, false", "599.9, false", "600, true", "7200, true"})
    void who_asks_nothing_for_ten_minutes_reads_for_nobody(double seconds, boolean silent) {
        assertThat(Lock.isLost(seconds)).isEqualTo(silent);
    }
}

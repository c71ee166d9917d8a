package io.pgwatch.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgwatch.snapshot.Cause;
import io.pgwatch.snapshot.Reading.Missing;
import io.pgwatch.snapshot.Section;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RetriesTests {

    private static final Section<String> SECTION = new Section<>("databases", String.class);
    private static final Missing<?> REASON = new Missing<>(Cause.FAILED, "broken");

    private final Retries retries = new Retries();

    @Test
    void tries_a_broken_section_again_after_2_4_8_and_at_most_60_sweeps() {
        List<Integer> waits = new ArrayList<>();
        retries.failed(SECTION, REASON);
        int waited = 0;
        while (waits.size() < 8) {
            retries.tick();
            waited++;
            if (retries.due(SECTION)) {
                waits.add(waited);
                waited = 0;
                retries.failed(SECTION, REASON);
            }
        }

        assertThat(waits).containsExactly(2, 4, 8, 16, 32, 60, 60, 60);
    }

    @Test
    void begins_anew_after_it_worked() {
        retries.failed(SECTION, REASON);
        retries.failed(SECTION, REASON);

        retries.worked(SECTION);

        assertThat(retries.reason(SECTION)).isEmpty();
        assertThat(retries.due(SECTION)).isFalse();
    }
}

package io.pgwatch.spring.boot.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RehearsalTests {

    @Test
    void it_goes_through_and_starts_nothing() {
        Rehearsal.play();

        assertThat(Thread.getAllStackTraces().keySet())
                .extracting(Thread::getName)
                .noneMatch(name -> name.contains("rehearsal"));
    }
}

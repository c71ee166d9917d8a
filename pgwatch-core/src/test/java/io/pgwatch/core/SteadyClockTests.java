package io.pgwatch.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgwatch.testsupport.MovableClock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class SteadyClockTests {

    @Test
    void goes_on_by_what_has_gone_by_though_the_clock_is_set() {
        MovableClock machine = new MovableClock();
        AtomicLong nanos = new AtomicLong(-5);
        SteadyClock steady = new SteadyClock(machine, nanos::get);
        Instant start = steady.instant();

        machine.advance(Duration.ofHours(-3));
        nanos.addAndGet(Duration.ofSeconds(15).toNanos());

        assertThat(steady.instant()).isEqualTo(start.plusSeconds(15));
    }
}

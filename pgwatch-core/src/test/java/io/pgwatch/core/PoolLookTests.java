package io.pgwatch.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgwatch.snapshot.ClientPools.ClientPool;
import java.time.Clock;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PoolLookTests {

    private static final Instant START = Instant.parse("2026-11-21T02:00:00Z");

    private final PoolLook look = new PoolLook(null, Optional::empty, Clock.systemUTC(), () -> false);

    @Test
    void counts_from_the_first_look_at_which_somebody_waited() {
        assertThat(fullSeconds(0, 5, 0)).isZero();
        assertThat(fullSeconds(1, 5, 2)).isZero();
        assertThat(fullSeconds(11, 5, 2)).isEqualTo(10);
    }

    @Test
    void goes_on_counting_while_waiters_time_out_together_and_come_back() {
        fullSeconds(0, 5, 3);

        assertThat(fullSeconds(29, 5, 3)).isEqualTo(29);
        assertThat(fullSeconds(30, 5, 0)).isEqualTo(30);
        assertThat(fullSeconds(33, 5, 3)).isEqualTo(33);
    }

    @Test
    void begins_anew_when_nobody_has_waited_for_a_while() {
        fullSeconds(0, 5, 3);

        assertThat(fullSeconds(6, 5, 0)).isZero();
        assertThat(fullSeconds(7, 5, 1)).isZero();
        assertThat(fullSeconds(9, 5, 1)).isEqualTo(2);
    }

    @Test
    void begins_anew_when_a_connection_was_free() {
        fullSeconds(0, 5, 3);

        assertThat(fullSeconds(1, 4, 0)).isZero();
        assertThat(fullSeconds(2, 5, 1)).isZero();
    }

    private double fullSeconds(long second, int active, int pending) {
        ClientPool seen = new ClientPool("main", "hikari", active, 5 - active, 5, 5, pending, null, 0);
        return look.withTime(seen, START.plusSeconds(second)).fullSeconds();
    }
}

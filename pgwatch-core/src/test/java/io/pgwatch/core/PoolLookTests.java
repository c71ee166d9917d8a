package io.pgwatch.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgwatch.snapshot.Cause;
import io.pgwatch.snapshot.ClientPools.ClientPool;
import io.pgwatch.snapshot.Reading.Missing;
import java.time.Clock;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;

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

    @Test
    void does_not_wait_for_another_look_that_does_not_return() throws Exception {
        CountDownLatch reached = new CountDownLatch(1);
        CountDownLatch over = new CountDownLatch(1);
        PoolLook hanging = new PoolLook(
                new PGSimpleDataSource(),
                () -> {
                    reached.countDown();
                    try {
                        over.await();
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                    return Optional.empty();
                },
                Clock.systemUTC(),
                () -> false);
        Thread looking = new Thread(hanging::look);
        looking.start();
        reached.await();

        assertThat(hanging.look())
                .isInstanceOfSatisfying(
                        Missing.class, missing -> assertThat(missing.cause()).isEqualTo(Cause.TIMED_OUT));
        over.countDown();
        looking.join();
    }

    @Test
    void an_error_that_the_application_throws_is_a_reason_not_to_know() {
        PoolLook broken = new PoolLook(
                new PGSimpleDataSource(),
                () -> {
                    throw new OutOfMemoryError("thrown by the application");
                },
                Clock.systemUTC(),
                () -> false);

        assertThat(broken.look())
                .isInstanceOfSatisfying(
                        Missing.class, missing -> assertThat(missing.cause()).isEqualTo(Cause.FAILED));
    }

    @Test
    void a_pool_that_the_application_tells_of_counts_beside_a_url_alone() {
        ClientPool told = new ClientPool("main", "own", 2, 3, 5, 5, 0, null, 0);
        PoolLook look = new PoolLook(null, () -> Optional.of(told), Clock.systemUTC(), () -> false);

        assertThat(look.look().taken().orElseThrow().pools()).containsExactly(told);
        assertThat(look.maximum()).isEqualTo(5);
    }

    private double fullSeconds(long second, int active, int pending) {
        ClientPool seen = new ClientPool("main", "hikari", active, 5 - active, 5, 5, pending, null, 0);
        return look.withTime(seen, START.plusSeconds(second)).fullSeconds();
    }
}

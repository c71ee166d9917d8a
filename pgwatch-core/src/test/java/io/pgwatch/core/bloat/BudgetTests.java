package io.pgwatch.core.bloat;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Two percent of a core and 200 pages a second, on the average. */
class BudgetTests {

    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    private final Budget budget = new Budget(0.02, 200, 0);

    @Test
    void a_first_round_of_three_seconds_is_free() {
        budget.spend(3, 20_000, SECOND);

        assertThat(budget.nanosToWait(SECOND)).isZero();
    }

    @Test
    void time_spent_beyond_that_is_waited_for() {
        budget.spend(4, 0, 0);

        assertThat(budget.nanosToWait(0)).isBetween(50 * SECOND - 10, 50 * SECOND + 10);
        assertThat(budget.nanosToWait(50 * SECOND + 10)).isZero();
    }

    @Test
    void pages_read_beyond_that_are_waited_for() {
        budget.spend(0, 31_000, 0);

        assertThat(budget.nanosToWait(0)).isBetween(5 * SECOND - 10, 5 * SECOND + 10);
    }

    @Test
    void what_is_to_be_waited_for_becomes_less_with_time_and_then_nothing() {
        budget.spend(4, 0, 0);
        assertThat(budget.nanosToWait(20 * SECOND)).isBetween(30 * SECOND - 10, 30 * SECOND + 10);

        long wait = budget.nanosToWait(20 * SECOND);
        assertThat(budget.nanosToWait(20 * SECOND + wait)).isZero();

        budget.spend(0, 31_000, 3600 * SECOND);
        assertThat(budget.nanosToWait(3602 * SECOND)).isBetween(3 * SECOND - 10, 3 * SECOND + 10);
    }

    @Test
    void no_more_is_saved_up_than_two_minutes_and_a_half() {
        budget.spend(0, 30_200, 3600 * SECOND);

        assertThat(budget.nanosToWait(3600 * SECOND)).isPositive();
    }
}

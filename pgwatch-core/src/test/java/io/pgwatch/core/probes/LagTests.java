package io.pgwatch.core.probes;

import static io.pgwatch.core.probes.Facts.NOW;
import static org.assertj.core.api.Assertions.assertThat;

import io.pgwatch.evidence.Vacuum;
import io.pgwatch.evidence.Vacuum.Why;
import io.pgwatch.snapshot.Autovacuum;
import io.pgwatch.snapshot.History;
import io.pgwatch.snapshot.Tables;
import io.pgwatch.snapshot.Tables.Table;
import io.pgwatch.snapshot.Tables.Trigger;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Why a table lags, at the edges. */
class LagTests {

    private static final long MUCH = 1L << 30;

    /** Above its trigger for so long, with so many dead rows beside a million live ones. */
    private static Lag lag(
            long dead,
            long bytes,
            @Nullable Long estimated,
            long trigger,
            @Nullable Integer seconds,
            Autovacuum.Vacuum... vacuums) {
        Instant above = seconds == null ? null : NOW.minusSeconds(seconds);
        Table table = new Table(
                7,
                "a.b",
                null,
                true,
                1_000_000,
                dead,
                77,
                estimated,
                bytes,
                new Trigger(trigger, null, true, 50, 0.2),
                null,
                null,
                null,
                above,
                false);
        History history = above == null
                ? History.EMPTY
                : History.EMPTY.with(above, recorder -> recorder.record(Tables.pressure(7), table.pressure()));
        Autovacuum autovacuum = new Autovacuum(true, true, 60, 3, 2, 200, vacuums.length, List.of(vacuums));
        return new Lag(table, autovacuum, history, NOW, 180, MUCH);
    }

    private static Autovacuum.Vacuum on(@Nullable Long table) {
        return new Autovacuum.Vacuum(4711, table, true, null, null, null, null, null, null);
    }

    @Test
    void a_vacuum_of_another_table_is_not_on_it() {
        Lag lag = lag(300_000, 8192, 1L, 50, 180, on(8L));

        assertThat(lag.vacuum()).isEmpty();
        assertThat(lag.vacuumMayBeOnIt()).isFalse();
        assertThat(lag.why()).isEqualTo(Why.SKIPPED);
    }

    @ParameterizedTest(name = "{0} s above its trigger: {1}")
    @CsvSource({"179, DUE", "180, SKIPPED"})
    void is_merely_due_for_three_naptimes(int seconds, Why why) {
        assertThat(lag(300_000, 8192, 1L, 50, seconds).why()).isEqualTo(why);
    }

    @ParameterizedTest(name = "{0} dead rows of an estimated {1}: {2}")
    @CsvSource({"200050, , NEVER_ANALYZED", "200051, , SKIPPED", "200050, 0, SKIPPED"})
    void was_never_analyzed_where_its_true_rows_would_put_the_trigger_above(
            long dead, @Nullable Long estimated, Why why) {
        assertThat(lag(dead, 8192, estimated, 50, 180).why()).isEqualTo(why);
    }

    @ParameterizedTest(name = "{0} bytes: {1}")
    @CsvSource({"2147483648, TRIGGER_HIGH", "2147483647,"})
    void has_a_high_trigger_where_that_lets_dead_rows_fill_much(long bytes, @Nullable Why why) {
        // half of its rows, the dead ones included
        assertThat(lag(500_000, bytes, 1_000_000L, 750_000, null).why()).isEqualTo(why);
    }

    @Test
    void tells_what_is_counted_and_for_how_long_it_is_due() {
        Vacuum.Table due = lag(300_000, 8192, 1L, 50, 180).evidence();
        Vacuum.Table calm = lag(10, 8192, 1L, 50, null).evidence();

        assertThat(due.heldSeconds()).isEqualTo(180);
        assertThat(due.insertedRows()).isEqualTo(77);
        assertThat(calm.heldSeconds()).isNull();
    }

    @Test
    void tells_no_number_that_the_server_does_not_count() {
        Table lost = new Table(
                7,
                "a.b",
                null,
                false,
                0,
                0,
                0,
                1L,
                8192,
                new Trigger(50, null, true, 50, 0.2),
                null,
                null,
                null,
                null,
                false);

        Vacuum.Table told =
                new Lag(lost, lag(0, 0, 1L, 50, null).autovacuum(), History.EMPTY, NOW, 180, MUCH).evidence();

        assertThat(told.cause()).isEqualTo(Why.NOT_COUNTED);
        assertThat(told.deadRows()).isNull();
        assertThat(told.insertedRows()).isNull();
        assertThat(told.pressure()).isNull();
    }
}

package io.pgwatch.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgwatch.snapshot.Databases;
import io.pgwatch.snapshot.Databases.Database;
import io.pgwatch.snapshot.Holders;
import io.pgwatch.snapshot.Holders.Prepared;
import io.pgwatch.snapshot.Holders.Slot;
import io.pgwatch.snapshot.Sessions;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CalmTests {

    private static final Holders NONE = new Holders(List.of(), List.of());

    private boolean tables = true;
    private int looks = 1;
    private final Calm calm = new Calm(() -> tables, () -> looks);

    @Test
    void what_no_probe_asks_for_is_calm() {
        assertThat(calm.goodFor()).isEqualTo(Duration.ofMinutes(2));
        assertThat(calm.holdersGoodFor()).isEqualTo(Duration.ofMinutes(2));
    }

    @ParameterizedTest(name = "with {0} xids and {1} multixacts behind: {2}")
    @CsvSource({"199, 399, PT2M", "200, 1, PT0S", "1, 400, PT0S"})
    void all_of_it_rests_while_every_database_is_young(long xids, long multixacts, Duration rest) {
        calm.seen(NONE);
        calm.seen(aged(xids, multixacts));

        assertThat(calm.goodFor()).isEqualTo(rest);
    }

    @Test
    void ages_are_looked_at_more_closely_while_a_database_is_old() {
        assertThat(calm.idsGoodFor()).isEqualTo(Duration.ofMinutes(15));

        calm.seen(aged(200, 1));
        assertThat(calm.idsGoodFor()).isEqualTo(Duration.ofMinutes(5));

        calm.seen(aged(199, 1));
        assertThat(calm.idsGoodFor()).isEqualTo(Duration.ofMinutes(15));
    }

    @ParameterizedTest(name = "with ids {0} transactions old: {1}")
    @CsvSource({"999999, PT2M", "1000000, PT0S"})
    void all_of_it_rests_while_nothing_old_is_held(long age, Duration rest) {
        for (Holders held : List.of(
                new Holders(List.of(new Prepared("tx", "app", "shop", true, age, 5)), List.of()),
                new Holders(List.of(), List.of(new Slot("standby", null, false, age, null, 7, "reserved"))),
                new Holders(List.of(), List.of(new Slot("feed", "shop", true, null, age, 7, "reserved"))))) {
            calm.seen(held);
            assertThat(calm.goodFor()).as(held.toString()).isEqualTo(rest);
        }
        calm.seen(NONE);
        assertThat(calm.goodFor()).isEqualTo(Duration.ofMinutes(2));
    }

    @Test
    void nothing_rests_while_a_table_waits() {
        tables = false;

        assertThat(calm.goodFor()).isZero();
    }

    @ParameterizedTest(name = "{0} looks: {1}")
    @CsvSource({"45, PT2M", "46, PT1M57.391304347S", "90, PT1M"})
    void looks_follow_each_other_sooner_where_a_turn_takes_many(int looks, Duration rest) {
        this.looks = looks;

        assertThat(calm.goodFor()).isEqualTo(rest);
        assertThat(calm.holdersGoodFor()).isEqualTo(rest);
    }

    @Test
    void prepared_transactions_are_looked_for_while_somebody_waits() {
        calm.seen(waiting(1));
        assertThat(calm.holdersGoodFor()).isZero();
        assertThat(calm.goodFor()).as("the others").isEqualTo(Duration.ofMinutes(2));

        calm.seen(waiting(0));
        assertThat(calm.holdersGoodFor()).isEqualTo(Duration.ofMinutes(2));
    }

    private static Sessions waiting(int mayWait) {
        return new Sessions(List.of(), 1, null, 0, 0, mayWait, null, null, List.of());
    }

    private static Databases aged(long xids, long multixacts) {
        return new Databases(
                1000,
                1000,
                200,
                400,
                1600,
                1600,
                List.of(new Database("young", 1, 1, true), new Database("old", xids, multixacts, true)));
    }
}

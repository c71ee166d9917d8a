package io.pgwatch.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgwatch.snapshot.Databases;
import io.pgwatch.snapshot.Databases.Database;
import io.pgwatch.snapshot.Holders;
import io.pgwatch.snapshot.Holders.Prepared;
import io.pgwatch.snapshot.Holders.Slot;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CalmTests {

    private static final Holders NONE = new Holders(List.of(), List.of());

    private boolean tables = true;
    private final Calm calm = new Calm(() -> tables);

    @Test
    void nothing_rests_before_it_was_seen() {
        assertThat(calm.goodFor()).isZero();
        calm.seen(NONE);
        assertThat(calm.goodFor()).isZero();
        calm.seen(aged(1, 1));
        assertThat(calm.goodFor()).isEqualTo(Duration.ofMinutes(2));
    }

    @ParameterizedTest(name = "with {0} xids and {1} multixacts behind: {2}")
    @CsvSource({"199, 399, PT2M", "200, 1, PT0S", "1, 400, PT0S"})
    void all_of_it_rests_while_every_database_is_young(long xids, long multixacts, Duration rest) {
        calm.seen(NONE);
        calm.seen(aged(xids, multixacts));

        assertThat(calm.goodFor()).isEqualTo(rest);
    }

    @Test
    void nothing_rests_while_something_is_held_or_a_table_waits() {
        calm.seen(aged(1, 1));
        calm.seen(new Holders(List.of(new Prepared("tx", "app", "shop", true, 1, 5)), List.of()));
        assertThat(calm.goodFor()).isZero();
        calm.seen(new Holders(List.of(), List.of(new Slot("feed", "shop", true, null, 1L, 7, "reserved"))));
        assertThat(calm.goodFor()).isZero();

        calm.seen(NONE);
        tables = false;
        assertThat(calm.goodFor()).isZero();
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

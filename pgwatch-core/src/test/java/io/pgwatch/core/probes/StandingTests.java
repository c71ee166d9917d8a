package io.pgwatch.core.probes;

import static io.pgwatch.core.probes.Facts.NOW;
import static org.assertj.core.api.Assertions.assertThat;

import io.pgwatch.core.probes.Standing.Direction;
import io.pgwatch.snapshot.Databases.Database;
import io.pgwatch.snapshot.Series.Change;
import io.pgwatch.snapshot.Series.Point;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Where a database stands on its way to refused writes, in words. */
class StandingTests {

    private static final long FREEZE_MAX_AGE = 200_000_000;

    private static Change inHalfAnHour(double rise) {
        return new Change(new Point(NOW.minusSeconds(1800), 1e9), new Point(NOW, 1e9 + rise));
    }

    private static Standing standing(IdSpace space, long age, @Nullable Double rise) {
        return new Standing(
                space,
                new Database("shop", age, age, true),
                FREEZE_MAX_AGE,
                Optional.ofNullable(rise).map(StandingTests::inHalfAnHour),
                Optional.empty());
    }

    @ParameterizedTest(name = "an age of {0} that rose by {1} is {2}")
    @CsvSource({
        "900000000, -1500000, FALLING, 'vacuum is at work: the age fell by 1.5 M in the last 30 min, to 4.5 times the age at which autovacuum starts to freeze (200 M)'",
        "900000000, 0, NOT_FALLING, 'the age has not fallen in the last 30 min and is 4.5 times the age at which autovacuum starts to freeze (200 M)'",
        "900000000, 7, NOT_FALLING, 'the age has not fallen in the last 30 min and is 4.5 times the age at which autovacuum starts to freeze (200 M)'",
        "900000000,, NOT_KNOWN, 'the age is 4.5 times the age at which autovacuum starts to freeze (200 M); not observed for long enough to say whether it falls'",
        "200000001, 7, NOT_FALLING, 'the age has not fallen in the last 30 min and is 1.0 times the age at which autovacuum starts to freeze (200 M)'",
        "200000000, 7, NOT_FALLING, 'autovacuum_freeze_max_age is 200 M, so autovacuum has not even begun to freeze'"
    })
    void says_whether_vacuum_brings_the_age_down(long age, @Nullable Double rise, Direction direction, String why) {
        Standing standing = standing(IdSpace.XID, age, rise);

        assertThat(standing.direction()).isEqualTo(direction);
        assertThat(standing.why()).isEqualTo(why);
    }

    @ParameterizedTest
    @CsvSource({
        "XID, 21474836, 'database shop has used less than 1 % of its transaction ids (2,126 M left)'",
        "XID, 21474837, 'database shop has used 1 % of its transaction ids (age 21.5 M, 2,126 M left)'",
        "XID, 900000000, 'database shop has used 41 % of its transaction ids (age 900 M, 1,247 M left)'",
        "XID, 2144483646, 'database shop has used 99 % of its transaction ids (age 2,144 M, 3.0 M left)'",
        "XID, 2144483647, 'writes are refused: database shop has 3,000,000 transaction ids left, and the server stops at 3,000,000'",
        "MULTIXACT, 900000000, 'database shop has used 41 % of its multixact ids (age 900 M, 1,247 M left)'",
        "MULTIXACT, 2145483647, 'row locks that need a multixact are refused: database shop has 2,000,000 multixact ids left, and the server stops at 3,000,000'"
    })
    void says_how_much_is_used_and_what_is_refused(IdSpace space, long age, String words) {
        assertThat(standing(space, age, null).inWords()).isEqualTo(words);
    }

    @Test
    void tells_an_age_that_is_little_where_autovacuum_should_have_begun() {
        Standing standing = new Standing(
                IdSpace.XID, new Database("shop", 500_001, 1, true), 100_000, Optional.empty(), Optional.empty());

        assertThat(standing.inWords())
                .isEqualTo("database shop has used less than 1 % of its transaction ids (age 500,001, 2,147 M left)");
    }

    @Test
    void says_for_how_long_it_is_enough() {
        Forecast forecast = new Forecast(1_800_000, inHalfAnHour(1800), inHalfAnHour(1800));
        Standing standing = new Standing(
                IdSpace.XID,
                new Database("shop", 1_000_000, 1, true),
                FREEZE_MAX_AGE,
                Optional.empty(),
                Optional.of(forecast));

        assertThat(standing.inWords()).endsWith("2,146 M left, enough for 21 days at the rate of the last 30 min)");
        assertThat(standing.secondsLeft()).hasValue(1_800_000);
        assertThat(standing(IdSpace.XID, 1_000_000, null).secondsLeft()).isEmpty();
    }
}

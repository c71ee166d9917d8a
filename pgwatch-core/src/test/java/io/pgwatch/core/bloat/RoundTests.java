package io.pgwatch.core.bloat;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgwatch.snapshot.BloatSample.Unmeasured;
import io.pgwatch.snapshot.Cause;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** Which tables come next, and what is said of those that do not. */
class RoundTests {

    private static final Instant NOW = Instant.parse("2026-11-21T02:41:00Z");

    private final Round round = new Round();

    private static Candidate candidate(long oid, long pages) {
        return new Candidate(oid, "app.t" + oid, pages, 1, 0, 0, true);
    }

    @Test
    void tables_beyond_the_largest_are_one_line_with_all_their_bytes() {
        List<Candidate> largest = LongStream.range(0, 1000)
                .mapToObj(i -> candidate(20_000 + i, 2000 - i))
                .toList();
        long pages = largest.stream().mapToLong(Candidate::pages).sum();

        round.begin(new Candidates(largest, 50_000, pages + 73_000, List.of()), new HashMap<>(), NOW);

        assertThat(round.unmeasured(Set.of()))
                .hasSize(1001)
                .last()
                .isEqualTo(new Unmeasured(
                        "49000 smaller tables",
                        "table",
                        73_000 * 8192L,
                        Cause.NOT_SUPPORTED,
                        "only the largest tables are looked at",
                        null));
        assertThat(round.unmeasured(Set.of()).stream()
                        .mapToLong(Unmeasured::bytes)
                        .sum())
                .isEqualTo((pages + 73_000) * 8192);
    }

    @Test
    void the_first_round_is_the_largest_150() {
        List<Candidate> largest = LongStream.range(0, 1000)
                .mapToObj(i -> candidate(20_000 + i, 10))
                .toList();

        round.begin(new Candidates(largest, 1000, 10_000, List.of()), new HashMap<>(), NOW);

        assertThat(round.pending()).isEqualTo(150);
        for (int i = 0; i < 150; i++) {
            round.done(round.next());
        }
        assertThat(round.isFirstOver()).isTrue();
        assertThat(round.nanosToWait(NOW, false)).as("the others follow").isZero();
    }

    @Test
    void a_table_that_is_being_measured_when_the_tables_are_read_anew_is_measured_once() {
        Candidates two = new Candidates(List.of(candidate(20_000, 20), candidate(20_001, 10)), 2, 30, List.of());
        round.begin(two, new HashMap<>(), NOW);
        Candidate measured = round.next();

        round.begin(two, new HashMap<>(), NOW.plusSeconds(301));
        round.done(measured);

        assertThat(round.next().oid()).isEqualTo(20_001);
        assertThat(round.nanosToWait(NOW.plusSeconds(302), false)).isPositive();
    }
}

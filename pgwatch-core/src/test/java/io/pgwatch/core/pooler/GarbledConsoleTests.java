package io.pgwatch.core.pooler;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgwatch.snapshot.Cause;
import io.pgwatch.snapshot.Poolers;
import io.pgwatch.snapshot.Reading;
import io.pgwatch.testsupport.Allocation;
import io.pgwatch.testsupport.NoLeaks;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What a real console says, but for what went wrong on the way. */
@NoLeaks
class GarbledConsoleTests {

    private static final Duration BUDGET = Duration.ofSeconds(2);

    private static final int TIMES = 300;

    /** A look that finds everything sound takes about 1 MB. */
    private static final long MEMORY = 8 << 20;

    private final byte[] sound = recorded();

    @Test
    void whatever_comes_is_a_reading_in_time_that_takes_little_memory() throws IOException {
        Garbling garbling = new Garbling(sound, new Random(118));
        int noticed = 0;
        try (FakeConsole console = new FakeConsole(FakeConsole.saying(sound))) {
            for (int i = 0; i < TIMES; i++) {
                try (PoolerLook look = look(console)) {
                    console.behave(FakeConsole.saying(garbling.next()));
                    long allocated = Allocation.ofThisThread();
                    long begun = System.nanoTime();

                    Reading<Poolers> reading = look(look);

                    assertThat(Allocation.ofThisThread() - allocated)
                            .as("garbled for the %s. time", i)
                            .isLessThan(MEMORY);
                    assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(BUDGET.multipliedBy(3));
                    noticed += reading.missing().isPresent() ? 1 : 0;

                    console.behave(FakeConsole.saying(sound));
                    assertThat(isFoundAgain(look))
                            .as("garbled for the %s. time", i)
                            .isTrue();
                }
            }
        }
        assertThat(noticed).isBetween(TIMES / 4, TIMES - 1);
    }

    @Test
    void is_found_again_after_it_was_cut_off_in_the_midst_of_an_answer() throws IOException {
        for (int length = 0; length < sound.length; length += 97) {
            byte[] begun = Arrays.copyOf(sound, length);
            for (FakeConsole.Behaviour cut : List.of(FakeConsole.saying(begun), FakeConsole.resetting(begun))) {
                try (FakeConsole console = new FakeConsole(cut);
                        PoolerLook look = look(console)) {
                    Reading<Poolers> reading = look(look);
                    assertThat(reading.missing()).as("after %s bytes", length).isPresent();
                    assertThat(reading.missing().orElseThrow().cause()).isEqualTo(Cause.FAILED);

                    console.behave(FakeConsole.saying(sound));
                    assertThat(look(look)).as("it is left alone once").isEqualTo(reading);
                    assertThat(isSound(look(look))).as("after %s bytes", length).isTrue();
                    assertThat(console.connections()).isEqualTo(2);
                }
            }
        }
    }

    /** Once what is left of a conversation that went out of step is used up, and it has been left alone. */
    private static boolean isFoundAgain(PoolerLook look) {
        for (int i = 0; i < 30; i++) {
            if (isSound(look(look))) {
                return true;
            }
        }
        return false;
    }

    private static boolean isSound(Reading<Poolers> reading) {
        return reading.taken()
                .filter(seen -> seen.version().equals("1.18.0"))
                .filter(seen -> seen.pools().size() == 2)
                .filter(seen -> Integer.valueOf(100).equals(seen.maxClients()))
                .isPresent();
    }

    private static PoolerLook look(FakeConsole console) {
        return new PoolerLook(console.url() + "&sslmode=disable", null, null, BUDGET, Clock.systemUTC());
    }

    private static Reading<Poolers> look(PoolerLook look) {
        return look.look("shop", Optional::empty);
    }

    private static byte[] recorded() {
        try (InputStream in = GarbledConsoleTests.class.getResourceAsStream("pgbouncer-1.18.0.txt")) {
            ByteArrayOutputStream all = new ByteArrayOutputStream();
            new String(in.readAllBytes(), StandardCharsets.US_ASCII)
                    .lines()
                    .filter(line -> !line.startsWith("#"))
                    .map(line -> line.substring(line.indexOf(' ') + 1))
                    .forEach(answer -> all.writeBytes(Base64.getDecoder().decode(answer)));
            return all.toByteArray();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}

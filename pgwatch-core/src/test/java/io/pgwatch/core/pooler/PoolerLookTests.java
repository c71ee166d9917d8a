package io.pgwatch.core.pooler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgwatch.snapshot.Cause;
import io.pgwatch.snapshot.Poolers;
import io.pgwatch.snapshot.Reading;
import io.pgwatch.testsupport.NoLeaks;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A console that does not say what it should. */
@NoLeaks
class PoolerLookTests {

    private static final Duration BUDGET = Duration.ofSeconds(5);

    /** As many as are asked for. */
    private static final int ANSWERS = 8;

    @ParameterizedTest
    @ValueSource(ints = {4, 1 << 24, Integer.MAX_VALUE, -2, Integer.MIN_VALUE})
    void a_value_is_not_longer_than_its_row(int length) throws IOException {
        byte[] said = said(new ConsoleMessages()
                .login()
                .columns(List.of("version"))
                .row(length, new byte[3])
                .ready());
        try (FakeConsole console = new FakeConsole(FakeConsole.saying(said));
                PoolerLook look = look(console, Clock.systemUTC())) {
            Reading.Missing<Poolers> missing = look(look).missing().orElseThrow();

            assertThat(missing.cause()).isEqualTo(Cause.FAILED);
            assertThat(missing.detail()).endsWith("a value of " + length + " bytes, and 3 are left of its row");
        }
    }

    @Test
    void a_message_that_makes_no_sense_is_a_missing_reading() throws IOException {
        for (char type : new char[] {'T', 'D'}) {
            byte[] said = said(new ConsoleMessages().login().message(type, new byte[] {0}));
            try (FakeConsole console = new FakeConsole(FakeConsole.saying(said));
                    PoolerLook look = look(console, Clock.systemUTC())) {
                assertThat(look(look).missing().orElseThrow().detail())
                        .endsWith("what it says makes no sense (BufferUnderflowException)");
            }
        }
    }

    @Test
    void an_answer_ends_before_it_fills_the_memory() throws IOException {
        ConsoleMessages endless = new ConsoleMessages().login().columns(List.of("version"));
        for (int i = 0; i < 5; i++) {
            endless.row(1 << 19, new byte[1 << 19]).row(1 << 19, new byte[1 << 19]);
        }
        try (FakeConsole console = new FakeConsole(FakeConsole.saying(said(endless)));
                PoolerLook look = look(console, Clock.systemUTC())) {
            assertThat(look(look).missing().orElseThrow().detail())
                    .endsWith("the answer to SHOW VERSION is longer than 4194304 bytes");
        }
    }

    @Test
    void whatever_is_thrown_in_the_midst_of_a_look_hangs_up() throws IOException {
        AtomicBoolean broken = new AtomicBoolean(true);
        Clock clock = new Clock() {
            @Override
            public ZoneId getZone() {
                return ZoneOffset.UTC;
            }

            @Override
            public Clock withZone(ZoneId zone) {
                return this;
            }

            @Override
            public Instant instant() {
                if (broken.getAndSet(false)) {
                    throw new OutOfMemoryError("for the test");
                }
                return Instant.EPOCH;
            }
        };
        try (FakeConsole console = new FakeConsole(
                        FakeConsole.saying(said(new ConsoleMessages().login().empty(ANSWERS))));
                PoolerLook look = look(console, clock)) {
            assertThatThrownBy(() -> look(look)).isInstanceOf(OutOfMemoryError.class);

            assertThat(look(look).taken()).isPresent();
            assertThat(console.connections()).isEqualTo(2);
        }
    }

    @Test
    void a_look_has_one_budget_for_all_its_questions() throws IOException {
        Duration budget = Duration.ofMillis(500);
        byte[] login = said(new ConsoleMessages().login());
        byte[] answer = new ConsoleMessages().ready().bytes();
        try (FakeConsole console = new FakeConsole(FakeConsole.answering(
                        login, answer, budget.multipliedBy(9).dividedBy(10)));
                PoolerLook look = look(console, budget)) {
            assertTimedOut(look, budget);

            console.behave(FakeConsole.answering(login, answer, Duration.ZERO));
            assertThat(look(look).missing()).as("it is left alone once").isPresent();
            assertThat(console.connections()).isOne();
            assertThat(look(look).taken()).isPresent();
            assertThat(look(look).taken())
                    .as("each look has a budget of its own")
                    .isPresent();
            assertThat(console.connections()).isEqualTo(2);
        }
    }

    @Test
    void a_byte_at_a_time_does_not_prolong_a_login_or_an_answer() throws IOException {
        byte[] notices = new byte[1 << 10];
        ConsoleMessages login = new ConsoleMessages().message('N', notices).login();
        ConsoleMessages answer = new ConsoleMessages().login().message('N', notices);
        for (ConsoleMessages messages : List.of(login, answer)) {
            assertTimedOut(said(messages), "");
        }
    }

    /** The head of a record of TLS that is 16 kB long, whatever is in it. */
    @Test
    void a_byte_at_a_time_does_not_prolong_a_handshake_of_tls() throws IOException {
        byte[] said = new byte[1 << 10];
        System.arraycopy(new byte[] {'S', 22, 3, 3, 64, 0}, 0, said, 0, 6);

        assertTimedOut(said, "&sslmode=require");
    }

    private static void assertTimedOut(byte[] trickling, String parameters) throws IOException {
        Duration budget = Duration.ofMillis(200);
        try (FakeConsole console = new FakeConsole(FakeConsole.trickling(trickling, Duration.ofMillis(10)));
                PoolerLook look = new PoolerLook(console.url() + parameters, null, null, budget, Clock.systemUTC())) {
            assertTimedOut(look, budget);
        }
    }

    /** The margin is for a machine that is busy; without the deadline each of these takes several times as long. */
    private static void assertTimedOut(PoolerLook look, Duration budget) {
        long begun = System.nanoTime();
        Reading<Poolers> read = look(look);

        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isBetween(budget.dividedBy(2), budget.plusMillis(2500));
        assertThat(read.missing()).hasValueSatisfying(missing -> {
            assertThat(missing.cause()).isEqualTo(Cause.TIMED_OUT);
            assertThat(missing.detail()).endsWith(": no answer in time");
        });
    }

    /** It speaks no TLS, which is what it is asked for at first. */
    private static byte[] said(ConsoleMessages messages) {
        byte[] plain = messages.bytes();
        byte[] said = new byte[1 + plain.length];
        said[0] = 'N';
        System.arraycopy(plain, 0, said, 1, plain.length);
        return said;
    }

    @Test
    void refuses_a_word_for_tls_that_there_is_none() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> PoolerLook.requireConsole("jdbc:postgresql://db/pgbouncer?sslmode=verify", "stats"))
                .withMessageStartingWith("want sslmode disable, allow, prefer, ")
                .withMessageEndingWith(", got verify");
    }

    private static PoolerLook look(FakeConsole console, Clock clock) {
        return new PoolerLook(console.url(), null, null, BUDGET, clock);
    }

    private static PoolerLook look(FakeConsole console, Duration budget) {
        return new PoolerLook(console.url(), null, null, budget, Clock.systemUTC());
    }

    private static Reading<Poolers> look(PoolerLook look) {
        return look.look("shop", Optional::empty);
    }
}

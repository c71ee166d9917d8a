package io.pgwatch.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgwatch.snapshot.Cause;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class FailuresTests {

    @ParameterizedTest(name = "{1}: {0}")
    @MethodSource("errors")
    void tells_what_nobody_answered_from_what_was_refused_and_what_broke(SQLException error, Cause cause) {
        assertThat(Failures.causeOf(error)).isEqualTo(cause);
    }

    @Test
    void the_refusal_is_what_the_server_said_and_not_what_a_pool_says_of_it() {
        SQLException full = new SQLException("too many connections for role \"app\"", "53300");
        SQLException ofPool = new SQLTransientConnectionException("pool: not available", "53300", full);

        assertThat(Failures.refusal(ofPool)).containsSame(full);
        assertThat(Failures.refusal(full)).containsSame(full);
        assertThat(Failures.refusal(new SQLException("pool: none", "08001"))).isEmpty();
    }

    @Test
    void a_pool_without_room_passes_and_a_wrong_password_does_not() {
        assertThat(Failures.passes(new SQLTransientConnectionException("pool: not available in 1000 ms")))
                .isTrue();
        assertThat(Failures.passes(new SQLException("broken", "08006"))).isTrue();
        assertThat(Failures.passes(new SQLException("password authentication failed", "28P01")))
                .isFalse();
    }

    private static Stream<Arguments> errors() {
        SQLException refused = new SQLException("password authentication failed", "28P01");
        SQLException closed = new SQLException("this connection has been closed", "08003");
        return Stream.of(
                Arguments.of(new SQLException("permission denied", "42501"), Cause.NOT_PERMITTED),
                Arguments.of(new SQLException("no such function", "42883"), Cause.NOT_SUPPORTED),
                Arguments.of(new SQLException("canceling statement", "57014"), Cause.TIMED_OUT),
                Arguments.of(new SQLException("broken", "08006", new SocketTimeoutException()), Cause.TIMED_OUT),
                Arguments.of(new SQLException("broken", "08006", new ConnectException()), Cause.FAILED),
                Arguments.of(refused, Cause.FAILED),
                Arguments.of(new SQLTransientConnectionException("pool: not available in 1000 ms"), Cause.TIMED_OUT),
                Arguments.of(new SQLTransientConnectionException("pool: none", "08003", closed), Cause.TIMED_OUT),
                Arguments.of(new SQLTransientConnectionException("pool: none", "28P01", refused), Cause.FAILED));
    }
}

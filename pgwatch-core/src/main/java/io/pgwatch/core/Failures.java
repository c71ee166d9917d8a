package io.pgwatch.core;

import io.pgwatch.core.text.OneLine;
import io.pgwatch.snapshot.Cause;
import io.pgwatch.snapshot.Login;
import io.pgwatch.snapshot.Reading.Missing;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLException;

/** What an error of the driver or the server means for what was to be read. */
final class Failures {

    private Failures() {}

    /** Missing for that error, in a sentence with its SQLSTATE. */
    static <T> Missing<T> missing(SQLException error) {
        return new Missing<>(causeOf(error), inWords(error));
    }

    /** The error's own first line and its SQLSTATE, without the detail, which could quote a row. */
    static String inWords(SQLException error) {
        String text = error.getCause() instanceof IOException network ? inWords(network) : textOf(error);
        return OneLine.of(text) + (error.getSQLState() == null ? "" : " (SQLSTATE " + error.getSQLState() + ")");
    }

    private static String inWords(IOException network) {
        if (network instanceof UnknownHostException) {
            return "unknown host " + withoutUser(Objects.requireNonNullElse(network.getMessage(), ""));
        }
        return network instanceof SocketTimeoutException
                ? "no answer in time"
                : Objects.requireNonNullElse(
                        network.getMessage(), network.getClass().getSimpleName());
    }

    /** Some write credentials before the host, where the driver does not look for them. */
    private static String withoutUser(String host) {
        return host.substring(host.lastIndexOf('@') + 1);
    }

    private static String textOf(SQLException error) {
        String text = error instanceof PSQLException fromServer && fromServer.getServerErrorMessage() != null
                ? fromServer.getServerErrorMessage().getMessage()
                : error.getMessage();
        return Objects.requireNonNullElse(text, error.getClass().getSimpleName())
                .lines()
                .findFirst()
                .orElse("")
                .replaceFirst("\\.$", "");
    }

    /** Of an answer that is not what was asked for: the connection has nothing to do with it. It quotes no row. */
    static SQLException notUnderstood(RuntimeException error) {
        StackTraceElement[] stack = error.getStackTrace();
        return new SQLException(
                "the answer was not understood: " + error.getClass().getSimpleName()
                        + (stack.length == 0 ? "" : " in " + stack[0]),
                error);
    }

    /** Whether the connection is of no use after it. */
    static boolean endsConnection(SQLException error) {
        String state = state(error);
        return state.startsWith("08") || state.startsWith("57P") || state.equals("25P03") || state.equals("25P04");
    }

    /** Whether it ends by itself: nobody listens, the server starts or shuts down, or it or the pool has no room. */
    static boolean passes(SQLException error) {
        String state = state(error);
        return isTimeoutOfPool(error) || state.startsWith("08") || state.startsWith("57P") || state.startsWith("53");
    }

    /** Whether nobody answered in time, as distinct from an answer that refuses. */
    static boolean isTimeout(SQLException error) {
        for (@Nullable Throwable cause = error; cause != null; cause = cause.getCause()) {
            if (cause instanceof SocketTimeoutException) {
                return true;
            }
        }
        return false;
    }

    /** Whether a pool gave nothing in its own time, and knows of no reason, or only that it closed a connection (08003). */
    private static boolean isTimeoutOfPool(SQLException error) {
        return error instanceof SQLTransientConnectionException
                && (error.getCause() == null || state(error).equals("08003"));
    }

    static Cause causeOf(SQLException error) {
        if (isTimeout(error) || isTimeoutOfPool(error)) {
            return Cause.TIMED_OUT;
        }
        return switch (state(error)) {
            case "42501" -> Cause.NOT_PERMITTED;
            case "42883", "42P01", "42703", "42704", "0A000" -> Cause.NOT_SUPPORTED;
            case "57014", "55P03" -> Cause.TIMED_OUT;
            default -> Cause.FAILED;
        };
    }

    /**
     * In a pool's error, the refusal of the server that hangs on it as cause or next exception; the innermost, since a pool may
     * put its own words before it, under the same SQLSTATE.
     */
    static Optional<SQLException> refusal(SQLException error) {
        @Nullable SQLException found = null;
        for (@Nullable Throwable cause = error; cause != null; cause = cause.getCause()) {
            for (@Nullable Throwable one = cause; one instanceof SQLException sql; one = sql.getNextException()) {
                if (state(sql).equals(Login.LIMIT_REACHED)) {
                    found = sql;
                }
            }
        }
        return Optional.ofNullable(found);
    }

    private static String state(SQLException error) {
        return Objects.requireNonNullElse(error.getSQLState(), "");
    }
}

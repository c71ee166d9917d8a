package io.pgwatch.core.probes;

import static java.util.Objects.requireNonNull;

import io.pgwatch.snapshot.Sessions.Session;
import io.pgwatch.snapshot.Sessions.State;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** What is said of a session that keeps a transaction open: what it is, what shape its transaction has, how to end it. */
final class SessionWords {

    private static final DateTimeFormatter TIMESTAMP = DateTimeFormatter.ofPattern(
                    "uuuu-MM-dd HH:mm:ss.SSSSSS'+00'", Locale.ROOT)
            .withZone(ZoneOffset.UTC);

    private SessionWords() {}

    /** Such as {@code session 4711 of role app (orders)}, or {@code autovacuum worker 4712}. */
    static String describe(Session session) {
        String application = Words.inLine(session.application()).strip();
        String user = session.user();
        return (user == null ? "autovacuum worker " : "session ")
                + session.pid()
                + (user == null ? "" : " of role " + Words.inLine(user))
                + (session.here() || session.database() == null
                        ? ""
                        : " in database " + Words.inLine(session.database()))
                + (application.isEmpty() ? "" : " (" + application + ")");
    }

    /** Why its transaction holds what it holds. */
    static String shape(Session session) {
        if (session.state() == State.ABORTED) {
            return "a statement of its transaction failed, and nobody has rolled back since";
        }
        if (session.xidAge() != null) {
            return "its transaction wrote or locked something, and has not been committed";
        }
        return session.xminAge() != null
                ? "it keeps a snapshot: that of its last query, which JDBC's protocol holds until the next statement or the"
                        + " end of the transaction, or one for the whole of a REPEATABLE READ transaction or of a result"
                        + " read by fetchSize"
                : "it pins nothing, and costs a connection";
    }

    /** What it runs or ran last, to go behind a sentence; empty where that is not shown. */
    static String statement(Session session) {
        String statement = session.statement();
        return statement == null
                ? ""
                : (session.state() == State.ACTIVE ? "; it runs: " : "; its last statement: ")
                        + Words.inLine(statement);
    }

    /** What the application can do about the shape. */
    static String cure(Session session) {
        if (session.state() == State.ABORTED) {
            return "Roll back when a statement fails: in a finally block, or by letting the exception leave @Transactional.";
        }
        if (session.xidAge() != null) {
            return "Commit right after the last statement: no remote call, no queue and no user belongs between a write and"
                    + " its commit.";
        }
        return "Commit after reading, or read with autocommit; with spring.jpa.open-in-view=false no transaction waits for"
                + " a page, and a result with a fetchSize wants to be read to its end quickly.";
    }

    /** Has the server end such transactions by itself, in {@link #scope} and sessions that begin from then on. */
    static String timeout(Session session) {
        String database = session.database();
        return "ALTER ROLE " + Words.quoted(requireNonNull(session.user(), "user"))
                + (database == null ? "" : " IN DATABASE " + Words.quoted(database))
                + " SET idle_in_transaction_session_timeout = '5min';";
    }

    /** To whom the timeout applies. */
    static String scope(Session session) {
        String database = session.database();
        return "role " + Words.inLine(requireNonNull(session.user(), "user"))
                + (database == null ? "" : " in database " + Words.inLine(database));
    }

    /** Ends the session, and no other one that has got its pid since. */
    static String terminate(Session session) {
        return onlyThis("pg_terminate_backend", session);
    }

    /** Ends what the session is running, and does nothing to one that has got its pid since. */
    static String cancel(Session session) {
        return onlyThis("pg_cancel_backend", session);
    }

    private static String onlyThis(String function, Session session) {
        Instant startedAt = session.startedAt();
        Long age = session.heldAge();
        String guard = startedAt != null
                ? "backend_start = '" + TIMESTAMP.format(startedAt) + "'"
                : "greatest(age(backend_xid), age(backend_xmin)) >= " + age;
        return "SELECT " + function + "(pid) FROM pg_stat_activity WHERE pid = " + session.pid() + " AND " + guard
                + ";";
    }
}

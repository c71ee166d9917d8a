package io.pgwatch.core;

import io.pgwatch.snapshot.Cause;
import io.pgwatch.snapshot.Login;
import io.pgwatch.snapshot.Reading;
import io.pgwatch.snapshot.Reading.Missing;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.IntSupplier;
import java.util.regex.Pattern;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gets the session for a sweep, and holds it for the next. At most one connection exists and at most one attempt to connect
 * runs; after a failure the next one waits, longer each time. Used by the watch's thread, but for {@link #close}.
 */
final class SessionKeeper {

    private static final Logger log = LoggerFactory.getLogger(JdbcPgWatch.class);

    private static final Duration LONGEST_WAIT = Duration.ofSeconds(60);

    /** However often somebody asks to try again. */
    private static final Duration SHORTEST_WAIT = Duration.ofSeconds(5);

    /** For what ends without anybody's doing here: a restart, a failover, a network or a server that is full. */
    private static final Duration LONGEST_WAIT_FOR_WHAT_PASSES = Duration.ofSeconds(15);

    /** Half an hour, as pools keep one by default, would be an eighth of what all sweeps cost a small database. */
    private static final Duration SHORTEST_LIFE = Duration.ofMinutes(54);

    /** So that instances that were started together do not log in together. */
    private static final Duration DIFFERENCE_OF_LIVES = Duration.ofMinutes(12);

    private final WatchOptions options;
    private final Duration partTimeout;
    private final Runnable wake;
    private final IntSupplier poolMaximum;
    private final Duration life;
    private volatile @Nullable Session held;
    private volatile @Nullable Attempt running;
    private volatile boolean closed;
    private volatile int toldMaximum;
    private int failures;
    private Instant heldSince = Instant.MIN;
    private Instant notBefore = Instant.MIN;
    private Instant attemptedAt = Instant.MIN;
    private volatile boolean saidThatItBorrows;
    private @Nullable Missing<?> lastFailure;
    private Reading<Login> login = new Missing<>(Cause.NOT_YET, "no attempt to connect has ended yet");

    /**
     * None is open at first.
     *
     * @param parts into how many sections the budget of a sweep is divided
     * @param wake asks for a sweep, since an attempt that the last one did not wait for has ended
     * @param poolMaximum how many connections the application's pool may have; 0 where that is not known
     */
    SessionKeeper(WatchOptions options, int parts, Runnable wake, IntSupplier poolMaximum) {
        this.options = options;
        this.wake = wake;
        this.poolMaximum = poolMaximum;
        this.partTimeout = options.budget().dividedBy(Math.max(1, parts));
        this.life = SHORTEST_LIFE.plusSeconds(
                Math.floorMod(Objects.hash(options.name(), options.instance()), (int) DIFFERENCE_OF_LIVES.toSeconds()));
    }

    /** How the newest attempt to connect ended. */
    Reading<Login> login() {
        return login;
    }

    /** The session that is held, or a new one, waiting for it at most for the budget. */
    Session acquire() throws Unreachable, InterruptedException {
        Session session = held;
        return session != null ? session : connect();
    }

    private Session connect() throws Unreachable, InterruptedException {
        Attempt attempt = running;
        if (attempt == null || attempt.isGone()) {
            attempt = begin();
        }
        try {
            Session session = attempt.await(options.budget());
            if (session == null) {
                throw new Unreachable(tooLate(attempt));
            }
            running = null;
            return succeeded(session);
        } catch (ExecutionException e) {
            running = null;
            throw new Unreachable(failed(e.getCause()));
        }
    }

    private Attempt begin() throws Unreachable {
        if (closed) {
            throw new Unreachable(new Missing<>(Cause.NOT_YET, "the watch is closed"));
        }
        if (lastFailure != null && options.clock().instant().isBefore(notBefore)) {
            throw new Unreachable(lastFailure);
        }
        return attempt();
    }

    private Attempt attempt() {
        Attempt attempt = new Attempt("pgwatch-" + options.nameInLine() + "-connect", this::open, wake);
        running = attempt;
        attemptedAt = options.clock().instant();
        return attempt;
    }

    /** A connection of our own may come late and serve the next sweep; one of the application's goes back when it comes. */
    private Missing<?> tooLate(Attempt attempt) {
        Missing<?> missing = new Missing<>(
                Cause.TIMED_OUT,
                "cannot " + connectInWords() + " within the budget of "
                        + options.budget().toMillis() + " ms");
        if (borrows()) {
            attempt.giveBack();
            if (!wasRefused()) {
                login = new Missing<>(missing.cause(), missing.detail());
            }
        }
        return missing;
    }

    /** What the server said last holds until the pool says something else. */
    private boolean wasRefused() {
        return login.taken().filter(last -> last.sqlState() != null).isPresent();
    }

    private Session succeeded(Session session) {
        failures = 0;
        lastFailure = null;
        login = new Reading.Taken<>(Login.ADMITTED, options.clock().instant());
        held = session;
        heldSince = options.clock().instant();
        if (closed) {
            session.abort();
        }
        return session;
    }

    private Missing<?> failed(@Nullable Throwable cause) {
        SQLException error = cause instanceof SQLException sql ? sql : new SQLException(cause);
        SQLException reason = Failures.refusal(error).orElse(error);
        Instant now = options.clock().instant();
        notBefore = now.plus(backOff(error, reason));
        failures++;
        String role = target().map(ConnectionTarget::username).orElse(null);
        Missing<?> missing = new Missing<>(
                Failures.causeOf(reason),
                "cannot " + connectInWords() + ": " + Failures.inWords(reason),
                role == null ? null : Grants.lacking(reason, role));
        login = borrows() && missing.cause() == Cause.TIMED_OUT
                ? new Missing<>(missing.cause(), missing.detail())
                : new Reading.Taken<>(
                        new Login(reason.getSQLState(), Failures.inWords(reason), isOwnLimit(reason, role)), now);
        lastFailure = missing;
        return missing;
    }

    /** The server names in quotes what has the limit, in whatever language: a role that the application does not log in as. */
    private boolean isOwnLimit(SQLException reason, @Nullable String role) {
        String message = reason.getMessage();
        return role != null
                && message != null
                && Login.LIMIT_REACHED.equals(reason.getSQLState())
                && Pattern.compile("[^\\w\\s]\\h?" + Pattern.quote(role) + "\\h?[^\\w\\s]")
                        .matcher(message)
                        .find()
                && !role.equals(said(options.targets()::applicationRole).orElse(role));
    }

    private String connectInWords() {
        if (borrows()) {
            return "borrow from the pool";
        }
        return "connect" + target().map(target -> " to " + target).orElse("");
    }

    /** For words about it. */
    private Optional<ConnectionTarget> target() {
        return said(options.targets()::current);
    }

    /** What the application says of itself; it may fail to, which must not end the sweep. */
    private static <T> Optional<T> said(Callable<Optional<T>> asked) {
        try {
            return asked.call();
        } catch (Throwable applicationCannotSay) { // of whatever kind: it is code of the application
            return Optional.empty();
        }
    }

    /** Whether it waits for a connection of the application's pool just now; from any thread. */
    boolean isBorrowing() {
        Attempt attempt = running;
        return attempt != null && attempt.isRunning() && borrows();
    }

    private boolean borrows() {
        return options.mode() == ConnectionMode.POOLED || saidThatItBorrows;
    }

    /**
     * How long to wait after a failure: 1, 2, 4 … intervals up to 15 s, or up to a minute where only somebody's doing ends it,
     * as for a wrong password; less up to a quarter, so that siblings spread. A login that nobody answered leaves a half-made
     * backend at the server: a minute at least.
     */
    private Duration backOff(SQLException error, SQLException reason) {
        double spread = ThreadLocalRandom.current().nextDouble(0.75, 1.0);
        if (Failures.isTimeout(error)) {
            return Duration.ofMillis((long) (LONGEST_WAIT.toMillis() / spread));
        }
        Duration longest = Failures.passes(reason) ? LONGEST_WAIT_FOR_WHAT_PASSES : LONGEST_WAIT;
        double doubled = options.interval().toMillis() * Math.pow(2, Math.min(failures, 20));
        return Duration.ofMillis((long) (Math.min(longest.toMillis(), doubled) * spread));
    }

    /** Shortens the wait after a failure, unless the server left a login unanswered: somebody asks to try again. */
    void tryAgain() {
        Instant soonest = attemptedAt.plus(SHORTEST_WAIT);
        if (lastFailure != null && lastFailure.cause() != Cause.TIMED_OUT && soonest.isBefore(notBefore)) {
            notBefore = soonest;
        }
    }

    /** The sweep is over; the session stays for the next one or goes. */
    void release(Session session, boolean keep) throws InterruptedException {
        if (!keep || !keeps(session) || closed) {
            discard(session);
        } else if (isOld()) {
            renew(session);
        }
    }

    /** Then it is opened anew: the address may lead to another server by now, or the role have another password. */
    private boolean isOld() {
        return heldSince.plus(life).isBefore(options.clock().instant());
    }

    /** The old one stays until the new one is there; what fails or takes longer than the budget is left to later sweeps. */
    private void renew(Session old) throws InterruptedException {
        Attempt attempt = running;
        if (attempt == null && options.clock().instant().isBefore(notBefore)) {
            return;
        }
        try {
            Session fresh = (attempt == null ? attempt() : attempt).await(options.budget());
            if (fresh != null) {
                running = null;
                old.unlock();
                discard(old);
                succeeded(fresh);
            }
        } catch (ExecutionException e) {
            running = null;
            failed(e.getCause());
        }
    }

    /** Whether the session stays from sweep to sweep, if nothing comes in between. */
    boolean keeps(Session session) {
        return !session.borrowed() && options.mode() == ConnectionMode.DEDICATED;
    }

    /** The session that stays between two sweeps, if there is one. */
    @Nullable
    Session held() {
        return held;
    }

    /** The session is of no use any more. */
    void discard(Session session) {
        held = null;
        session.close();
    }

    /** Ends what is held and what is attempted, from any thread. */
    void close() {
        closed = true;
        Session session = held;
        if (session != null) {
            session.abort();
        }
        Attempt attempt = running;
        if (attempt != null) {
            attempt.abandon();
        }
    }

    private Session open() throws SQLException {
        Targets targets = options.targets();
        String applicationRole = targets.applicationRole().orElse(null);
        boolean borrow = options.mode() == ConnectionMode.POOLED;
        if (!borrow) {
            toldMaximum = poolMaximum();
            String applicationName = options.applicationName(toldMaximum);
            Optional<ConnectionTarget> target = targets.current();
            if (target.isPresent()) {
                Connection own = DriverConnector.open(
                        target.get(), targets.driverProperties(), options.budget(), applicationName);
                return new Session(own, false, options.budget(), partTimeout, applicationRole);
            }
            Optional<DataSource> inner = targets.inner();
            if (inner.isPresent()) {
                return new Session(
                        fit(inner.get().getConnection(), applicationName),
                        false,
                        options.budget(),
                        partTimeout,
                        applicationRole);
            }
            sayThatItBorrows();
        }
        DataSource pool = targets.outer().orElseThrow(() -> new SQLException("there is no data source to borrow from"));
        return new Session(pool.getConnection(), true, options.budget(), partTimeout, applicationRole);
    }

    /** A data source of the application's may hand out connections that begin transactions. */
    private static Connection fit(Connection own, String applicationName) throws SQLException {
        try {
            own.setAutoCommit(true);
            own.setClientInfo("ApplicationName", applicationName);
            return own;
        } catch (SQLException | RuntimeException e) {
            own.close();
            throw e;
        }
    }

    /** Has a held session tell siblings the pool's maximum of now: a pool may be started, or changed, after it was opened. */
    void rename(Session session) throws SQLException {
        if (session.direct() && keeps(session) && poolMaximum() != toldMaximum) {
            toldMaximum = poolMaximum();
            session.rename(options.applicationName(toldMaximum));
        }
    }

    /** 0 where siblings could not count on it: not known, not to the same address, or told by a session that comes and goes. */
    private int poolMaximum() {
        return said(() -> options.mode() == ConnectionMode.DEDICATED
                                && options.targets().leadWhereTheApplicationDoes()
                        ? Optional.of(poolMaximum.getAsInt())
                        : Optional.<Integer>empty())
                .orElse(0);
    }

    private void sayThatItBorrows() {
        if (!saidThatItBorrows) {
            saidThatItBorrows = true;
            log.warn(
                    "{}: cannot tell where {} connects to, so each sweep borrows a connection from it; it will see nothing"
                            + " while the pool is exhausted. Give a url to change that.",
                    options.nameInLine(),
                    options.targets()
                            .outer()
                            .map(source -> source.getClass().getName())
                            .orElse("the data source"));
        }
    }
}

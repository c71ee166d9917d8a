package io.pgwatch.core.bloat;

import io.pgwatch.snapshot.BloatSample;
import io.pgwatch.snapshot.BloatSample.Relation;
import io.pgwatch.snapshot.BloatSample.Unmeasured;
import io.pgwatch.snapshot.Cause;
import io.pgwatch.snapshot.Reading;
import io.pgwatch.snapshot.Reading.Missing;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Measures one table after the other, in slices that its owner grants between two sweeps: the largest first, then those that
 * changed or were not looked at for a day. Used by one thread at a time.
 */
public final class BloatReading {

    private static final Duration LOCK_TIMEOUT = Duration.ofMillis(100);
    /** A list of tables that could not be read again for so long is no news any more. */
    private static final Duration OLD_AFTER = Duration.ofHours(1);

    private static final long ASK_FOR_LOCK_AGAIN = TimeUnit.SECONDS.toNanos(15);
    private static final long ASK_AT_LEAST_EVERY = TimeUnit.MINUTES.toNanos(5);

    private final Texts texts;
    private final Clock clock;
    private final Limits limits;
    private final Budget budget;
    private final Map<Long, Standing> standings = new HashMap<>();
    private final Round round = new Round();
    private Reading<BloatSample> reading = notYet();
    private Instant readAt = Instant.MIN;
    private @Nullable Lent keepsLock;
    private @Nullable Work begun;

    /** The session of another watch that reads instead; 0 while none was met. */
    private int reader;

    private long lockPause = ASK_FOR_LOCK_AGAIN;
    private long pauseUntil = System.nanoTime();

    /** A table that is being measured. */
    private record Work(Candidate candidate, Measurement measurement) {}

    public BloatReading(Texts texts, Clock clock, Limits limits) {
        this.texts = texts;
        this.clock = clock;
        this.limits = limits;
        this.budget = new Budget(limits.cpuShare(), limits.pagesPerSecond(), System.nanoTime());
    }

    private static Reading<BloatSample> notYet() {
        return new Missing<>(Cause.NOT_YET, "no table has been looked at yet");
    }

    /** What is known so far; does not ask the server. */
    public Reading<BloatSample> reading() {
        return reading;
    }

    /** Whether it has the lock, so that it reads for all watches of its role. */
    public boolean isForAll() {
        return keepsLock != null;
    }

    /** Another server answers: nothing is known of it. */
    public void forget() {
        standings.clear();
        round.forget();
        reading = notYet();
        keepsLock = null;
        begun = null;
    }

    /**
     * Reads for a while, if it is time.
     *
     * @param time that it takes at most, give or take what the network adds
     * @param turn how long it waits at least before it asks again for the lock that another session has
     * @return nanoseconds until the next slice is wanted
     * @throws SQLException if the session is of no use any more
     */
    public long slice(Lent session, Duration time, Duration turn) throws SQLException {
        long started = System.nanoTime();
        Duration statement = time.dividedBy(2);
        if (isToLock(session) && !lock(session, statement)) {
            return pauseForLock(turn.toNanos());
        }
        long wait = nanosToWait();
        if (wait > 0) {
            return wait;
        }
        Deadline deadline = Deadline.in(time.dividedBy(2));
        boolean isFirst = !round.isFirstOver();
        reader = 0;
        do {
            step(session, time, statement, deadline);
        } while (reader == 0 && !deadline.isOver() && canGoOn() && !(isFirst && round.isFirstOver()));
        if (reader != 0) {
            if (hasNoNews()) {
                reading = elsewhere(reader, silence(session, statement, reader));
            }
            return pauseForLock(turn.toNanos());
        }
        lockPause = ASK_FOR_LOCK_AGAIN;
        long now = System.nanoTime();
        pauseUntil = now + (now - started);
        return nanosToWait();
    }

    /** At once when it was kept by the session before, else when it is time. */
    private boolean isToLock(Lent session) {
        return session.direct() && !session.equals(keepsLock) && (keepsLock != null || nanosToWait() <= 0);
    }

    /** Longer each time: who has the lock keeps it as long as it lives. Watches that began together ask apart. */
    private long pauseForLock(long turn) {
        double spread = ThreadLocalRandom.current().nextDouble(0.75, 1.25);
        long pause = (long) (Math.max(lockPause, turn) * spread);
        pauseUntil = System.nanoTime() + pause;
        lockPause = Math.min(2 * lockPause, ASK_AT_LEAST_EVERY);
        return pause;
    }

    /** After each slice a pause as long, whatever the allowance. */
    private long nanosToWait() {
        long now = System.nanoTime();
        long allowed = Math.max(pauseUntil - now, budget.nanosToWait(now));
        return Math.max(0, Math.max(allowed, round.nanosToWait(clock.instant(), begun != null)));
    }

    private boolean canGoOn() {
        return budget.nanosToWait(System.nanoTime()) == 0
                && !round.isDue(clock.instant())
                && round.nanosToWait(clock.instant(), begun != null) == 0;
    }

    private void step(Lent session, Duration time, Duration statement, Deadline deadline) throws SQLException {
        long started = System.nanoTime();
        long pages = 0;
        try {
            if (round.isDue(clock.instant())) {
                readCandidates(session, time);
            } else {
                pages = measureNext(session, statement, deadline);
            }
        } finally {
            long now = System.nanoTime();
            budget.spend((now - started) / 1e9, pages, now);
        }
    }

    /** One session of a role reads for all of them, as long as it lives. */
    private boolean lock(Lent session, Duration statement) throws SQLException {
        keepsLock = null;
        try {
            int holder = session.inTransaction(
                    settings(statement, false),
                    connection -> Lock.take(connection, texts.sql("bloat-lock", session.major()), true));
            if (holder == 0) {
                keepsLock = session;
                if (reading instanceof Missing) {
                    standings.values().removeIf(standing -> standing.isOutdated(clock.instant()));
                    reading = standings.isEmpty() ? notYet() : taken();
                }
                return true;
            }
            reading = elsewhere(holder, silence(session, statement, holder));
            return false;
        } catch (SQLException e) {
            failed(e);
            return false;
        }
    }

    /** A server that hides its sessions lets everybody be there. */
    private double silence(Lent session, Duration statement, int holder) throws SQLException {
        try {
            return session.inTransaction(
                    settings(statement, false),
                    connection -> Lock.silence(connection, texts.sql("bloat-lock-holder", session.major()), holder));
        } catch (SQLException e) {
            if (texts.endsConnection(e)) {
                throw e;
            }
            return 0;
        }
    }

    private Reading<BloatSample> elsewhere(int holder, double silentSeconds) {
        return silentSeconds >= limits.lostAfter().toMillis() / 1e3
                ? new Missing<>(
                        Cause.STALE,
                        "session " + holder
                                + " of another watch of this role has the lock for reading tables, and has asked"
                                + " nothing for " + Math.round(silentSeconds / 60)
                                + " min: its process hangs, or its connection is lost")
                : new Missing<>(Cause.ELSEWHERE, "another watch of this role reads tables, with session " + holder);
    }

    private void failed(SQLException e) throws SQLException {
        if (texts.endsConnection(e)) {
            throw e;
        }
        if (hasNoNews()) {
            Missing<?> missing = texts.missing(e);
            reading = new Missing<>(missing.cause(), "bloat: " + missing.detail());
        }
    }

    private boolean hasNoNews() {
        return reading instanceof Missing || readAt.plus(OLD_AFTER).isBefore(clock.instant());
    }

    /** In one transaction; empty when another watch has the lock, which is taken for each where no session can keep it. */
    private <T> Optional<T> alone(Lent session, Map<String, String> settings, Lent.Work<T> work) throws SQLException {
        return session.inTransaction(settings, connection -> {
            reader = session.direct() ? 0 : Lock.take(connection, texts.sql("bloat-lock", session.major()), false);
            return reader == 0 ? Optional.of(work.in(connection)) : Optional.empty();
        });
    }

    /** One statement over the whole catalog, which may take all of the slice. */
    private void readCandidates(Lent session, Duration time) throws SQLException {
        Instant now = clock.instant();
        try {
            Optional<Candidates> read = alone(
                    session,
                    settings(time, false),
                    connection -> Candidates.read(connection, texts.sql("bloat-candidates", session.major())));
            if (read.isPresent()) {
                round.begin(read.get(), standings, now);
                readAt = now;
                reading = taken();
            }
        } catch (SQLException e) {
            round.postpone(now);
            failed(e);
        }
    }

    /** One transaction on one table; gives the pages that it read. */
    private long measureNext(Lent session, Duration statement, Deadline deadline) throws SQLException {
        Work work = begun != null ? begun : begin(round.next());
        Candidate candidate = work.candidate();
        Instant now = clock.instant();
        try {
            boolean done = alone(session, settings(statement, true), connection -> {
                        try {
                            return work.measurement()
                                    .goOn(connection, new Catalog(texts, session.major(), session.direct()), deadline);
                        } catch (NotMeasurable e) {
                            throw new Refused(e);
                        }
                    })
                    .orElse(false);
            if (done) {
                conclude(Standing.measured(candidate, now, work.measurement()));
            }
        } catch (Refused e) {
            conclude(e.standing(candidate, now));
        } catch (RuntimeException e) {
            conclude(refused(candidate, now, Cause.FAILED, "what was read of it makes no sense: " + e));
        } catch (SQLException e) {
            if (texts.endsConnection(e)) {
                throw e;
            }
            conclude(work, now, e);
        }
        return work.measurement().pagesSpent();
    }

    private Work begin(Candidate candidate) {
        Work work = new Work(candidate, new Measurement(candidate.oid(), limits.runsUserCode()));
        begun = work;
        return work;
    }

    private void conclude(Work work, Instant now, SQLException e) {
        Missing<?> why = texts.missing(e);
        boolean goesOn = "57014".equals(e.getSQLState())
                ? work.measurement().doLess()
                : why.cause() == Cause.FAILED && work.measurement().doWithout(why.cause(), why.detail());
        if (!goesOn) {
            conclude(refused(work.candidate(), now, why.cause(), why.detail()));
        }
    }

    private static Standing refused(Candidate candidate, Instant now, Cause cause, String detail) {
        return Standing.refused(candidate, now, candidate.table(), 0, cause, detail, null);
    }

    private void conclude(Standing standing) {
        standings.put(standing.candidate().oid(), standing);
        round.done(standing.candidate());
        begun = null;
        reading = taken();
    }

    private Reading<BloatSample> taken() {
        List<Relation> relations = new ArrayList<>();
        List<Unmeasured> unmeasured = new ArrayList<>(round.unmeasured(standings.keySet()));
        standings.values().forEach(standing -> {
            relations.addAll(standing.relations());
            unmeasured.addAll(standing.unmeasured());
        });
        return new Reading.Taken<>(
                new BloatSample(relations, unmeasured, round.pending(), round.rebuilders()), clock.instant());
    }

    private static Map<String, String> settings(Duration statement, boolean pages) {
        Map<String, String> settings = new HashMap<>();
        settings.put("lock_timeout", LOCK_TIMEOUT.toMillis() + "ms");
        settings.put("statement_timeout", Math.max(25, statement.toMillis()) + "ms");
        if (pages) {
            settings.put("enable_seqscan", "off");
            settings.put("enable_bitmapscan", "off");
            settings.put("enable_tidscan", "on");
            settings.put("enable_indexscan", "on");
            settings.put("enable_indexonlyscan", "on");
        }
        return settings;
    }

    /** Carries a refusal out of a transaction. */
    private static final class Refused extends SQLException {

        private static final long serialVersionUID = 1;

        private final transient NotMeasurable why;

        Refused(NotMeasurable why) {
            super(why.detail());
            this.why = why;
        }

        Standing standing(Candidate candidate, Instant now) {
            return Standing.refused(candidate, now, why.table(), why.pages(), why.why(), why.detail(), why.grant());
        }
    }
}

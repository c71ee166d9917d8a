package io.pgwatch.core;

import static java.util.Objects.requireNonNull;

import io.pgwatch.Report;
import io.pgwatch.Sweep;
import io.pgwatch.probe.Probe;
import io.pgwatch.probe.ProbeId;
import io.pgwatch.probe.Verdict;
import io.pgwatch.snapshot.Borrowers;
import io.pgwatch.snapshot.Cause;
import io.pgwatch.snapshot.ClientPools;
import io.pgwatch.snapshot.History;
import io.pgwatch.snapshot.Login;
import io.pgwatch.snapshot.Poolers;
import io.pgwatch.snapshot.Reading;
import io.pgwatch.snapshot.Reading.Missing;
import io.pgwatch.snapshot.Reading.Taken;
import io.pgwatch.snapshot.Section;
import io.pgwatch.snapshot.Server;
import io.pgwatch.snapshot.Sessions;
import io.pgwatch.snapshot.Snapshot;
import io.pgwatch.snapshot.Tracked;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes one sweep after the other: reads what is to be read, keeps the newest reading of each section and the history, has
 * the probes judge, and assembles the report. Used by the watch's thread, but for {@link #lookAtPools} and {@link #close}.
 */
final class Collector {

    private static final Logger log = LoggerFactory.getLogger(JdbcPgWatch.class);

    private static final Duration SERIES_GONE_AFTER = Duration.ofHours(1);

    private final WatchOptions options;
    private final List<Query<?>> queries;
    private final SessionKeeper sessions;
    private final Reader reader;
    private final SlowReading slow;
    private final Crowd crowd;
    private final PoolLook poolLook;
    private final BorrowerLook borrowerLook;
    private final PoolerConsole pooler;
    private final Map<Section<?>, Reading<?>> newest = new HashMap<>();
    private History history = History.EMPTY;
    private @Nullable Server server;
    private @Nullable Session lastKept;
    private long failures;

    /**
     * Has read nothing yet.
     *
     * @param wake asks for a sweep before the next one is due
     */
    Collector(WatchOptions options, Runnable wake) {
        this.options = options;
        Set<Section<?>> needed = options.probes().stream()
                .flatMap(probe -> probe.needs().stream())
                .collect(Collectors.toSet());
        this.slow = new SlowReading(options, wake);
        this.crowd = new Crowd(slow::readsTables, slow::elsewhere);
        this.queries = Queries.forSections(needed, options.clock(), options.queryText(), crowd);
        int parts = (int) queries.stream().filter(Query::isFast).count();
        this.sessions = new SessionKeeper(options, parts, wake, this::poolMaximum);
        this.reader = new Reader(queries, options.clock());
        this.poolLook = new PoolLook(
                options.targets().outer().orElse(null),
                options.application().pool(),
                options.clock(),
                sessions::isBorrowing);
        this.borrowerLook = new BorrowerLook(options.nameInLine(), options.application());
        this.pooler = new PoolerConsole(options);
    }

    /** One sweep: whatever happens at the server, there is a report. */
    Report sweep(@Nullable Report previous) throws InterruptedException {
        long started = System.nanoTime();
        Map<Section<?>, Reading<?>> news = readServer();
        Instant at = options.clock().instant();
        news.put(ClientPools.SECTION, poolLook.look());
        news.put(Login.SECTION, sessions.login());
        newest.putAll(news);
        Reading<Borrowers> borrowers = borrowerLook.look(newest, at);
        news.put(Borrowers.SECTION, borrowers);
        newest.put(Borrowers.SECTION, borrowers);
        recognise(news);
        slow.putInto(newest, unreachable(news), putOff(news));
        Reading<Poolers> queues = pooler.look(server);
        news.put(Poolers.SECTION, queues);
        newest.put(Poolers.SECTION, queues);
        remember(news, at);
        if (news.values().stream().anyMatch(Collector::failed)) {
            failures++;
        }
        Map<ProbeId<?>, Verdict<?>> verdicts = judge(Snapshot.of(at, newest, history));
        Sweep sweep = new Sweep((System.nanoTime() - started) / 1e9, failures);
        return Assembly.next(
                options.name(), previous, verdicts, options.calendar().instant(), server, sweep);
    }

    private Map<Section<?>, Reading<?>> readServer() throws InterruptedException {
        try {
            return readTwiceAtMost();
        } catch (SQLException e) {
            return unread(Failures.missing(e));
        } catch (Unreachable e) {
            return unread(e.missing());
        }
    }

    /** The held session may be gone, as after a restart of the server; a new one may work at once. */
    private Map<Section<?>, Reading<?>> readTwiceAtMost() throws SQLException, Unreachable, InterruptedException {
        try {
            return readAndRelease(sessions.acquire());
        } catch (SQLException e) {
            if (Failures.isTimeout(e)) {
                throw e;
            }
            return readAndRelease(sessions.acquire());
        }
    }

    private Map<Section<?>, Reading<?>> readAndRelease(Session session) throws SQLException, InterruptedException {
        try {
            Map<Section<?>, Reading<?>> news = read(session);
            sessions.release(session, hasRoom(news));
            return news;
        } catch (SQLException | RuntimeException | Error e) {
            sessions.discard(session);
            throw e;
        }
    }

    private Map<Section<?>, Reading<?>> read(Session session) throws SQLException {
        if (sessions.keeps(session) && !session.equals(lastKept)) {
            reader.askForAll(); // it may lead to another node
            lastKept = session;
        }
        sessions.rename(session);
        Map<Section<?>, Reading<?>> news = reader.read(session, newest);
        borrowerLook.behindPooler(session.behindPooler());
        if (hasRoom(news) && (slow.isNew() || !sessions.keeps(session))) {
            slow.read(session, crowd.turn());
        }
        return news;
    }

    private static boolean hasRoom(Map<Section<?>, Reading<?>> news) {
        return !(news.get(Sessions.SECTION) instanceof Taken<?> taken
                && taken.value() instanceof Sessions seen
                && seen.isTight());
    }

    /** Why this sweep heard nothing of the server; null when it did. */
    private static @Nullable Missing<?> unreachable(Map<Section<?>, Reading<?>> news) {
        return news.get(Server.SECTION) instanceof Missing<?> missing ? missing : null;
    }

    /** Why this sweep left no session to what is read slowly; null when it did. */
    private static @Nullable Missing<?> putOff(Map<Section<?>, Reading<?>> news) {
        return hasRoom(news) ? null : new Missing<>(Cause.FAILED, "put off while hardly any connection is left");
    }

    private Map<Section<?>, Reading<?>> unread(Missing<?> reason) {
        Map<Section<?>, Reading<?>> news = new HashMap<>();
        queries.stream()
                .filter(query -> query.isFast() || !(newest.get(query.section()) instanceof Taken))
                .forEach(query -> news.put(query.section(), reason));
        return news;
    }

    private static boolean failed(Reading<?> reading) {
        return reading instanceof Missing<?> missing
                && (missing.cause() == Cause.FAILED || missing.cause() == Cause.TIMED_OUT);
    }

    /** Another cluster than before, as after a restore under the same address, has another past. */
    private void recognise(Map<Section<?>, Reading<?>> news) {
        if (newest.get(Server.SECTION) instanceof Taken<?> taken && taken.value() instanceof Server seen) {
            if (isAnother(seen)) {
                log.info("{}: this is another cluster than before; its history begins anew", options.nameInLine());
                history = History.EMPTY;
                newest.keySet().retainAll(news.keySet());
                reader.forget();
                slow.forget();
            }
            if (server != null && server.standby() != seen.standby()) {
                reader.askForAll();
            }
            server = seen;
        }
    }

    /** Only two known ids can differ; not every server tells its id each time. */
    private boolean isAnother(Server seen) {
        return server != null
                && server.id() != null
                && seen.id() != null
                && !server.id().equals(seen.id());
    }

    private void remember(Map<Section<?>, Reading<?>> news, Instant at) {
        List<Tracked> facts = new ArrayList<>();
        for (Reading<?> reading : news.values()) {
            if (reading instanceof Taken<?> taken && taken.value() instanceof Tracked fact) {
                facts.add(fact);
            }
        }
        if (!facts.isEmpty()) { // a server that cannot be reached is no reason to forget its past
            history = history.with(at, facts).withoutOlderThan(at.minus(SERIES_GONE_AFTER));
        }
    }

    private Map<ProbeId<?>, Verdict<?>> judge(Snapshot snapshot) {
        Map<ProbeId<?>, Verdict<?>> verdicts = new LinkedHashMap<>();
        for (Probe<?> probe : options.probes()) {
            verdicts.put(probe.id(), judge(probe, snapshot));
        }
        return verdicts;
    }

    private Verdict<?> judge(Probe<?> probe, Snapshot snapshot) {
        try {
            return requireNonNull(probe.judge(snapshot), "verdict");
        } catch (Throwable e) { // of whatever kind: the other probes have nothing to do with it
            log.warn("{}: probe {} failed", options.nameInLine(), probe.id(), e);
            return new Verdict.Unknown<>(Cause.FAILED, "the probe itself failed: " + e);
        }
    }

    /** Goes on between two sweeps with what is read slowly; gives the nanoseconds until it wants to go on. */
    long readSlowly() {
        Session session = sessions.held();
        if (session == null) {
            return Long.MAX_VALUE;
        }
        try {
            return slow.read(session, crowd.turn());
        } catch (SQLException e) {
            sessions.discard(session);
            return Long.MAX_VALUE;
        } catch (RuntimeException | Error e) {
            sessions.discard(session);
            throw e;
        }
    }

    private int poolMaximum() {
        return poolLook.maximum();
    }

    /** Looks at the pool between sweeps; from any thread. */
    void lookAtPools() {
        poolLook.look();
    }

    /** The next sweep may connect at once, though the last attempt failed. */
    void tryAgain() {
        sessions.tryAgain();
    }

    /** Ends the connection, from any thread. */
    void close() {
        borrowerLook.close();
        pooler.close();
        sessions.close();
    }
}

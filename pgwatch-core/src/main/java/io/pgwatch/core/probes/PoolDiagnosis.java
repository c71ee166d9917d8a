package io.pgwatch.core.probes;

import io.pgwatch.evidence.PoolSaturation.Diagnosis;
import io.pgwatch.evidence.PoolSaturation.Diagnosis.Kind;
import io.pgwatch.snapshot.Borrowers;
import io.pgwatch.snapshot.Borrowers.Borrower;
import io.pgwatch.snapshot.Cause;
import io.pgwatch.snapshot.Ceiling;
import io.pgwatch.snapshot.ClientPools.ClientPool;
import io.pgwatch.snapshot.LockWaits;
import io.pgwatch.snapshot.LockWaits.Waiter;
import io.pgwatch.snapshot.Login;
import io.pgwatch.snapshot.Poolers;
import io.pgwatch.snapshot.Reading;
import io.pgwatch.snapshot.Server;
import io.pgwatch.snapshot.Sessions;
import io.pgwatch.snapshot.Sessions.Activity;
import io.pgwatch.snapshot.Snapshot;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Why threads wait for a connection of a pool: from what the pool says, what the server says, and how pgwatch's own login
 * ended. Sessions of other processes under the same role are among those that the server counts; they can only make the busy
 * ones more, so that a leak is never told for their idle ones.
 */
final class PoolDiagnosis {

    private static final int HOLDERS_NAMED = 3;

    private static final double LONGER_THAN_A_LOGIN_SECONDS = 5;

    private final ClientPool pool;
    private final Reading<Sessions> sessions;
    private final @Nullable Login login;
    private final boolean borrowsInVain;
    private final LockWaits locks;
    private final List<Borrower> borrowers;
    private final boolean behindPooler;

    private PoolDiagnosis(ClientPool pool, Snapshot snapshot) {
        this.pool = pool;
        this.sessions = snapshot.get(Sessions.SECTION);
        Reading<Login> attempt = snapshot.get(Login.SECTION);
        this.login = attempt.taken().orElse(null);
        this.borrowsInVain = attempt.missing()
                .filter(missing -> missing.cause() == Cause.TIMED_OUT)
                .isPresent();
        this.locks = snapshot.get(LockWaits.SECTION).taken().orElse(LockWaits.NONE);
        this.borrowers = snapshot.get(Borrowers.SECTION)
                .taken()
                .map(Borrowers::borrowers)
                .orElse(List.of());
        this.behindPooler = isBehindPooler(snapshot);
    }

    /** As its console says, or since this watch's own connection is. */
    private static boolean isBehindPooler(Snapshot snapshot) {
        return snapshot.get(Poolers.SECTION)
                        .taken()
                        .filter(Poolers::throughHere)
                        .isPresent()
                || snapshot.get(Server.SECTION)
                        .taken()
                        .filter(server -> server.pooler() != null)
                        .isPresent();
    }

    /** The diagnosis of the pool that is worst off; empty while nobody waits for one, or where the reason is not known. */
    static Optional<Diagnosis> of(List<ClientPool> fullestFirst, Snapshot snapshot) {
        return fullestFirst.stream()
                .filter(pool -> pool.fullSeconds() > 0 || pool.isWaitedFor() && pool.isOutOfConnections())
                .findFirst()
                .map(pool -> new PoolDiagnosis(pool, snapshot).diagnose());
    }

    private @Nullable Diagnosis diagnose() {
        if (pool.isFull()) {
            return sessions.fold(this::ofHeld, this::ofSilence);
        }
        if (login != null && login.refusedByLimit()) {
            return new Diagnosis(Kind.SERVER_CEILING, "the server refuses new connections: " + said(login));
        }
        if (isRefused(login)) {
            return new Diagnosis(Kind.LOGIN_FAILING, "the server refuses the login: " + said(login));
        }
        return sessions.fold(this::ofNoneOpened, this::ofSilence);
    }

    /** No connection of the pool is free, and it may open no other. */
    private @Nullable Diagnosis ofHeld(Sessions seen) {
        Activity doing = seen.application();
        Integer borrowed = pool.active();
        if (doing == null || borrowed == null) {
            return null; // what the sessions do is hidden
        }
        int used =
                doing.active() + doing.waitingForLock() + doing.idleInTransaction() + doing.idle() - doing.idleLong();
        int quick = doing.quick() + doing.idle() - doing.idleLong();
        int unused = behindPooler ? 0 : borrowed - used; // a pooler has fewer sessions than the pool has connections
        return Stream.of(
                        leak(unused, borrowed),
                        counted(Kind.LOCK_PILE_UP, doing.waitingForLock(), doing.waitingSeconds()),
                        counted(
                                Kind.TRANSACTIONS_LEFT_IDLE,
                                doing.idleInTransactionLong(),
                                doing.idleInTransactionSeconds()),
                        counted(Kind.SLOW_STATEMENTS, doing.activeLong(), doing.activeSeconds()),
                        counted(Kind.POOL_TOO_SMALL, quick, null))
                .filter(candidate -> candidate.count() > 0)
                .max(Comparator.comparingInt(Candidate::count)
                        .thenComparing(Candidate::kind, Comparator.reverseOrder()))
                .map(decided -> new Diagnosis(decided.kind(), decided.because()))
                .orElse(null);
    }

    private record Candidate(Kind kind, int count, String because) {}

    private Candidate leak(int unused, int borrowed) {
        return new Candidate(
                Kind.LEAK,
                unused,
                (unused >= borrowed ? "all " + borrowed : "at least " + unused + " of the " + borrowed)
                        + " borrowed connections have done nothing for more than a second, in no transaction"
                        + holders());
    }

    private Candidate counted(Kind kind, int count, @Nullable Double longest) {
        String sessions = Words.number(count, "session");
        String because = switch (kind) {
            case LOCK_PILE_UP ->
                sessions + (count == 1 ? " waits" : " wait") + " for a lock" + longest(longest) + behind();
            case TRANSACTIONS_LEFT_IDLE ->
                sessions + (count == 1 ? " is" : " are") + " idle in a transaction" + longest(longest) + holders();
            case SLOW_STATEMENTS ->
                sessions + (count == 1 ? " has" : " have") + " run a statement for more than a second"
                        + longest(longest);
            default -> "all connections are in use, and " + sessions + " no longer than a second at a time";
        };
        return new Candidate(kind, count, because);
    }

    private String behind() {
        return firstInLine(locks)
                .map(pid -> ", behind session " + pid
                        + borrowers.stream()
                                .filter(borrower -> borrower.pid() == pid)
                                .findFirst()
                                .map(borrower -> ", held by " + borrower.inWords())
                                .orElse(""))
                .orElse("");
    }

    /** The session for which most of the others wait, directly or not, and which waits for none itself. */
    private static Optional<Integer> firstInLine(LockWaits locks) {
        Set<Integer> waiting = locks.waiters().stream().map(Waiter::pid).collect(Collectors.toSet());
        return locks.waiters().stream()
                .flatMap(waiter -> waiter.blockers().stream())
                .filter(pid -> !waiting.contains(pid))
                .max(Comparator.comparingInt(pid -> locks.behind(pid).size()));
    }

    /** The id that the finding of the session behind it all has, if that session is found to be idle in a transaction. */
    static @Nullable String root(@Nullable Diagnosis diagnosis, Snapshot snapshot) {
        if (diagnosis == null) {
            return null;
        }
        Optional<Integer> pid = switch (diagnosis.kind()) {
            case LOCK_PILE_UP ->
                firstInLine(snapshot.get(LockWaits.SECTION).taken().orElse(LockWaits.NONE));
            case TRANSACTIONS_LEFT_IDLE ->
                snapshot.get(Sessions.SECTION).taken().stream()
                        .flatMap(seen -> seen.worst().stream())
                        .filter(session -> session.here() && session.idleInTransaction())
                        .max(Comparator.comparingDouble(
                                session -> Objects.requireNonNullElse(session.stateSeconds(), 0.0)))
                        .map(Sessions.Session::pid);
            default -> Optional.empty();
        };
        return pid.map(IdleInTransactionProbe::findingId).orElse(null);
    }

    private static String longest(@Nullable Double seconds) {
        return seconds == null ? "" : ", the longest for " + Words.duration(seconds);
    }

    /** The threads that have held a connection for longest, where that is kept; one that holds several is named once. */
    private String holders() {
        Map<String, List<Borrower>> byThread = borrowers.stream()
                .collect(Collectors.groupingBy(Borrower::thread, LinkedHashMap::new, Collectors.toList()));
        return byThread.isEmpty()
                ? ""
                : "; held by "
                        + byThread.values().stream()
                                .limit(HOLDERS_NAMED)
                                .map(held ->
                                        held.get(0).inWords() + (held.size() > 1 ? " (" + held.size() + " times)" : ""))
                                .collect(Collectors.joining("; by "))
                        + (byThread.size() > HOLDERS_NAMED ? "; and by others" : "");
    }

    /**
     * The pool has fewer connections than it may have, and yet none to give; pgwatch itself gets in. For a moment that is so
     * whenever a pool opens another one.
     */
    private @Nullable Diagnosis ofNoneOpened(Sessions seen) {
        Optional<Ceiling> reached =
                seen.ceilings().stream().filter(ceiling -> ceiling.free() == 0).findFirst();
        if (reached.isPresent()) {
            return new Diagnosis(Kind.SERVER_CEILING, inWords(reached.get()));
        }
        return pool.fullSeconds() < LONGER_THAN_A_LOGIN_SECONDS
                ? null
                : new Diagnosis(
                        Kind.LOGIN_FAILING,
                        "the pool gets no connection, though the server has room and lets pgwatch in: the pool's credentials,"
                                + " or its way to the server");
    }

    private static String inWords(Ceiling reached) {
        return reached.used() + " of " + reached.limit() + " connections of " + CeilingFindings.describe(reached)
                + " are in use, fewer than the pool may have";
    }

    /** The server was asked and did not answer, for whatever reason that is not a refusal; or the full pool let nobody ask. */
    private @Nullable Diagnosis ofSilence(Reading.Missing<Sessions> missing) {
        boolean failed = missing.cause() == Cause.FAILED || missing.cause() == Cause.TIMED_OUT;
        boolean asked = !(pool.isFull() && borrowsInVain);
        return failed && asked && !isRefused(login) && !(login != null && login.refusedByLimit())
                ? new Diagnosis(Kind.DATABASE_GONE, missing.detail())
                : null;
    }

    /** Whether the server answered, and did not let pgwatch in: a wrong password, a role or database that may not. */
    private static boolean isRefused(@Nullable Login login) {
        String state = login == null ? null : login.sqlState();
        return state != null
                && (state.startsWith("28") || state.equals("3D000") || state.equals("42501") || state.equals("55000"));
    }

    private static String said(@Nullable Login login) {
        return Objects.requireNonNullElse(login == null ? null : login.message(), "no reason given");
    }
}

package io.pgwatch.snapshot;

import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The sessions of the server: how many of them count against each limit that may refuse the application's next one, what the
 * application's are doing in this database, and the worst ones by name. Its size does not grow with their number.
 *
 * @param ceilings the tightest first; limits that are not set are absent
 * @param monitors how many of the server's connections are pgwatch's own, of this instance and its siblings; told from
 *     application_name, which can be forged
 * @param siblings the instances of this service; null where they cannot be counted: behind a pooler, over a borrowed or a passing
 *     connection, or where this instance's pool does not tell its maximum
 * @param hidden client sessions of this database whose state the watch's role may not see, pgwatch's own left out;
 *     {@code pg_read_all_stats} shows them
 * @param untracked client sessions of this database that do not tell their state, since {@code track_activities} is off for
 *     them, pgwatch's own left out
 * @param mayWait sessions of this database that wait for a lock, and hidden ones that might: 0 means that nobody waits
 * @param application the client sessions of the application's role in this database, pgwatch's own left out; null where
 *     the state of one of them is hidden or untracked
 * @param idle those of this database, of any role, that are idle in a transaction; null where the state of one is hidden or
 *     untracked
 * @param worst those worth naming: the longest idle in a transaction here, those that hold back the oldest ids here, and a few
 *     of other databases and standbys; at most 30, the oldest ids first
 */
public record Sessions(
        List<Ceiling> ceilings,
        int monitors,
        @Nullable Siblings siblings,
        int hidden,
        int untracked,
        int mayWait,
        @Nullable Activity application,
        @Nullable IdleInTransaction idle,
        List<Session> worst)
        implements Tracked {

    public static final Section<Sessions> SECTION = new Section<>("sessions", Sessions.class);

    /** The number of instances, as far as it could be counted. */
    public static final SeriesKey INSTANCES = SeriesKey.of("instances");

    /** The sum of the instances' pool maxima, as far as they could be counted. */
    public static final SeriesKey POOL_MAX = SeriesKey.of("pool max");

    private static final int TIGHT = 2;

    /**
     * A snapshot inherits the oldest id that runs: of equal ages the session whose own id it is stands first, then the one that
     * began first; the rest is for an order that stays.
     */
    private static final Comparator<Session> OLDEST_FIRST = Comparator.comparing(
                    Session::heldAge, Comparator.nullsFirst(Comparator.<Long>naturalOrder()))
            .thenComparing(Session::xidAge, Comparator.nullsFirst(Comparator.naturalOrder()))
            .thenComparing(Session::transactionSeconds, Comparator.nullsFirst(Comparator.naturalOrder()))
            .reversed()
            .thenComparingInt(Session::pid);

    public Sessions {
        ceilings = ceilings.stream()
                .sorted(Comparator.comparingDouble(Ceiling::saturation).reversed())
                .toList();
        worst = worst.stream().sorted(OLDEST_FIRST).toList();
    }

    /** Connections that count against a limit. */
    public static SeriesKey used(Ceiling.Kind kind) {
        return new SeriesKey("connections used", kind.toString());
    }

    /** Those of them that are not of this service's pools. */
    public static SeriesKey usedByOthers(Ceiling.Kind kind) {
        return new SeriesKey("connections used by others", kind.toString());
    }

    @Override
    public void track(Recorder recorder) {
        for (Ceiling ceiling : ceilings) {
            recorder.record(used(ceiling.kind()), ceiling.used());
            if (siblings != null) {
                recorder.record(usedByOthers(ceiling.kind()), ceiling.used() - siblings.connections());
            }
        }
        if (siblings != null && !isTight()) {
            recorder.record(INSTANCES, siblings.instances());
            recorder.record(POOL_MAX, siblings.poolMax());
        }
    }

    /** How many connections the application can still open, over all limits. */
    public int free() {
        int least = Integer.MAX_VALUE;
        for (Ceiling ceiling : ceilings) {
            least = Math.min(least, ceiling.free());
        }
        return least;
    }

    /** Whether so few are left that no watch holds one of its own from sweep to sweep: then siblings are not to be counted. */
    public boolean isTight() {
        return free() <= TIGHT;
    }

    /**
     * The instances of this service: the watches of this one's name, role and database, as they call themselves in
     * application_name, which can be forged.
     *
     * @param instances this one included; at least 1
     * @param poolMax the sum of the maxima of the pools beside them
     * @param connections what the application's role has open in this database, pgwatch's own left out
     * @param maxConnections the server's setting, reserved slots included
     */
    public record Siblings(int instances, long poolMax, int connections, int maxConnections) {}

    /**
     * What the application's sessions are doing; each is counted once. A time is null where no session is in that state.
     *
     * @param active running a statement, and not waiting for a lock
     * @param waitingForLock running a statement that waits for a lock
     * @param idleInTransaction between two statements of a transaction, aborted ones included
     * @param idle outside of a transaction
     * @param activeLong those of the active ones that have run their statement for more than a second
     * @param idleInTransactionLong those of the ones idle in a transaction that have been so for more than a second
     * @param idleLong those of the idle ones that have been so for more than a second
     * @param activeSeconds for how long the longest active one has run its statement
     * @param waitingSeconds for how long the longest waiting one has run its statement, the wait included
     * @param idleInTransactionSeconds since when the longest one has been idle in its transaction
     */
    public record Activity(
            int active,
            int waitingForLock,
            int idleInTransaction,
            int idle,
            int activeLong,
            int idleInTransactionLong,
            int idleLong,
            @Nullable Double activeSeconds,
            @Nullable Double waitingSeconds,
            @Nullable Double idleInTransactionSeconds) {

        /** Those at work, or between two statements of a transaction, and neither for more than a second. */
        public int quick() {
            return active - activeLong + idleInTransaction - idleInTransactionLong;
        }
    }

    /**
     * The client sessions of this database that are idle in a transaction, exact however many they are.
     *
     * @param pinning those of them that hold back VACUUM, by an id of their own or by a snapshot
     * @param longestSeconds null when there is none
     */
    public record IdleInTransaction(
            int count, int pinning, @Nullable Double longestSeconds) {}

    /** What a session is; a worker is one of the server's own. */
    public enum Kind {
        CLIENT,
        /** Sends WAL to a standby that tells, by feedback and without a slot, what it still needs. */
        STANDBY,
        WORKER
    }

    /** What a session is doing. */
    public enum State {
        ACTIVE,
        IDLE,
        IDLE_IN_TRANSACTION,
        /** Idle in a transaction of which a statement failed: it holds no row and no snapshot any more. */
        ABORTED,
        /** Starting, in a fastpath call, or whatever a newer server tells. */
        OTHER
    }

    /**
     * One session.
     *
     * @param startedAt when it connected; with the pid it tells the session from every later one; null where hidden
     * @param user the role that it logged in as; null for a worker of autovacuum, which is nobody's
     * @param application as the client calls itself, which anybody can choose; at most 63 bytes
     * @param database null for a standby, which has none
     * @param here whether it is connected to this database
     * @param state null where hidden or untracked
     * @param stateSeconds for how long it has been in that state, or run its statement; null where hidden or untracked
     * @param transactionSeconds since its transaction began; null where hidden, untracked or none is open
     * @param xidAge age of its own transaction id, that is in transactions begun by writers since then; null while it has
     *     written nothing
     * @param xminAge age of the oldest id that its snapshots may still see as running; null while it has no snapshot
     * @param statement the beginning of what it runs, or ran last; null where hidden, and where the watch was not told to show it
     */
    public record Session(
            int pid,
            @Nullable Instant startedAt,
            @Nullable String user,
            String application,
            @Nullable String database,
            boolean here,
            Kind kind,
            @Nullable State state,
            @Nullable Double stateSeconds,
            @Nullable Double transactionSeconds,
            @Nullable Long xidAge,
            @Nullable Long xminAge,
            @Nullable String statement) {

        /** How old an id it holds back from VACUUM; null when it holds back none. */
        public @Nullable Long heldAge() {
            if (xidAge == null || xminAge == null) {
                return xidAge == null ? xminAge : xidAge;
            }
            return Math.max(xidAge, xminAge);
        }

        /** Whether it is between two statements of a transaction, a failed one included; false where that is not known. */
        public boolean idleInTransaction() {
            return state == State.IDLE_IN_TRANSACTION || state == State.ABORTED;
        }
    }
}

package io.pgwatch.core.probes;

import io.pgwatch.evidence.PoolSaturation.Diagnosis.Kind;
import io.pgwatch.probe.Remedy;
import io.pgwatch.snapshot.Ceiling;
import io.pgwatch.snapshot.Poolers.Pool;
import io.pgwatch.snapshot.Sessions;
import io.pgwatch.snapshot.Sessions.Activity;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Why clients of a pool of PgBouncer wait: from its own numbers and, where all its server connections are in use, from what
 * most of the application's sessions at the server are doing.
 *
 * @param word such as {@code paused}
 * @param kind what may lead to the session behind it; null where no session is
 */
record PoolerReason(
        String word,
        String because,
        Remedy remedy,
        @Nullable Kind kind) {

    static final String PAUSED = "an administrator's PAUSE, KILL or SUSPEND holds it";

    /** As long as a session must have been doing the same to be counted as doing it for long. */
    private static final double LONG_SECONDS = 1;

    private PoolerReason(String word, String because, Remedy remedy) {
        this(word, because, remedy, null);
    }

    /** @param sessions empty while the server cannot be asked */
    static PoolerReason of(Pool pool, Optional<Sessions> sessions) {
        return new Search(
                        pool,
                        sessions.map(Sessions::application).orElse(null),
                        sessions.map(Sessions::ceilings).orElse(List.of()))
                .reason();
    }

    /** Server connections of the pool that are open; null where it does not tell. */
    static @Nullable Integer servers(Pool pool) {
        Integer active = pool.serversActive();
        Integer idle = pool.serversIdle();
        Integer used = pool.serversUsed();
        return active == null || idle == null || used == null ? null : active + idle + used;
    }

    /** Whether that is known. */
    static boolean isPaused(Pool pool) {
        return Boolean.TRUE.equals(pool.paused());
    }

    private record Search(Pool pool, @Nullable Activity doing, List<Ceiling> ceilings) {

        private PoolerReason reason() {
            if (isPaused(pool)) {
                return new PoolerReason("paused", PAUSED, PoolerRemedies.paused(pool));
            }
            Integer servers = servers(pool);
            if (servers == null) {
                return new PoolerReason(
                        "busy",
                        "this version does not tell how many connections it has",
                        PoolerRemedies.tooSmall(ceilings));
            }
            Integer size = pool.size();
            if (size != null && servers >= size) {
                return ofHeld(servers);
            }
            String has = "it has "
                    + (size == null
                            ? Words.number(servers, "connection")
                            : servers + " of " + Words.number(size, "connection"));
            if (pool.serversLogin() != null && pool.serversLogin() > 0) {
                return new PoolerReason(
                        "login-failing",
                        has + " and " + pool.serversLogin() + " in login, which does not end" + ceiling(),
                        PoolerRemedies.loginFailing(ceilings));
            }
            return ofCap(has).orElseGet(() -> ofNoMore(servers, has));
        }

        /** PgBouncer has another limit than the pool's size, which is reached. */
        private Optional<PoolerReason> ofCap(String has) {
            if (isReached(pool.databaseMax(), pool.databaseConnections())) {
                return Optional.of(new PoolerReason(
                        "database-cap",
                        has + ", since " + pool.databaseConnections() + " of the " + pool.databaseMax()
                                + " that max_db_connections gives to all users of the database are in use",
                        PoolerRemedies.databaseCap(ceilings)));
            }
            return isReached(pool.userMax(), pool.userConnections())
                    ? Optional.of(new PoolerReason(
                            "user-cap",
                            has + ", since " + pool.userConnections() + " of the " + pool.userMax()
                                    + " that max_user_connections gives to its user are in use",
                            PoolerRemedies.userCap(ceilings)))
                    : Optional.empty();
        }

        private static boolean isReached(@Nullable Integer max, @Nullable Integer connections) {
            return max != null && connections != null && connections >= max;
        }

        /** It opens no more, and its own numbers do not tell why. */
        private PoolerReason ofNoMore(int servers, String has) {
            if (servers == 0) {
                return new PoolerReason(
                        "server-unreachable",
                        "it has no server connection and opens none: the server cannot be reached from there, or refuses"
                                + ceiling()
                                + (pool.paused() != null
                                        ? ""
                                        : "; or all databases are paused at once, which PgBouncer before 1.19 does not tell"),
                        PoolerRemedies.unreachable());
            }
            return pool.size() == null
                    ? new PoolerReason(
                            "busy", has + "; how many it may have is not known", PoolerRemedies.tooSmall(ceilings))
                    : new PoolerReason(
                            "login-failing",
                            has + " and opens no more: the server refuses, or max_user_connections stops it"
                                    + ceiling(),
                            PoolerRemedies.loginFailing(ceilings));
        }

        private String ceiling() {
            return ceilings.stream()
                    .filter(ceiling -> ceiling.free() == 0)
                    .findFirst()
                    .map(full -> " (" + full.used() + " of " + full.limit() + " of " + CeilingFindings.describe(full)
                            + " are in use)")
                    .orElse("");
        }

        private record Candidate(int count, PoolerReason reason) {}

        /** All its server connections are in use: by what most of the sessions at the server do. */
        private PoolerReason ofHeld(int servers) {
            PoolerReason quickly = ofQuick(servers);
            if (doing == null) {
                return quickly;
            }
            boolean keeps = "session".equals(pool.mode());
            return Stream.of(
                            counted(
                                    Kind.LOCK_PILE_UP,
                                    doing.waitingForLock(),
                                    "waiting for a lock",
                                    doing.waitingSeconds()),
                            counted(
                                    Kind.TRANSACTIONS_LEFT_IDLE,
                                    doing.idleInTransactionLong(),
                                    "idle in a transaction",
                                    doing.idleInTransactionSeconds()),
                            counted(
                                    Kind.SLOW_STATEMENTS,
                                    doing.activeLong(),
                                    "running a statement",
                                    doing.activeSeconds()),
                            new Candidate(
                                    keeps ? doing.idleLong() : 0,
                                    new PoolerReason(
                                            "connections-kept",
                                            "in session mode a client keeps its server connection until it leaves, and "
                                                    + Words.number(doing.idleLong(), "session") + " at the server "
                                                    + (doing.idleLong() == 1 ? "idles" : "idle"),
                                            PoolerRemedies.sessionMode())),
                            new Candidate(doing.quick(), quickly))
                    .filter(candidate -> candidate.count() > 0)
                    .max(Comparator.comparingInt(Candidate::count))
                    .map(Candidate::reason)
                    .orElse(quickly);
        }

        /**
         * No session is seen to do anything for long. Transactions of many short steps keep their connections all the same, which
         * only PgBouncer's own clock tells; in session mode it is not the end of a transaction that gives one back.
         */
        private PoolerReason ofQuick(int servers) {
            String used = "its " + Words.number(servers, "connection") + (servers == 1 ? " is in use" : " are in use");
            Double average = pool.averageTransactionSeconds();
            if (average != null && average >= LONG_SECONDS && !"session".equals(pool.mode())) {
                return new PoolerReason("slow-transactions", used + averages(), PoolerRemedies.slowTransactions());
            }
            String what = doing == null ? "; what the sessions do is not known" : ", and none for long";
            return new PoolerReason("pool-too-small", used + what + averages(), PoolerRemedies.tooSmall(ceilings));
        }

        private String averages() {
            Double transaction = pool.averageTransactionSeconds();
            Double wait = pool.averageWaitSeconds();
            return transaction == null
                    ? ""
                    : "; on the average of the last minute a transaction takes " + Words.shortDuration(transaction)
                            + (wait == null ? "" : ", after a wait of " + Words.shortDuration(wait));
        }

        private Candidate counted(Kind kind, int count, String what, @Nullable Double longest) {
            String because = Words.number(count, "session") + (count == 1 ? " of it is " : " of it are ") + what
                    + " at the server" + (longest == null ? "" : ", the longest for " + Words.duration(longest));
            return new Candidate(
                    count, new PoolerReason(kind.toString(), because, PoolRemedies.of(kind, ceilings, false), kind));
        }
    }
}

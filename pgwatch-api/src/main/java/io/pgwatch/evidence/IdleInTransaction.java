package io.pgwatch.evidence;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Who leaves transactions open in this database. The numbers are exact however many they are; they are null where the
 * state of one session is hidden from the watch's role.
 *
 * @param count sessions that are idle in a transaction
 * @param pinning those of them that hold back VACUUM
 * @param longestSeconds for how long the longest has been idle; null when there is none
 * @param sessions the worst, at most 10; where states are hidden, those that hold something without telling whether they idle
 */
public record IdleInTransaction(
        @Nullable Integer count,
        @Nullable Integer pinning,
        @Nullable Double longestSeconds,
        List<Session> sessions) {

    public IdleInTransaction {
        sessions = List.copyOf(sessions);
    }

    /**
     * One session.
     *
     * @param idleSeconds since its last statement ended; null where it is hidden
     * @param transactionSeconds since its transaction began; null where it is hidden
     * @param pins whether it holds back VACUUM
     * @param pinnedAge of the oldest id that it holds, in transactions; null when it holds none
     * @param blocks sessions that wait for it, directly or behind others, of at most 20 waiters; null where it is not known
     * @param borrower who of this process has borrowed the connection; null where it is another process's, or not tracked
     */
    public record Session(
            int pid,
            String user,
            String application,
            String database,
            @Nullable Double idleSeconds,
            @Nullable Double transactionSeconds,
            boolean pins,
            @Nullable Long pinnedAge,
            @Nullable Integer blocks,
            @Nullable String borrower) {}
}

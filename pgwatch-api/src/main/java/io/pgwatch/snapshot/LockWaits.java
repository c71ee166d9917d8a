package io.pgwatch.snapshot;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Who waits for a lock in this database, and behind whom. It is read only when what each sweep reads of the sessions says that
 * somebody may be waiting.
 *
 * @param waiters the longest first, at most 20
 * @param locked which tables the sessions that are idle in a transaction keep locked
 */
public record LockWaits(List<Waiter> waiters, List<Locked> locked) {

    public static final Section<LockWaits> SECTION = new Section<>("lock-waits", LockWaits.class);

    /** Nobody waits. */
    public static final LockWaits NONE = new LockWaits(List.of(), List.of());

    public LockWaits {
        waiters = List.copyOf(waiters);
        locked = List.copyOf(locked);
    }

    /**
     * A session that waits for a lock.
     *
     * @param mode that it wants, such as {@code AccessExclusiveLock}
     * @param seconds for how long; null in the first moments
     * @param table where it waits for one: qualified with its schema and quoted as SQL needs it
     * @param blockers pids of those that hold the lock, or wait for it before this one
     * @param prepared ids of prepared transactions that hold it
     */
    public record Waiter(
            int pid,
            String mode,
            @Nullable Double seconds,
            @Nullable String table,
            List<Integer> blockers,
            List<String> prepared) {

        public Waiter {
            blockers = List.copyOf(blockers);
            prepared = List.copyOf(prepared);
        }
    }

    /**
     * The user tables that a session keeps locked, in whatever mode.
     *
     * @param count of them
     * @param tables the largest, at most 3: qualified with their schemas and quoted as SQL needs it
     */
    public record Locked(int pid, int count, List<String> tables) {

        public Locked {
            tables = List.copyOf(tables);
        }
    }

    /** Those that wait for a session, directly or behind others that do, the longest first. */
    public List<Waiter> behind(int pid) {
        return behind(waiter -> waiter.blockers().contains(pid));
    }

    /** Those that wait for a prepared transaction, directly or behind others that do, the longest first. */
    public List<Waiter> behind(String gid) {
        return behind(waiter -> waiter.prepared().contains(gid));
    }

    private List<Waiter> behind(Predicate<Waiter> directly) {
        Set<Integer> behind = new HashSet<>();
        waiters.stream().filter(directly).forEach(waiter -> behind.add(waiter.pid()));
        boolean more = true;
        while (more) {
            more = false;
            for (Waiter waiter : waiters) {
                if (waiter.blockers().stream().anyMatch(behind::contains)) {
                    more |= behind.add(waiter.pid());
                }
            }
        }
        return waiters.stream().filter(waiter -> behind.contains(waiter.pid())).toList();
    }
}

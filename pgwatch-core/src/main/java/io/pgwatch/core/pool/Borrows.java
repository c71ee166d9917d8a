package io.pgwatch.core.pool;

import io.pgwatch.snapshot.Borrowers;
import io.pgwatch.snapshot.Borrowers.Borrower;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.postgresql.PGConnection;

/**
 * The last borrower of each connection of a pool, by the pid of its backend, which the driver knows without asking the server.
 * So there is one entry a connection, however often it is borrowed, and what was closed is dropped at each look. Safe for use by
 * several threads.
 */
public final class Borrows {

    private enum Memory {
        NONE,
        THREAD,
        STACK
    }

    /** With so many connections in a row that do not tell their backend, none will. */
    private static final int ENOUGH_FAILURES = 20;

    private final Map<Integer, Borrow> byPid = new ConcurrentHashMap<>();
    private final Map<Object, Memory> users = new HashMap<>();
    private volatile Memory memory = Memory.NONE;
    private volatile int failures;

    /** Begins to remember threads, and their stacks as well if anybody wants them. */
    public synchronized void begin(Object user, boolean withStack) {
        failures = 0;
        users.put(user, withStack ? Memory.STACK : Memory.THREAD);
        memory = most();
    }

    /** Remembers no more for this one; when nobody is left, it forgets what it knows. */
    public synchronized void end(Object user) {
        users.remove(user);
        memory = most();
        if (memory == Memory.NONE) {
            byPid.clear();
        }
    }

    private Memory most() {
        return users.values().stream().max(Comparator.naturalOrder()).orElse(Memory.NONE);
    }

    /** Whether connections do not tell their backend, so that nothing can be remembered. */
    public boolean isOfNoUse() {
        return failures >= ENOUGH_FAILURES;
    }

    /** The connection itself, which the current thread has just borrowed; whatever fails here is not the borrower's concern. */
    public Connection remember(Connection borrowed) {
        Memory wanted = memory;
        if (wanted != Memory.NONE && failures < ENOUGH_FAILURES) {
            try {
                int pid = borrowed.unwrap(PGConnection.class).getBackendPID();
                Throwable stack = wanted == Memory.STACK ? new BorrowedHere() : null;
                byPid.put(pid, new Borrow(borrowed, Thread.currentThread(), stack));
                if (failures != 0) {
                    failures = 0;
                }
            } catch (SQLException | RuntimeException | LinkageError doesNotTell) {
                failures = Math.min(ENOUGH_FAILURES, failures + 1); // a lost count only delays the end of trying
            }
        }
        return borrowed;
    }

    /** Who holds the connections of the given backends, and those that have been held for longest; the longest first. */
    public Borrowers look(Collection<Integer> pids, int longest) {
        byPid.values().removeIf(Borrow::isOver);
        Set<Integer> wanted = new LinkedHashSet<>(pids);
        byPid.entrySet().stream()
                .sorted(Comparator.comparingLong(entry -> -entry.getValue().nanos()))
                .limit(longest)
                .forEach(entry -> wanted.add(entry.getKey()));
        List<Borrower> found = new ArrayList<>();
        for (int pid : wanted) {
            Borrow borrow = byPid.get(pid);
            if (borrow != null) {
                found.add(borrow.describe(pid));
            }
        }
        return new Borrowers(found);
    }

    /** Carries a stack, and is never thrown. */
    private static final class BorrowedHere extends Throwable {

        private static final long serialVersionUID = 1;
    }
}

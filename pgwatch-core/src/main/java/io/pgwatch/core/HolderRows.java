package io.pgwatch.core;

import io.pgwatch.snapshot.Holders;
import io.pgwatch.snapshot.LockWaits;
import io.pgwatch.snapshot.Sessions;
import java.sql.Array;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Makes the sections {@code holders} and {@code lock-waits} of their rows. */
final class HolderRows {

    /** A session that has been idle in its transaction for less is most likely between two statements. */
    private static final double WORTH_A_LOOK_SECONDS = 10;

    private HolderRows() {}

    static Holders holders(ResultSet rows, Session session) throws SQLException {
        List<Holders.Prepared> prepared = new ArrayList<>();
        List<Holders.Slot> slots = new ArrayList<>();
        while (rows.next()) {
            if (rows.getString("kind").equals("prepared")) {
                prepared.add(new Holders.Prepared(
                        rows.getString("name"),
                        rows.getString("user"),
                        rows.getString("database"),
                        rows.getBoolean("here"),
                        rows.getLong("age"),
                        Math.max(0, rows.getDouble("seconds"))));
            } else {
                slots.add(new Holders.Slot(
                        rows.getString("name"),
                        rows.getString("database"),
                        rows.getBoolean("logical"),
                        Rows.number(rows, "age"),
                        Rows.number(rows, "catalog_age"),
                        Optional.ofNullable(Rows.number(rows, "active_pid"))
                                .map(Long::intValue)
                                .orElse(null),
                        rows.getString("wal_status")));
            }
        }
        return new Holders(prepared, slots);
    }

    /** The pids whose locks are worth telling, when somebody waits or a session has been idle in a transaction for a while. */
    static Optional<List<String>> askForLocks(Sessions sessions) {
        List<Sessions.Session> idle = sessions.worst().stream()
                .filter(session -> session.here() && session.idleInTransaction())
                .filter(session -> Objects.requireNonNullElse(session.stateSeconds(), 0.0) >= WORTH_A_LOOK_SECONDS)
                .toList();
        return sessions.mayWait() == 0 && idle.isEmpty()
                ? Optional.empty()
                : Optional.of(List.of(idle.stream()
                        .map(session -> Integer.toString(session.pid()))
                        .collect(Collectors.joining(",", "{", "}"))));
    }

    static LockWaits lockWaits(ResultSet rows, Session session) throws SQLException {
        List<LockWaits.Waiter> waiters = new ArrayList<>();
        List<LockWaits.Locked> locked = new ArrayList<>();
        while (rows.next()) {
            int pid = rows.getInt("pid");
            List<String> tables = list(rows.getArray("tables"), String[].class);
            if (rows.getBoolean("waits")) {
                double seconds = rows.getDouble("seconds");
                boolean justBegan = rows.wasNull();
                waiters.add(new LockWaits.Waiter(
                        pid,
                        rows.getString("mode"),
                        justBegan ? null : Math.max(0, seconds),
                        tables.isEmpty() ? null : tables.get(0),
                        list(rows.getArray("blockers"), Integer[].class),
                        list(rows.getArray("prepared"), String[].class)));
            } else {
                locked.add(new LockWaits.Locked(pid, rows.getInt("count"), tables));
            }
        }
        return new LockWaits(waiters, locked);
    }

    private static <T> List<T> list(@Nullable Array array, Class<T[]> type) throws SQLException {
        return array == null ? List.of() : Arrays.asList(type.cast(array.getArray()));
    }
}

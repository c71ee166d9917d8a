package io.pgwatch.core.probes;

import io.pgwatch.snapshot.Holders;
import io.pgwatch.snapshot.LockWaits;
import io.pgwatch.snapshot.Reading;
import io.pgwatch.snapshot.Server;
import io.pgwatch.snapshot.Sessions;
import io.pgwatch.snapshot.Sessions.IdleInTransaction;
import io.pgwatch.snapshot.Sessions.Kind;
import io.pgwatch.snapshot.Sessions.Session;
import io.pgwatch.snapshot.Sessions.State;
import io.pgwatch.snapshot.Snapshot;
import io.pgwatch.snapshot.Tables;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Sessions, tables and snapshots of them, on numbers that nobody could provoke. */
final class Facts {

    static final Instant NOW = Instant.parse("2026-11-21T12:00:00Z");

    static final Holders NO_HOLDERS = new Holders(List.of(), List.of());

    private Facts() {}

    /** Of this database, idle in a transaction. */
    static Session idle(int pid, double seconds, @Nullable Long xidAge, @Nullable Long xminAge) {
        return session(pid, State.IDLE_IN_TRANSACTION, seconds, seconds + 5, xidAge, xminAge, "shop");
    }

    /** Of another database, idle in a transaction. */
    static Session elsewhere(int pid, double seconds, @Nullable Long xidAge, @Nullable Long xminAge) {
        return session(pid, State.IDLE_IN_TRANSACTION, seconds, seconds + 5, xidAge, xminAge, "other");
    }

    /** Of this database, seen by a role with nothing. */
    static Session hidden(int pid, @Nullable Long xidAge, @Nullable Long xminAge) {
        return session(pid, null, null, null, xidAge, xminAge, "shop");
    }

    /** Of a session for which track_activities is off. */
    static Session untracked(int pid, @Nullable Long xidAge, @Nullable Long xminAge) {
        return new Session(
                pid,
                NOW.minusSeconds(3600),
                "app",
                "orders",
                "shop",
                true,
                Kind.CLIENT,
                null,
                null,
                null,
                xidAge,
                xminAge,
                null);
    }

    static Session session(
            int pid,
            @Nullable State state,
            @Nullable Double stateSeconds,
            @Nullable Double transactionSeconds,
            @Nullable Long xidAge,
            @Nullable Long xminAge,
            String database) {
        return new Session(
                pid,
                state == null ? null : NOW.minusSeconds(3600),
                "app",
                "orders",
                database,
                database.equals("shop"),
                Kind.CLIENT,
                state,
                stateSeconds,
                transactionSeconds,
                xidAge,
                xminAge,
                null);
    }

    /** All of them seen. */
    static Sessions sessions(Session... worst) {
        long count = List.of(worst).stream()
                .filter(one -> one.here() && one.idleInTransaction())
                .count();
        return new Sessions(
                List.of(),
                1,
                null,
                0,
                0,
                0,
                null,
                new IdleInTransaction((int) count, 0, count == 0 ? null : 42.0),
                List.of(worst));
    }

    /** Where the state of some is not seen. */
    static Sessions partly(int hidden, int untracked, Session... worst) {
        return new Sessions(List.of(), 1, null, hidden, untracked, 0, null, null, List.of(worst));
    }

    /** Of a thousand rows on one page, never vacuumed. */
    static Tables.Table table(String name, long deadRows) {
        return new Tables.Table(
                1,
                name,
                null,
                true,
                1000,
                deadRows,
                0,
                1000L,
                8192,
                new Tables.Trigger(250, null, true, 50, 0.2),
                null,
                null,
                null,
                null,
                false);
    }

    static Snapshot snapshot(Sessions sessions, Holders holders, LockWaits locks) {
        return Snapshot.at(NOW)
                .with(Sessions.SECTION, taken(sessions))
                .with(Holders.SECTION, taken(holders))
                .with(LockWaits.SECTION, taken(locks))
                .with(Server.SECTION, taken(server(false)));
    }

    static Snapshot snapshot(Session... sessions) {
        return snapshot(sessions(sessions), NO_HOLDERS, LockWaits.NONE);
    }

    static Server server(boolean standby) {
        return new Server("1", "localhost", 5432, "18.0", 18, "shop", "it's \"me\"", standby, null);
    }

    static <T> Reading<T> taken(T value) {
        return new Reading.Taken<>(value, NOW);
    }
}

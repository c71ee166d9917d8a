package io.pgwatch.core.probes;

import io.pgwatch.evidence.Horizon;
import io.pgwatch.evidence.Horizon.Kind;
import io.pgwatch.evidence.Horizon.Scope;
import io.pgwatch.evidence.ProbeIds;
import io.pgwatch.snapshot.Holders;
import io.pgwatch.snapshot.Sessions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One thing that holds back VACUUM.
 *
 * @param id a session's pid, a prepared transaction's gid, or the name of the slot
 * @param database that it is of; null for what has none
 * @param here whether it holds something in this database: it is one of its own, or of no single one
 * @param age of the oldest id that it holds
 * @param owns whether that id is its own, so that others can only have inherited it
 * @param seconds since its transaction began or was prepared; null where that is not known
 * @param session behind it; null for another kind
 * @param slot behind it; null for another kind
 */
record Pin(
        Kind kind,
        String id,
        @Nullable String database,
        boolean here,
        Scope scope,
        long age,
        boolean owns,
        @Nullable Double seconds,
        @Nullable String user,
        Sessions.@Nullable Session session,
        Holders.@Nullable Slot slot) {

    /** The holder of an id, as a session shows it. */
    static Pin of(Sessions.Session session, long age) {
        boolean standby = session.kind() == Sessions.Kind.STANDBY;
        return new Pin(
                standby ? Kind.STANDBY : Kind.SESSION,
                Integer.toString(session.pid()),
                session.database(),
                standby || session.here(),
                Scope.TABLES,
                age,
                Objects.equals(session.xidAge(), age),
                session.transactionSeconds(),
                session.user(),
                session,
                null);
    }

    static Pin of(Holders.Prepared prepared) {
        return new Pin(
                Kind.PREPARED,
                prepared.gid(),
                prepared.database(),
                prepared.here(),
                Scope.TABLES,
                prepared.age(),
                true,
                prepared.seconds(),
                prepared.user(),
                null,
                null);
    }

    static Pin of(Holders.Slot slot, long age, Scope scope) {
        return new Pin(Kind.SLOT, slot.name(), slot.database(), true, scope, age, false, null, null, null, slot);
    }

    /** Whether it is a client's session of this database that idles in a transaction, or may, where its state is hidden. */
    boolean mayIdle() {
        return here
                && session != null
                && session.kind() == Sessions.Kind.CLIENT
                && (session.idleInTransaction() || session.state() == null);
    }

    /** Whether it was there already when a VACUUM ended that could not remove rows; also where that is not known. */
    boolean heldAt(@Nullable Instant vacuumed, Instant now) {
        return vacuumed == null
                || seconds == null
                || seconds >= Duration.between(vacuumed, now).toMillis() / 1e3;
    }

    /** The ids of the findings that tell of it: that of an idle session where there is one, else the horizon's. */
    List<String> explainers() {
        String horizon = ProbeIds.HORIZON + "/" + key();
        return mayIdle() && session != null
                ? List.of(IdleInTransactionProbe.findingId(session.pid()), horizon)
                : List.of(horizon);
    }

    /** What tells it from others in the id of a finding. */
    String key() {
        return kind + "-" + Words.inLine(id);
    }

    /** What it is, in words that go into a sentence. */
    String inWords() {
        return switch (kind) {
            case SESSION -> session == null ? "session " + id : SessionWords.describe(session);
            case PREPARED ->
                "prepared transaction " + Words.literal(Words.inLine(id)) + " of role "
                        + Words.inLine(String.valueOf(user));
            case SLOT -> (scope == Scope.CATALOGS ? "logical slot " : "slot ") + id;
            case STANDBY ->
                "standby " + (session == null ? id : Words.inLine(session.application())) + " (walsender " + id + ")";
        };
    }

    Horizon.Holder holder(boolean origin) {
        return new Horizon.Holder(
                kind,
                id,
                database,
                age,
                origin,
                here ? scope : Scope.CATALOGS,
                session == null ? null : session.application(),
                user);
    }
}

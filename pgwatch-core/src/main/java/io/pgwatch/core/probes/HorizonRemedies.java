package io.pgwatch.core.probes;

import io.pgwatch.probe.Remedy;
import io.pgwatch.probe.Remedy.Impact;
import io.pgwatch.snapshot.Holders;
import io.pgwatch.snapshot.Sessions;
import io.pgwatch.snapshot.Sessions.Session;
import io.pgwatch.snapshot.Sessions.State;
import org.jspecify.annotations.Nullable;

/** Why something holds back VACUUM, and how it is released. */
final class HorizonRemedies {

    private HorizonRemedies() {}

    static String why(Pin pin) {
        return switch (pin.kind()) {
            case SESSION -> pin.session() == null ? "" : why(pin.session());
            case PREPARED -> "it was prepared for a commit in two phases, which nobody has finished";
            case STANDBY -> "a query there needs the rows, and hot_standby_feedback is on";
            case SLOT -> pin.slot() == null ? "" : why(pin.slot());
        };
    }

    private static String why(Session session) {
        if (session.state() == State.ACTIVE || session.kind() != Sessions.Kind.CLIENT) {
            return "it is at work in one long transaction" + SessionWords.statement(session);
        }
        return session.state() == null && session.xidAge() == null
                ? "whether it idles or works is hidden from the watch's role"
                : SessionWords.shape(session) + SessionWords.statement(session);
    }

    private static String why(Holders.Slot slot) {
        if (slot.activePid() == null) {
            return "nobody has streamed from it since; it also keeps WAL";
        }
        return slot.logical()
                ? "its subscriber is connected, and has not confirmed what came since"
                : "a query on its standby needs the rows, and hot_standby_feedback is on";
    }

    static Remedy of(Pin pin) {
        return switch (pin.kind()) {
            case SESSION -> of(pin.session());
            case PREPARED -> ofPrepared(pin);
            case STANDBY -> ofStandby();
            case SLOT ->
                pin.slot() != null && pin.slot().activePid() == null ? ofAbandoned(pin.slot()) : ofStreamed(pin.slot());
        };
    }

    private static Remedy of(@Nullable Session session) {
        if (session == null) {
            return new Remedy("End its transaction.", null, Impact.ENDS_SESSION);
        }
        if (session.kind() == Sessions.Kind.WORKER) {
            return new Remedy(
                    "It is a process of the server's own: let it finish, and look at it again when it does not.",
                    "SELECT pid, backend_type, state, xact_start, wait_event FROM pg_stat_activity WHERE pid = "
                            + session.pid() + ";",
                    Impact.READ_ONLY);
        }
        if (session.state() == State.ACTIVE) {
            return new Remedy(
                    "Let it finish if it is wanted, a backup for one; else cancel it, and read in smaller pieces.",
                    SessionWords.cancel(session),
                    Impact.ENDS_SESSION);
        }
        return new Remedy(
                "Have it commit or roll back; where nobody does, end it.",
                SessionWords.terminate(session),
                Impact.ENDS_SESSION);
    }

    private static Remedy ofPrepared(Pin pin) {
        return new Remedy(
                "Ask its transaction manager first: what that decided to commit wants COMMIT PREPARED, with the same id. If"
                        + " none is in charge any more, roll back, connected to database "
                        + Words.inLine(String.valueOf(pin.database()))
                        + " as its owner or as superuser; what it wrote is then lost.",
                (pin.here() ? "" : "-- connected to database " + Words.inLine(String.valueOf(pin.database())) + "\n")
                        + "ROLLBACK PREPARED " + Words.literal(pin.id()) + ";",
                Impact.ONLINE);
    }

    private static Remedy ofStandby() {
        return new Remedy(
                "End the long query on the standby, or bound such queries there by statement_timeout. With"
                        + " hot_standby_feedback off the primary is free, and the standby cancels queries in its way after"
                        + " max_standby_streaming_delay.",
                null,
                Impact.CONFIGURATION);
    }

    private static Remedy ofAbandoned(Holders.Slot slot) {
        return new Remedy(
                "Start its " + (slot.logical() ? "subscriber" : "standby")
                        + " again. Only if that is gone for good, drop the"
                        + " slot: whoever uses it later must copy everything anew.",
                "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = "
                        + Words.literal(slot.name()) + " AND NOT active;",
                Impact.CONFIGURATION);
    }

    private static Remedy ofStreamed(Holders.@Nullable Slot slot) {
        return slot != null && slot.logical()
                ? new Remedy(
                        "See why its subscriber lags: a long transaction that it decodes, or an apply that is slow or stuck.",
                        "SELECT slot_name, active_pid, confirmed_flush_lsn, restart_lsn FROM pg_replication_slots WHERE"
                                + " slot_name = " + Words.literal(slot.name()) + ";",
                        Impact.READ_ONLY)
                : ofStandby();
    }
}

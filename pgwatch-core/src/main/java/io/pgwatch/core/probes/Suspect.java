package io.pgwatch.core.probes;

import io.pgwatch.evidence.ProbeIds;
import io.pgwatch.probe.Finding;
import io.pgwatch.probe.Level;
import io.pgwatch.probe.Remedy;
import io.pgwatch.snapshot.Borrowers.Borrower;
import io.pgwatch.snapshot.Holders;
import io.pgwatch.snapshot.LockWaits;
import io.pgwatch.snapshot.LockWaits.Waiter;
import io.pgwatch.snapshot.Sessions.Session;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A session that may leave its transaction open, and what is said of it.
 *
 * @param behind who waits for it, the longest first; null where it is not known
 * @param borrower who of this process has borrowed its connection; null where it is another process's, or not kept
 */
record Suspect(
        Session session,
        @Nullable List<Waiter> behind,
        @Nullable Borrower borrower) {

    boolean blocks() {
        return behind != null && !behind.isEmpty();
    }

    /** How many wait for it; null where it is not known. */
    @Nullable
    Integer blocked() {
        return behind == null ? null : behind.size();
    }

    /** For how long the longest has waited, in seconds; 0 where nobody does. */
    double longestWait() {
        return behind == null
                ? 0
                : behind.stream()
                        .map(Waiter::seconds)
                        .filter(Objects::nonNull)
                        .mapToDouble(Double::doubleValue)
                        .max()
                        .orElse(0);
    }

    /** What runs a statement has a snapshot; a transaction with an id of its own and without one is between two of them. */
    boolean isBetweenStatements() {
        return session.xidAge() != null && session.xminAge() == null;
    }

    /** Whether it is not told what it is doing. */
    boolean hidden() {
        return session.state() == null;
    }

    /** Whether that is so for everybody, since it does not keep account of it. */
    private boolean untracked() {
        return hidden() && session.startedAt() != null;
    }

    private String whyHidden() {
        return untracked()
                ? "whether it idles or works nobody knows: track_activities is off for it"
                : "whether it idles or works is hidden from the watch's role";
    }

    /**
     * What to do about one that is hidden: end it where others wait, whatever it does, and learn what it is doing.
     *
     * @param grant what the watch's role lacks; null while that is not known
     */
    Remedy ofHidden(@Nullable String grant, boolean standby) {
        Remedy look = standby ? look(grant).onThePrimary() : look(grant);
        if (!blocks()) {
            return look;
        }
        String sql = SessionWords.terminate(session);
        return new Remedy(
                "End it, as a superuser or as its own role, if what it does may be lost: it may be at work. "
                        + look.text(),
                look.sql() == null || standby ? sql : sql + "\n" + look.sql(),
                Remedy.Impact.ENDS_SESSION);
    }

    /** How to learn what it is doing. */
    private Remedy look(@Nullable String grant) {
        return untracked()
                ? new Remedy(
                        "Have it keep account of what it is doing: set track_activities on, for the server, its database or"
                                + " its role, wherever it is off.",
                        null,
                        Remedy.Impact.CONFIGURATION)
                : new Remedy(
                        "Let the watch's role see what sessions of other roles are doing, and since when.",
                        grant,
                        Remedy.Impact.ONLINE);
    }

    String inWords() {
        String what = hidden()
                ? " keeps a transaction open"
                : " has been idle in a transaction for "
                        + Words.duration(Objects.requireNonNullElse(session.stateSeconds(), 0.0));
        Long age = session.heldAge();
        String pins = age == null || age == 0 ? "" : ", holds back VACUUM by " + Words.number(age, "transaction");
        String blocks = behind == null || behind.isEmpty()
                ? ""
                : (pins.isEmpty() ? ", and" : " and") + " makes " + Words.number(behind.size(), "other") + " wait";
        String holder = borrower == null ? "" : "; held by " + borrower.inWords();
        return SessionWords.describe(session) + what + pins + blocks + holder;
    }

    /** Why, what it keeps locked, and who waits. */
    String cause(Optional<LockWaits> locks) {
        String why = hidden() && session.xidAge() == null ? whyHidden() : SessionWords.shape(session);
        String locked = locks.stream()
                .flatMap(all -> all.locked().stream())
                .filter(one -> one.pid() == session.pid())
                .findFirst()
                .map(one -> "; it keeps " + Words.number(one.count(), "table") + " locked ("
                        + Words.inLine(String.join(", ", one.tables()))
                        + (one.count() > one.tables().size() ? " …" : "") + ")")
                .orElse("");
        return why
                + SessionWords.statement(session)
                + locked
                + (behind == null || behind.isEmpty() ? "" : "; " + waits(behind.get(0)));
    }

    private static String waits(Waiter longest) {
        return "session " + longest.pid() + " has waited the longest"
                + (longest.seconds() == null ? "" : ", for " + Words.duration(longest.seconds())) + ", for "
                + longest.mode() + on(longest);
    }

    /** A transaction that changed a row is locked, and not the row. */
    private static String on(Waiter waiter) {
        if (waiter.table() != null) {
            return " on " + Words.inLine(waiter.table());
        }
        return waiter.mode().equals("ShareLock") ? ", as of a row that another transaction changed" : "";
    }

    /**
     * What to do.
     *
     * @param end whether the harm is worth the end of the session
     * @param standby where a timeout cannot be set, since it is the primary's to write
     */
    Remedy remedy(boolean end, boolean standby) {
        String cure = (end ? "End it, and mend the code. " : "") + SessionWords.cure(session);
        String whom = SessionWords.scope(session);
        if (standby) {
            return new Remedy(
                    cure + " On the primary, set idle_in_transaction_session_timeout for " + whom + ".",
                    end ? SessionWords.terminate(session) : null,
                    end ? Remedy.Impact.ENDS_SESSION : Remedy.Impact.APPLICATION);
        }
        String text = cure + " With the timeout the server ends such transactions by itself, in all sessions of " + whom
                + " that begin from now on.";
        String timeout = SessionWords.timeout(session);
        return end
                ? new Remedy(text, SessionWords.terminate(session) + "\n" + timeout, Remedy.Impact.ENDS_SESSION)
                : new Remedy(text, timeout, Remedy.Impact.CONFIGURATION);
    }

    /** Tells of a prepared transaction for which others wait; empty when nobody does. */
    static Optional<Finding> blocking(Holders.Prepared prepared, List<Waiter> behind, Level level) {
        Pin pin = Pin.of(prepared);
        return behind.stream()
                .findFirst()
                .map(longest -> Finding.of(
                        ProbeIds.IDLE_IN_TRANSACTION,
                        level,
                        pin.key(),
                        pin.inWords(),
                        pin.inWords() + " has been left unfinished for " + Words.duration(prepared.seconds())
                                + ", and makes " + Words.number(behind.size(), "other") + " wait",
                        HorizonRemedies.why(pin) + "; " + waits(longest),
                        HorizonRemedies.of(pin)));
    }
}

package io.pgwatch.core.probes;

import static io.pgwatch.probe.Level.CRITICAL;
import static io.pgwatch.probe.Level.OK;
import static io.pgwatch.probe.Level.WARNING;

import io.pgwatch.core.text.Durations;
import io.pgwatch.evidence.IdleInTransaction;
import io.pgwatch.evidence.ProbeIds;
import io.pgwatch.probe.Finding;
import io.pgwatch.probe.Level;
import io.pgwatch.probe.Measure;
import io.pgwatch.probe.Probe;
import io.pgwatch.probe.ProbeId;
import io.pgwatch.probe.Verdict;
import io.pgwatch.snapshot.Borrowers;
import io.pgwatch.snapshot.Cause;
import io.pgwatch.snapshot.Holders;
import io.pgwatch.snapshot.LockWaits;
import io.pgwatch.snapshot.Reading.Missing;
import io.pgwatch.snapshot.Section;
import io.pgwatch.snapshot.Server;
import io.pgwatch.snapshot.Sessions;
import io.pgwatch.snapshot.Sessions.Session;
import io.pgwatch.snapshot.Snapshot;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Warns of sessions of this database that leave a transaction open and do nothing, from the moment on which their last
 * statement ended. A session does harm when it holds an id older than {@code freshAge}, or when others wait for it. pg_dump,
 * whose leader idles by design while its workers copy, raises nothing; what it holds is the horizon's.
 *
 * @param warningIdle idle for this long; default 60 s, calibrated on a fleet of production servers
 * @param criticalIdle default 10 min
 * @param harmfulIdle from this on harm raises the level by one band; default 10 s, since less is a transaction at work
 * @param freshAge in transactions; default 1 million, a tenth of where the horizon warns
 */
public record IdleInTransactionProbe(Duration warningIdle, Duration criticalIdle, Duration harmfulIdle, long freshAge)
        implements Probe<IdleInTransaction> {

    private static final int WORST = 10;

    public IdleInTransactionProbe {
        if (warningIdle.isNegative() || warningIdle.compareTo(criticalIdle) > 0) {
            throw new IllegalArgumentException("want 0s <= warning-idle <= critical-idle, got "
                    + Durations.of(warningIdle) + " and " + Durations.of(criticalIdle));
        }
        if (harmfulIdle.isNegative() || harmfulIdle.compareTo(warningIdle) > 0) {
            throw new IllegalArgumentException("want a harmful-idle from 0s to warning-idle (here "
                    + Durations.of(warningIdle) + "), got " + Durations.of(harmfulIdle));
        }
        if (freshAge < 0) {
            throw new IllegalArgumentException("want a fresh-age of 0 or more transactions, got " + freshAge);
        }
    }

    public static IdleInTransactionProbe withDefaults() {
        return new IdleInTransactionProbe(
                Duration.ofSeconds(60), Duration.ofMinutes(10), Duration.ofSeconds(10), 1_000_000);
    }

    @Override
    public ProbeId<IdleInTransaction> id() {
        return ProbeIds.IDLE_IN_TRANSACTION;
    }

    @Override
    public String question() {
        return "Who leaves transactions open, and whom does it hurt?";
    }

    @Override
    public Set<Section<?>> needs() {
        return Set.of(Sessions.SECTION, LockWaits.SECTION, Holders.SECTION, Borrowers.SECTION, Server.SECTION);
    }

    @Override
    public List<Measure<IdleInTransaction>> measures() {
        return List.of(
                Measure.of(
                        "idle.in.transaction",
                        "sessions",
                        "Sessions of this database that are idle in a transaction",
                        IdleInTransaction::count),
                Measure.of(
                        "idle.in.transaction.pinning",
                        "sessions",
                        "Sessions of this database that are idle in a transaction and hold back VACUUM",
                        IdleInTransaction::pinning),
                Measure.of(
                        "idle.in.transaction.longest",
                        "seconds",
                        "Longest time that a session of this database has been idle in a transaction; 0 for none",
                        evidence -> evidence.count() == null
                                ? null
                                : Objects.requireNonNullElse(evidence.longestSeconds(), 0.0)));
    }

    @Override
    public Verdict<IdleInTransaction> judge(Snapshot snapshot) {
        return snapshot.get(Sessions.SECTION).fold(seen -> judge(seen, snapshot), Verdict::unknown);
    }

    private Verdict<IdleInTransaction> judge(Sessions seen, Snapshot snapshot) {
        Optional<LockWaits> locks = snapshot.get(LockWaits.SECTION).taken();
        List<Suspect> worst = worst(seen, locks, snapshot);
        Optional<Sessions.IdleInTransaction> totals = Optional.ofNullable(seen.idle());
        IdleInTransaction evidence = evidence(totals, worst);
        List<Finding> findings = Stream.concat(
                        worst.stream()
                                .filter(suspect -> levelOf(suspect) != OK)
                                .map(suspect -> finding(suspect, locks, snapshot)),
                        locks.stream().flatMap(all -> prepared(all, snapshot).stream()))
                .toList();
        if (findings.isEmpty() && totals.isEmpty()) {
            return Verdict.unknown(unseen(seen, snapshot), evidence);
        }
        Optional<? extends Missing<?>> whoWaits =
                snapshot.get(LockWaits.SECTION).missing();
        if (findings.isEmpty() && seen.mayWait() > 0 && whoWaits.isPresent()) {
            return Verdict.unknown(whoWaits.get(), evidence);
        }
        return Judgement.of(evidence, findings, () -> inWords(totals.orElseThrow()));
    }

    private List<Suspect> worst(Sessions seen, Optional<LockWaits> locks, Snapshot snapshot) {
        Optional<Borrowers> borrowers = snapshot.get(Borrowers.SECTION).taken();
        return seen.worst().stream()
                .filter(session -> session.here() && session.kind() == Sessions.Kind.CLIENT)
                .filter(session -> session.idleInTransaction() || session.state() == null)
                .map(session -> new Suspect(
                        session,
                        locks.map(all -> all.behind(session.pid())).orElse(null),
                        borrowers
                                .flatMap(all -> all.of(session.pid(), session.startedAt()))
                                .orElse(null)))
                .sorted(Comparator.comparing(this::levelOf)
                        .thenComparing(suspect ->
                                suspect.behind() == null ? 0 : suspect.behind().size())
                        .thenComparing(suspect ->
                                Objects.requireNonNullElse(suspect.session().stateSeconds(), 0.0))
                        .reversed())
                .limit(WORST)
                .toList();
    }

    private static IdleInTransaction evidence(Optional<Sessions.IdleInTransaction> totals, List<Suspect> worst) {
        return new IdleInTransaction(
                totals.map(Sessions.IdleInTransaction::count).orElse(null),
                totals.map(Sessions.IdleInTransaction::pinning).orElse(null),
                totals.map(Sessions.IdleInTransaction::longestSeconds).orElse(null),
                worst.stream().map(IdleInTransactionProbe::row).toList());
    }

    private static IdleInTransaction.Session row(Suspect suspect) {
        Session session = suspect.session();
        return new IdleInTransaction.Session(
                session.pid(),
                Objects.requireNonNullElse(session.user(), ""),
                session.application(),
                Objects.requireNonNullElse(session.database(), ""),
                suspect.hidden() ? null : session.stateSeconds(),
                session.transactionSeconds(),
                session.heldAge() != null,
                session.heldAge(),
                suspect.blocked(),
                suspect.borrower() == null ? null : suspect.borrower().inWords());
    }

    private Level levelOf(Suspect suspect) {
        Session session = suspect.session();
        if (session.application().equals("pg_dump")) {
            return OK;
        }
        boolean pins = session.heldAge() != null && session.heldAge() >= freshAge;
        if (suspect.hidden()) {
            boolean blocks = suspect.blocks() && suspect.longestWait() >= seconds(harmfulIdle);
            return pins && suspect.isBetweenStatements() || blocks ? WARNING : OK;
        }
        double idle = Objects.requireNonNullElse(session.stateSeconds(), 0.0);
        boolean harms = (pins || suspect.blocks()) && idle >= seconds(harmfulIdle);
        if (idle >= seconds(criticalIdle)) {
            return CRITICAL;
        }
        if (idle >= seconds(warningIdle)) {
            return harms ? CRITICAL : WARNING;
        }
        return harms ? WARNING : OK;
    }

    private static double seconds(Duration duration) {
        return duration.toMillis() / 1e3;
    }

    static String findingId(int pid) {
        return ProbeIds.IDLE_IN_TRANSACTION + "/" + pid;
    }

    private Finding finding(Suspect suspect, Optional<LockWaits> locks, Snapshot snapshot) {
        Session session = suspect.session();
        Level level = levelOf(suspect);
        return Finding.of(
                id(),
                level,
                Integer.toString(session.pid()),
                "session " + session.pid(),
                suspect.inWords(),
                suspect.cause(locks),
                suspect.hidden()
                        ? suspect.ofHidden(grant(snapshot), Primary.isElsewhere(snapshot))
                        : suspect.remedy(suspect.blocks() || level == CRITICAL, Primary.isElsewhere(snapshot)));
    }

    /** Prepared transactions are idle without a session; they raise a level here when others wait for them. */
    private List<Finding> prepared(LockWaits locks, Snapshot snapshot) {
        return snapshot.get(Holders.SECTION).taken().map(Holders::prepared).orElse(List.of()).stream()
                .filter(prepared -> prepared.here() && prepared.seconds() >= seconds(harmfulIdle))
                .flatMap(prepared -> Suspect.blocking(
                        prepared,
                        locks.behind(prepared.gid()),
                        prepared.seconds() >= seconds(warningIdle) ? CRITICAL : WARNING)
                        .stream())
                .toList();
    }

    private static @Nullable String grant(Snapshot snapshot) {
        return snapshot.get(Server.SECTION)
                .taken()
                .map(server -> "GRANT pg_read_all_stats TO " + Words.quoted(server.role()) + ";")
                .orElse(null);
    }

    private static Missing<Sessions> unseen(Sessions seen, Snapshot snapshot) {
        return seen.hidden() > 0
                ? new Missing<>(
                        Cause.NOT_PERMITTED,
                        "the state of " + Words.number(seen.hidden(), "session") + " is hidden from the watch's role",
                        grant(snapshot))
                : new Missing<>(
                        Cause.NOT_SUPPORTED,
                        Words.number(seen.untracked(), "session") + " of this database "
                                + (seen.untracked() == 1 ? "does" : "do")
                                + " not tell the state: track_activities is off");
    }

    private static String inWords(Sessions.IdleInTransaction totals) {
        Double longest = totals.longestSeconds();
        if (totals.count() == 0 || longest == null) {
            return "no session is idle in a transaction";
        }
        String idle = Words.number(totals.count(), "session") + " idle in a transaction";
        return longest < 1
                ? idle
                : idle + (totals.count() == 1 ? " for " : ", the longest for ") + Words.duration(longest);
    }
}

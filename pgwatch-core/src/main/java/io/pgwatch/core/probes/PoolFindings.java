package io.pgwatch.core.probes;

import io.pgwatch.evidence.PoolSaturation;
import io.pgwatch.evidence.PoolSaturation.Diagnosis;
import io.pgwatch.evidence.ProbeIds;
import io.pgwatch.probe.Finding;
import io.pgwatch.probe.Level;
import io.pgwatch.snapshot.Borrowers;
import io.pgwatch.snapshot.Ceiling;
import io.pgwatch.snapshot.ClientPools.ClientPool;
import io.pgwatch.snapshot.Snapshot;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What is said of the pools of this process. */
final class PoolFindings {

    private PoolFindings() {}

    static Finding exhausted(
            ClientPool pool, Level level, PoolSaturation evidence, Snapshot snapshot, List<Finding> waiting) {
        Optional<Diagnosis> diagnosis = Optional.ofNullable(evidence.diagnosis());
        String time = " for " + Words.duration(pool.fullSeconds());
        String what = pool.isFull()
                ? " has been full" + time + " (" + pool.active() + " of " + pool.max() + " borrowed)"
                : " has had no connection to give" + time + " (" + open(pool) + ")";
        Finding finding = Finding.of(
                ProbeIds.POOL_SATURATION,
                level,
                "pool-" + Words.inLine(pool.name()),
                describe(pool),
                describe(pool) + what + "; " + waiting(pool.pending()),
                diagnosis
                        .map(told -> told.kind() + ": " + told.because())
                        .orElse(
                                "connections are borrowed faster than they come back: slow statements, transactions held"
                                        + " open, or a leak"),
                PoolRemedies.of(
                        diagnosis.map(Diagnosis::kind).orElse(null), evidence.ceilings(), tellsWhoBorrowed(snapshot)));
        String root = PoolDiagnosis.root(evidence.diagnosis(), snapshot);
        return finding.explainedBy(root != null ? root : PoolerDiagnosis.root(waiting, snapshot));
    }

    private static String open(ClientPool pool) {
        return Objects.equals(pool.active(), 0)
                ? "none of " + pool.max() + " open"
                : pool.active() + " of " + pool.max() + " open and borrowed";
    }

    private static String waiting(@Nullable Integer threads) {
        if (threads == null || threads == 0) {
            return "threads have waited, none does now";
        }
        return threads == 1 ? "one thread waits now" : threads + " threads wait now";
    }

    private static boolean tellsWhoBorrowed(Snapshot snapshot) {
        return snapshot.get(Borrowers.SECTION)
                .taken()
                .filter(all -> all.borrowers().stream().anyMatch(borrower -> borrower.borrowedAt() != null))
                .isPresent();
    }

    private static String describe(ClientPool pool) {
        return "pool " + Words.inLine(pool.name());
    }

    /** Where nothing is wrong. */
    static String inUse(PoolSaturation evidence) {
        Stream<String> server = evidence.ceilings().stream()
                .limit(1)
                .map(tightest -> tightest.used() + " of " + tightest.limit() + " connections in use"
                        + (tightest.kind() == Ceiling.Kind.SERVER ? "" : " by " + CeilingFindings.describe(tightest)));
        Stream<String> pools = evidence.pools().stream()
                .map(pool -> describe(pool)
                        + (pool.active() == null
                                ? whySilent(pool)
                                : " " + pool.active() + (pool.max() == null ? " in use" : " of " + pool.max())));
        return Stream.concat(server, pools).collect(Collectors.joining("; "));
    }

    /** Agroal alone may run without counting. */
    private static String whySilent(ClientPool pool) {
        return pool.kind().equals("agroal")
                ? " tells nothing (its metrics are off)"
                : " tells nothing yet (not used so far, or closed)";
    }
}

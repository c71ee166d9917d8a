package io.pgwatch.core.probes;

import io.pgwatch.evidence.PoolSaturation;
import io.pgwatch.evidence.PoolSaturation.Diagnosis;
import io.pgwatch.evidence.ProbeIds;
import io.pgwatch.probe.Finding;
import io.pgwatch.probe.Level;
import io.pgwatch.snapshot.Ceiling;
import io.pgwatch.snapshot.ClientPools.ClientPool;
import io.pgwatch.snapshot.Snapshot;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What is said of the pools of this process. */
final class PoolFindings {

    private PoolFindings() {}

    static Finding exhausted(
            ClientPool pool, Level level, PoolSaturation evidence, Snapshot snapshot, List<Finding> waiting) {
        Optional<Diagnosis> diagnosis = Optional.ofNullable(evidence.diagnosis());
        String what = pool.isFull()
                ? " is full (" + pool.active() + " of " + pool.max() + " borrowed)"
                : " has no connection to give (" + pool.active() + " of " + pool.max() + " open and borrowed)";
        Finding finding = Finding.of(
                ProbeIds.POOL_SATURATION,
                level,
                "pool-" + Words.inLine(pool.name()),
                describe(pool),
                describe(pool) + what + " and " + pool.pending()
                        + (Objects.equals(pool.pending(), 1) ? " thread has" : " threads have")
                        + " been waiting, for " + Words.duration(pool.fullSeconds()),
                diagnosis
                        .map(told -> told.kind() + ": " + told.because())
                        .orElse(
                                "connections are borrowed faster than they come back: slow statements, transactions held"
                                        + " open, or a leak"),
                PoolRemedies.of(diagnosis.map(Diagnosis::kind).orElse(null), evidence.ceilings()));
        String root = PoolDiagnosis.root(evidence.diagnosis(), snapshot);
        return finding.explainedBy(root != null ? root : PoolerDiagnosis.root(waiting, snapshot));
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
                                ? " tells nothing (not started, or without metrics)"
                                : " " + pool.active() + (pool.max() == null ? " in use" : " of " + pool.max())));
        return Stream.concat(server, pools).collect(Collectors.joining("; "));
    }
}

package io.pgwatch.core.probes;

import static io.pgwatch.probe.Level.CRITICAL;
import static io.pgwatch.probe.Level.OK;
import static io.pgwatch.probe.Level.WARNING;

import io.pgwatch.core.text.Durations;
import io.pgwatch.evidence.PoolSaturation;
import io.pgwatch.evidence.PoolSaturation.Fleet;
import io.pgwatch.evidence.ProbeIds;
import io.pgwatch.probe.Finding;
import io.pgwatch.probe.Level;
import io.pgwatch.probe.Measure;
import io.pgwatch.probe.Probe;
import io.pgwatch.probe.ProbeId;
import io.pgwatch.probe.Verdict;
import io.pgwatch.snapshot.Arrivals;
import io.pgwatch.snapshot.Borrowers;
import io.pgwatch.snapshot.Cause;
import io.pgwatch.snapshot.Ceiling;
import io.pgwatch.snapshot.ClientPools;
import io.pgwatch.snapshot.ClientPools.ClientPool;
import io.pgwatch.snapshot.LockWaits;
import io.pgwatch.snapshot.Login;
import io.pgwatch.snapshot.Poolers;
import io.pgwatch.snapshot.Reading;
import io.pgwatch.snapshot.Reading.Missing;
import io.pgwatch.snapshot.Section;
import io.pgwatch.snapshot.Server;
import io.pgwatch.snapshot.Sessions;
import io.pgwatch.snapshot.Snapshot;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * Warns before the next request finds no connection: at a limit of the server, or in a full pool of this process.
 *
 * @param warningUsed share of the tightest server limit in use; default 0.8, the share common to shipped alert rules
 * @param criticalUsed default 0.9
 * @param warningPending for how long a pool has been full with threads waiting; default 10 s
 * @param criticalPending default 60 s
 * @param warningPoolerWait for how long the first client of a pool of PgBouncer has waited for a server connection; default 1 s
 * @param criticalPoolerWait default 15 s; half of PgBouncer's {@code query_wait_timeout} where that is shorter
 * @param surge how many instances a rolling deploy adds for its time; default 1, as orchestrators do; 0 for no look at deploys
 * @param warningUntilFull how soon a limit of the server that is reached at the present pace is a warning; default 5 min, the
 *     time that somebody needs to step in; 0 s for none
 */
public record PoolSaturationProbe(
        double warningUsed,
        double criticalUsed,
        Duration warningPending,
        Duration criticalPending,
        Duration warningPoolerWait,
        Duration criticalPoolerWait,
        int surge,
        Duration warningUntilFull)
        implements Probe<PoolSaturation> {

    private static final int MOST_SURGE = 1000;

    public PoolSaturationProbe {
        if (!(0 < warningUsed && warningUsed <= criticalUsed && criticalUsed <= 1)) {
            throw new IllegalArgumentException(
                    "want 0 < warning-used <= critical-used <= 1, got " + warningUsed + " and " + criticalUsed);
        }
        if (warningPending.isNegative() || warningPending.compareTo(criticalPending) > 0) {
            throw new IllegalArgumentException("want 0s <= warning-pending <= critical-pending, got "
                    + Durations.of(warningPending) + " and " + Durations.of(criticalPending));
        }
        if (warningPoolerWait.isNegative() || warningPoolerWait.compareTo(criticalPoolerWait) > 0) {
            throw new IllegalArgumentException("want 0s <= warning-pooler-wait <= critical-pooler-wait, got "
                    + Durations.of(warningPoolerWait) + " and " + Durations.of(criticalPoolerWait));
        }
        if (surge < 0 || surge > MOST_SURGE) {
            throw new IllegalArgumentException("want a surge of 0 to " + MOST_SURGE + " instances, got " + surge);
        }
        if (warningUntilFull.isNegative()) {
            throw new IllegalArgumentException(
                    "want a warning-until-full of 0s or more, got " + Durations.of(warningUntilFull));
        }
    }

    public static PoolSaturationProbe withDefaults() {
        return new PoolSaturationProbe(
                0.80,
                0.90,
                Duration.ofSeconds(10),
                Duration.ofSeconds(60),
                Duration.ofSeconds(1),
                Duration.ofSeconds(15),
                1,
                Duration.ofMinutes(5));
    }

    @Override
    public ProbeId<PoolSaturation> id() {
        return ProbeIds.POOL_SATURATION;
    }

    @Override
    public String question() {
        return "Will the next request get a connection?";
    }

    @Override
    public Set<Section<?>> needs() {
        return Set.of(
                Sessions.SECTION,
                Arrivals.SECTION,
                ClientPools.SECTION,
                Login.SECTION,
                LockWaits.SECTION,
                Borrowers.SECTION,
                Poolers.SECTION,
                Server.SECTION);
    }

    @Override
    public List<Measure<PoolSaturation>> measures() {
        return List.of(
                ceiling("connections.used", "Connections that count against the limit", Ceiling::used),
                ceiling(
                        "connections.limit",
                        "Connections that an ordinary role may have under the limit",
                        Ceiling::limit),
                pool("pool.active", "connections", "Connections borrowed from the pool", ClientPool::active),
                pool("pool.idle", "connections", "Connections ready in the pool", ClientPool::idle),
                pool("pool.max", "connections", "Connections that the pool may have", ClientPool::max),
                pool("pool.pending", "requests", "Threads waiting for a connection of the pool", ClientPool::pending));
    }

    private static Measure<PoolSaturation> ceiling(String name, String description, Function<Ceiling, Number> value) {
        return Measure.each(
                name,
                "connections",
                description,
                PoolSaturation::ceilings,
                "ceiling",
                ceiling -> ceiling.kind().toString(),
                value);
    }

    private static Measure<PoolSaturation> pool(
            String name, String unit, String description, Function<ClientPool, Number> value) {
        return Measure.each(name, unit, description, PoolSaturation::pools, "pool", ClientPool::name, value);
    }

    @Override
    public Verdict<PoolSaturation> judge(Snapshot snapshot) {
        Reading<Sessions> sessions = snapshot.get(Sessions.SECTION);
        Reading<ClientPools> pools = snapshot.get(ClientPools.SECTION);
        Reading<Poolers> poolers = snapshot.get(Poolers.SECTION);
        List<ClientPool> fullestFirst =
                pools.taken().map(PoolSaturationProbe::fullestFirst).orElse(List.of());
        List<Ceiling> ceilings = sessions.taken().map(Sessions::ceilings).orElse(List.of());
        Fleet fleet = FleetArithmetic.of(snapshot, surge);
        List<Growth> growing = Growth.of(ceilings, fleet, snapshot);
        PoolSaturation evidence = new PoolSaturation(
                fullestFirst,
                ceilings,
                sessions.taken().map(Sessions::monitors).orElse(null),
                fleet,
                Growth.newPerSecond(snapshot),
                Growth.secondsUntilFull(growing),
                poolers.taken().map(Poolers::pools).orElse(List.of()),
                PoolDiagnosis.of(fullestFirst, snapshot).orElse(null));
        List<Finding> findings = findings(evidence, growing, snapshot);
        Optional<? extends Missing<?>> unseen = sessions.missing().isPresent() ? sessions.missing() : pools.missing();
        if (findings.isEmpty() && unseen.isPresent()) {
            return Verdict.unknown(unseen.get(), evidence);
        }
        Optional<Missing<Poolers>> hidden = poolers.missing().filter(PoolSaturationProbe::isWanted);
        if (findings.isEmpty() && hidden.isPresent()) {
            return withoutPooler(hidden.get(), evidence);
        }
        return Judgement.of(
                evidence,
                findings,
                () -> PoolFindings.inUse(evidence),
                hidden.map(missing -> "; " + missing.detail()).orElse(""));
    }

    /** Whether there is a console, and nothing to be seen of it. */
    private static boolean isWanted(Missing<?> pooler) {
        return pooler.cause().weighs() && pooler.cause() != Cause.NOT_YET;
    }

    private static Verdict<PoolSaturation> withoutPooler(Missing<?> pooler, PoolSaturation evidence) {
        return new Verdict.Unknown<>(
                pooler.cause(),
                pooler.detail(),
                pooler.cause() == Cause.NOT_PERMITTED ? PoolerRemedies.toSee() : null,
                evidence);
    }

    private static List<ClientPool> fullestFirst(ClientPools pools) {
        return pools.pools().stream()
                .sorted(Comparator.comparingDouble(ClientPool::fullSeconds).reversed())
                .toList();
    }

    private List<Finding> findings(PoolSaturation evidence, List<Growth> growing, Snapshot snapshot) {
        List<Finding> waiting = PoolerDiagnosis.of(snapshot, warningPoolerWait, criticalPoolerWait);
        List<Finding> findings = new ArrayList<>(waiting);
        findings.addAll(PoolerConfiguration.of(snapshot));
        snapshot.get(Login.SECTION)
                .taken()
                .filter(Login::refusedByLimit)
                .ifPresent(refused -> findings.add(CeilingFindings.refused(refused)));
        findings.addAll(CeilingFindings.of(evidence, growing, this, snapshot));
        evidence.pools().stream()
                .filter(pool -> levelOf(pool) != OK)
                .map(pool -> PoolFindings.exhausted(pool, levelOf(pool), evidence, snapshot, waiting))
                .forEach(findings::add);
        return findings;
    }

    Level levelOf(Ceiling ceiling) {
        if (ceiling.saturation() >= criticalUsed) {
            return CRITICAL;
        }
        return ceiling.saturation() >= warningUsed ? WARNING : OK;
    }

    private Level levelOf(ClientPool pool) {
        double seconds = pool.fullSeconds();
        if (seconds > 0 && seconds >= criticalPending.toMillis() / 1e3) {
            return CRITICAL;
        }
        return seconds > 0 && seconds >= warningPending.toMillis() / 1e3 ? WARNING : OK;
    }
}

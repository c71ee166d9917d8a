package io.pgwatch.evidence;

import io.pgwatch.probe.ProbeId;

/** The built-in probes; {@code report.verdict(ProbeIds.WRAPAROUND)} is typed. */
public final class ProbeIds {

    /** Will the next request get a connection? */
    public static final ProbeId<PoolSaturation> POOL_SATURATION =
            new ProbeId<>("pool-saturation", PoolSaturation.class);

    /** Who leaves transactions open, and whom does it hurt? */
    public static final ProbeId<IdleInTransaction> IDLE_IN_TRANSACTION =
            new ProbeId<>("idle-in-transaction", IdleInTransaction.class);

    /** What keeps VACUUM from removing dead rows here? */
    public static final ProbeId<Horizon> HORIZON = new ProbeId<>("horizon", Horizon.class);

    /** How far are we from refused writes, and how fast? */
    public static final ProbeId<Wraparound> WRAPAROUND = new ProbeId<>("wraparound", Wraparound.class);

    /** Does autovacuum keep up with each table's own trigger? */
    public static final ProbeId<Vacuum> VACUUM = new ProbeId<>("vacuum", Vacuum.class);

    /** How many bytes would a rebuild give back? */
    public static final ProbeId<Bloat> BLOAT = new ProbeId<>("bloat", Bloat.class);

    private ProbeIds() {}
}

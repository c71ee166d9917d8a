package io.pgwatch.evidence;

import io.pgwatch.probe.ProbeId;

/** The built-in probes; {@code report.verdict(ProbeIds.WRAPAROUND)} is typed. */
public final class ProbeIds {

    /** Will the next request get a connection? */
    public static final ProbeId<PoolSaturation> POOL_SATURATION =
            new ProbeId<>("pool-saturation", PoolSaturation.class);

    /** How far are we from refused writes, and how fast? */
    public static final ProbeId<Wraparound> WRAPAROUND = new ProbeId<>("wraparound", Wraparound.class);

    private ProbeIds() {}
}

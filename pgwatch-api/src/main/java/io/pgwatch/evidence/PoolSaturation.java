package io.pgwatch.evidence;

import io.pgwatch.snapshot.Ceiling;
import io.pgwatch.snapshot.ClientPools.ClientPool;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the next request meets on its way to a connection.
 *
 * @param pools the pools of this process, the fullest first; none when the data source is no pool that pgwatch knows
 * @param ceilings the server's limits, the tightest first; none while the server cannot be asked
 * @param monitors how many of the server's connections are pgwatch's own, siblings' included; null while it cannot be asked
 */
public record PoolSaturation(
        List<ClientPool> pools,
        List<Ceiling> ceilings,
        @Nullable Integer monitors) {

    public PoolSaturation {
        pools = List.copyOf(pools);
        ceilings = List.copyOf(ceilings);
    }
}

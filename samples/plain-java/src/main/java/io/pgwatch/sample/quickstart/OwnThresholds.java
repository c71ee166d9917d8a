package io.pgwatch.sample.quickstart;

import io.pgwatch.PgWatch;
import io.pgwatch.core.JdbcPgWatch;
import io.pgwatch.core.probes.PoolSaturationProbe;
import io.pgwatch.core.probes.Settings;
import io.pgwatch.core.probes.WraparoundProbe;
import java.util.List;
import java.util.Map;
import javax.sql.DataSource;

/** How thresholds other than the defaults are given without a framework. */
public final class OwnThresholds {

    private OwnThresholds() {}

    /** A watch that rings two weeks before the end. */
    public static PgWatch watch(DataSource dataSource) {
        WraparoundProbe wraparound =
                Settings.replace(WraparoundProbe.withDefaults(), Map.of("critical-time-left", "14d"));
        return JdbcPgWatch.builder(dataSource)
                .probes(List.of(PoolSaturationProbe.withDefaults(), wraparound))
                .start();
    }
}

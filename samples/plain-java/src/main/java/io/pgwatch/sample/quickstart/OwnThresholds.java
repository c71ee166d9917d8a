package io.pgwatch.sample.quickstart;

import io.pgwatch.PgWatch;
import io.pgwatch.core.JdbcPgWatch;
import io.pgwatch.core.probes.BuiltInProbes;
import io.pgwatch.core.probes.Settings;
import io.pgwatch.core.probes.WraparoundProbe;
import io.pgwatch.probe.Probe;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.sql.DataSource;

/** How thresholds other than the defaults are given without a framework. */
public final class OwnThresholds {

    private OwnThresholds() {}

    /** A watch of all probes, one of which rings two weeks before the end. */
    public static PgWatch watch(DataSource dataSource) {
        WraparoundProbe wraparound =
                Settings.replace(WraparoundProbe.withDefaults(), Map.of("critical-time-left", "14d"));
        List<Probe<?>> probes = new ArrayList<>(BuiltInProbes.withDefaults());
        probes.replaceAll(probe -> probe.id().equals(wraparound.id()) ? wraparound : probe);
        return JdbcPgWatch.builder(dataSource).probes(probes).start();
    }
}

package io.pgwatch.core.probes;

import io.pgwatch.evidence.PoolSaturation;
import io.pgwatch.evidence.PoolSaturation.Fleet;
import io.pgwatch.evidence.ProbeIds;
import io.pgwatch.probe.Finding;
import io.pgwatch.probe.Level;
import io.pgwatch.probe.Remedy;
import io.pgwatch.snapshot.Ceiling;
import io.pgwatch.snapshot.Login;
import io.pgwatch.snapshot.Sessions;
import io.pgwatch.snapshot.Snapshot;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What is said of a limit of the server that is near, or reached. */
final class CeilingFindings {

    private CeilingFindings() {}

    /** Each thing once: a limit that is nearly reached tells its growth itself, and its fleet only as what explains it. */
    static List<Finding> of(
            PoolSaturation evidence, List<Growth> growing, PoolSaturationProbe probe, Snapshot snapshot) {
        Fleet fleet = evidence.fleet();
        List<Finding> findings = new ArrayList<>();
        for (Ceiling ceiling : evidence.ceilings()) {
            Level level = probe.levelOf(ceiling);
            boolean bySelf = isOf(fleet, ceiling);
            if (fleet != null && fleet.ceiling() == ceiling.kind() && (level == Level.OK || bySelf)) {
                addFleet(findings, fleet, ceiling, probe.surge(), snapshot);
            }
            Finding finding = of(ceiling, level, fastGrowth(ceiling, growing, probe), evidence, snapshot);
            if (finding != null) {
                findings.add(finding.explainedBy(bySelf ? FleetFinding.ID : null));
            }
        }
        return findings;
    }

    private static @Nullable Growth fastGrowth(Ceiling ceiling, List<Growth> growing, PoolSaturationProbe probe) {
        return growing.stream()
                .filter(growth -> growth.ceiling().equals(ceiling) && growth.fillsWithin(probe.warningUntilFull()))
                .findFirst()
                .orElse(null);
    }

    private static @Nullable Finding of(
            Ceiling ceiling, Level level, @Nullable Growth growth, PoolSaturation evidence, Snapshot snapshot) {
        if (level != Level.OK) {
            return nearlyFull(ceiling, level, growth == null ? "" : growth.inWords(), remedy(ceiling, snapshot));
        }
        return growth == null ? null : growth.finding(evidence.newPerSecond());
    }

    private static void addFleet(List<Finding> findings, Fleet fleet, Ceiling ceiling, int surge, Snapshot snapshot) {
        Sessions seen = snapshot.get(Sessions.SECTION).taken().orElse(null);
        int maxConnections =
                seen == null || seen.siblings() == null ? 0 : seen.siblings().maxConnections();
        long inDeploy = Objects.requireNonNullElse(fleet.lackingInDeploy(), 0L);
        if (fleet.lacking() > 0) {
            findings.add(FleetFinding.of(fleet, ceiling, 0, fleet.lacking(), maxConnections));
        } else if (inDeploy > 0) {
            findings.add(FleetFinding.of(fleet, ceiling, surge, inDeploy, maxConnections));
        }
    }

    /** Whether most of the connections under the limit are of this service, which may want more than there are. */
    private static boolean isOf(@Nullable Fleet fleet, Ceiling ceiling) {
        return fleet != null
                && fleet.lacking() > 0
                && fleet.ceiling() == ceiling.kind()
                && fleet.others() < ceiling.used() - fleet.others();
    }

    static Finding refused(Login login) {
        return Finding.of(
                ProbeIds.POOL_SATURATION,
                Level.CRITICAL,
                "refused",
                "the server",
                "the server refuses new connections (SQLSTATE 53300)",
                "pgwatch's own attempt to connect was refused: "
                        + Objects.requireNonNullElse(login.message(), "no reason given"),
                PoolRemedies.afterRefusal());
    }

    /** The limits of roles and databases are the same in all servers of a cluster. */
    private static Remedy remedy(Ceiling ceiling, Snapshot snapshot) {
        Remedy remedy = PoolRemedies.of(ceiling);
        return ceiling.kind() == Ceiling.Kind.SERVER ? remedy : Primary.remedy(remedy, snapshot);
    }

    private static Finding nearlyFull(Ceiling ceiling, Level level, String soon, Remedy remedy) {
        String whose = describe(ceiling);
        return Finding.of(
                ProbeIds.POOL_SATURATION,
                level,
                ceiling.kind().toString(),
                whose,
                ceiling.used() + " of " + ceiling.limit() + " connections of " + whose + " in use ("
                        + Words.percent(ceiling.saturation()) + ")",
                limit(ceiling) + " is " + ceiling.limit() + "; "
                        + (ceiling.free() == 0
                                ? "the next connection will be refused"
                                : "after " + ceiling.free() + " more, connections will be refused")
                        + soon,
                remedy);
    }

    /** Such as {@code the server} or {@code role app}. */
    static String describe(Ceiling ceiling) {
        return ceiling.kind() == Ceiling.Kind.SERVER
                ? "the server"
                : ceiling.kind() + " " + Words.inLine(ceiling.name());
    }

    private static String limit(Ceiling ceiling) {
        return ceiling.kind() == Ceiling.Kind.SERVER
                ? "max_connections less the reserved slots"
                : "the CONNECTION LIMIT of " + describe(ceiling);
    }
}

package io.pgwatch.core.probes;

import io.pgwatch.evidence.PoolSaturation.Fleet;
import io.pgwatch.evidence.ProbeIds;
import io.pgwatch.probe.Finding;
import io.pgwatch.probe.Level;
import io.pgwatch.probe.Remedy;
import io.pgwatch.snapshot.Ceiling;

/** What is said of a service whose pools may want more connections than the server admits, before it happens. */
final class FleetFinding {

    static final String ID = ProbeIds.POOL_SATURATION + "/fleet";

    private static final String WHO_IS_COUNTED = """
            SELECT application_name, usename, client_addr FROM pg_stat_activity
            WHERE application_name LIKE 'pgwatch %' ORDER BY 1;""";

    private FleetFinding() {}

    /**
     * Of what does not fit now, or, with instances added, of what will not during a deploy.
     *
     * @param added how many instances a deploy adds for its time; 0 for what does not fit now
     * @param lacking connections that are too many then
     * @param maxConnections the server's setting
     */
    static Finding of(Fleet fleet, Ceiling ceiling, int added, long lacking, int maxConnections) {
        long each = FleetArithmetic.poolOfOne(fleet.poolMax(), fleet.instances());
        String many = fleet.instances() + added + " instances of this service";
        String who = added > 0 ? "the next deploy" : fleet.instances() == 1 ? "this instance" : many;
        String whose = CeilingFindings.describe(ceiling);
        return Finding.of(
                ProbeIds.POOL_SATURATION,
                Level.WARNING,
                "fleet",
                who,
                who + (added > 0 ? ", with " + many + " at a time," : "") + " may open "
                        + (fleet.poolMax() + added * each)
                        + " connections, others use " + fleet.others() + ", " + whose + " admits " + fleet.limit()
                        + ": "
                        + lacking + " too many",
                "each pool grows to its maximum size when load rises, and beyond the limit connections are refused with"
                        + " SQLSTATE 53300; instances are counted by the application_name of their watches, a free text:"
                        + " a hint, which can be forged",
                new Remedy(
                        "In this order: " + fewer(fleet, added, each)
                                + "let instances share connections, by PgBouncer in transaction mode; or at last raise "
                                + (ceiling.kind() == Ceiling.Kind.SERVER
                                        ? "max_connections to " + (maxConnections + lacking)
                                                + ", which wants a restart."
                                        : "the CONNECTION LIMIT of " + whose + " to " + (fleet.limit() + lacking)
                                                + ", if the server has room."),
                        WHO_IS_COUNTED,
                        Remedy.Impact.APPLICATION));
    }

    private static String fewer(Fleet fleet, int added, long each) {
        long room = Math.max(0, fleet.limit() - fleet.others());
        long size = room / (fleet.instances() + added);
        long instances = room / each - added;
        return (size > 0 ? "lower the maximum pool size to " + size + " an instance (now " + each + "); or " : "")
                + (instances > 0
                        ? "run at most " + Words.number(instances, "instance")
                                + (added > 0 ? " (and " + added + " more in a deploy)" : "") + "; or "
                        : "");
    }
}

package io.pgwatch.core.probes;

import io.pgwatch.evidence.PoolSaturation.Diagnosis.Kind;
import io.pgwatch.probe.Remedy;
import io.pgwatch.probe.Remedy.Impact;
import io.pgwatch.snapshot.Ceiling;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What to do when connections are short. */
final class PoolRemedies {

    private static final String WHO_IS_CONNECTED = """
            SELECT usename, application_name, state, count(*) FROM pg_stat_activity
            WHERE datid IS NOT NULL GROUP BY 1, 2, 3 ORDER BY 4 DESC;""";

    private static final String WHO_CAME = """
            SELECT usename, application_name, client_addr, count(*) FROM pg_stat_activity
            WHERE datid IS NOT NULL AND backend_start > now() - interval '1 minute' GROUP BY 1, 2, 3 ORDER BY 4 DESC;""";

    private static final String WHO_WAITS_FOR_WHOM = """
            SELECT pid, pg_blocking_pids(pid) AS waits_for, now() - query_start AS since, query
            FROM pg_stat_activity WHERE wait_event_type = 'Lock' ORDER BY query_start;""";

    private static final String WHAT_RUNS = """
            SELECT pid, now() - query_start AS since, wait_event, query
            FROM pg_stat_activity WHERE state = 'active' AND pid <> pg_backend_pid() ORDER BY query_start;""";

    private static final String WHO_IDLES = """
            SELECT pid, usename, application_name, now() - state_change AS idle, query
            FROM pg_stat_activity WHERE state LIKE 'idle in transaction%' ORDER BY state_change;""";

    private PoolRemedies() {}

    static Remedy afterRefusal() {
        return new Remedy(
                "Connect as a superuser, for whom slots are reserved, and see who holds the connections; stop what needs none,"
                        + " and lower the pools' maximum sizes before raising max_connections.",
                WHO_IS_CONNECTED,
                Impact.READ_ONLY);
    }

    static Remedy whileGrowing() {
        return new Remedy(
                "See who opens them, and stop that first: instances that start all at once, a job that connects for each"
                        + " piece of its work, retries without a pause.",
                WHO_CAME,
                Impact.READ_ONLY);
    }

    static Remedy of(Ceiling ceiling) {
        String raised = " CONNECTION LIMIT " + (ceiling.limit() == 0 ? 10 : ceiling.limit() * 2) + ";";
        return switch (ceiling.kind()) {
            case SERVER ->
                new Remedy(
                        "See who holds the connections; lower the maximum sizes of pools that mostly idle, before raising"
                                + " max_connections, which wants a restart.",
                        WHO_IS_CONNECTED,
                        Impact.READ_ONLY);
            case ROLE ->
                new Remedy(
                        "Make the pools of this role smaller, or raise its limit if the server has room.",
                        "ALTER ROLE " + Words.quoted(ceiling.name()) + raised,
                        Impact.CONFIGURATION);
            case DATABASE ->
                new Remedy(
                        "Make the pools to this database smaller, or raise its limit if the server has room.",
                        "ALTER DATABASE " + Words.quoted(ceiling.name()) + raised,
                        Impact.CONFIGURATION);
        };
    }

    /**
     * For a pool that has no connection to give.
     *
     * @param kind null where it is not known why
     * @param ceilings the tightest first; none while the server cannot be asked
     * @param borrowersTold whether the finding says where connections were borrowed
     */
    static Remedy of(@Nullable Kind kind, List<Ceiling> ceilings, boolean borrowersTold) {
        if (kind == null) {
            return new Remedy(
                    "Find the code that keeps connections: a thread dump shows it, or the pool's leak detection; raise the"
                            + " pool's maximum size only if the statements themselves are quick" + room(ceilings) + ".",
                    null,
                    Impact.APPLICATION);
        }
        return switch (kind) {
            case LEAK ->
                new Remedy(
                        "Give connections back: borrow in try-with-resources, and hold none during other work, such as a call"
                                + " to another service."
                                + (borrowersTold
                                        ? ""
                                        : " With pgwatch.attribution=stack the place that borrowed is told."),
                        null,
                        Impact.APPLICATION);
            case LOCK_PILE_UP ->
                new Remedy(
                        "Find who holds the lock, and end that transaction or make it shorter.",
                        WHO_WAITS_FOR_WHOM,
                        Impact.READ_ONLY);
            case TRANSACTIONS_LEFT_IDLE ->
                new Remedy(
                        "Keep other work out of transactions: calls to services, waiting for people, long computations.",
                        WHO_IDLES,
                        Impact.READ_ONLY);
            case SLOW_STATEMENTS ->
                new Remedy(
                        "Make these statements quicker, or run them elsewhere; a larger pool would only run more of them at"
                                + " once.",
                        WHAT_RUNS,
                        Impact.READ_ONLY);
            case POOL_TOO_SMALL ->
                new Remedy("Raise the pool's maximum size" + room(ceilings) + ".", null, Impact.APPLICATION);
            case SERVER_CEILING -> ceilings.isEmpty() ? afterRefusal() : of(ceilings.get(0));
            case LOGIN_FAILING ->
                new Remedy(
                        "Give the pool credentials that are valid, or let its role log in again.",
                        null,
                        Impact.CONFIGURATION);
            case DATABASE_GONE ->
                new Remedy(
                        "See whether the server runs and can be reached from here; the pool recovers by itself when it does.",
                        null,
                        Impact.READ_ONLY);
        };
    }

    static String room(List<Ceiling> ceilings) {
        return ceilings.isEmpty()
                ? "; the server's room is not known at present"
                : "; the server has room for "
                        + ceilings.stream().mapToInt(Ceiling::free).min().orElse(0) + " more";
    }
}

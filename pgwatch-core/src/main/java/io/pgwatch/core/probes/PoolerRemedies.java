package io.pgwatch.core.probes;

import io.pgwatch.probe.Remedy;
import io.pgwatch.probe.Remedy.Impact;
import io.pgwatch.snapshot.Ceiling;
import io.pgwatch.snapshot.Poolers.Pool;
import java.util.List;

/** What to do when PgBouncer has no connection to give. None has SQL: these are its console's commands and its settings. */
final class PoolerRemedies {

    private PoolerRemedies() {}

    static Remedy paused(Pool pool) {
        return configuration("When the work for which it was paused is done, say RESUME "
                + Words.inLine(pool.database())
                + " on PgBouncer's console, or RESUME alone if everything was paused.");
    }

    static Remedy disabled(Pool pool) {
        return configuration("When new clients may come again, say ENABLE " + Words.inLine(pool.database())
                + " on PgBouncer's console.");
    }

    static Remedy tooSmall(List<Ceiling> ceilings) {
        return configuration(
                "Make the statements quicker, or raise pool_size of this database (default_pool_size for all)"
                        + " and RELOAD" + PoolRemedies.room(ceilings) + ".");
    }

    static Remedy slowTransactions() {
        return new Remedy(
                "Make the transactions shorter: fewer steps, several rows in one statement, no other work in between; a"
                        + " larger pool would only keep more of them open at once.",
                null,
                Impact.APPLICATION);
    }

    static Remedy loginFailing(List<Ceiling> ceilings) {
        return configuration(
                "See PgBouncer's log for what the server answers to its logins: max_connections or a CONNECTION"
                        + " LIMIT reached, a wrong password, a host name that is not known"
                        + PoolRemedies.room(ceilings) + ".");
    }

    static Remedy databaseCap(List<Ceiling> ceilings) {
        return configuration(
                "Raise max_db_connections (max_connections of the database in the section [databases]), not the"
                        + " pool's size, and RELOAD; or give the users of the database smaller pools"
                        + PoolRemedies.room(ceilings) + ".");
    }

    static Remedy userCap(List<Ceiling> ceilings) {
        return configuration(
                "Raise max_user_connections (of the user in the section [users], or of all), not the pool's size, and"
                        + " RELOAD; or give the user smaller pools in other databases"
                        + PoolRemedies.room(ceilings) + ".");
    }

    static Remedy unreachable() {
        return configuration(
                "See PgBouncer's log, and whether the server runs and can be reached from PgBouncer's host; after"
                        + " a PAUSE, say RESUME on its console.");
    }

    static Remedy fewer(Ceiling ceiling) {
        return configuration("Lower pool sizes (or set max_db_connections) to fit below " + ceiling.limit()
                + ", with room for those who connect past PgBouncer; raise the limit of "
                + CeilingFindings.describe(ceiling) + " last.");
    }

    static Remedy sessionMode() {
        return configuration(
                "Use pool_mode = transaction if the application keeps nothing in its sessions (settings, temporary"
                        + " tables, advisory locks, LISTEN), or make the application's pools fit into PgBouncer's.");
    }

    static Remedy maxClients() {
        return configuration("Raise max_client_conn (and the open files that PgBouncer may have) above the sum over all"
                + " instances, or lower the pool's maximum size.");
    }

    static Remedy prepared() {
        return new Remedy(
                "Set prepareThreshold=0 in the application's JDBC URL, or use PgBouncer 1.21 or newer with"
                        + " max_prepared_statements above 0.",
                null,
                Impact.APPLICATION);
    }

    /** For a user that PgBouncer lets in and does not let look. */
    static Remedy toSee() {
        return configuration(
                "Name the user in stats_users of pgbouncer.ini and in its auth_file, with the password that"
                        + " pgwatch was given, and RELOAD.");
    }

    private static Remedy configuration(String text) {
        return new Remedy(text, null, Impact.CONFIGURATION);
    }
}

package io.pgwatch.core.probes;

import io.pgwatch.probe.Remedy;
import io.pgwatch.snapshot.Databases.Database;
import io.pgwatch.snapshot.OldestTables.Table;
import io.pgwatch.snapshot.Server;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * What brings an age down, in order: end what holds old rows back, then freeze the oldest tables.
 *
 * @param oldest the oldest tables of the watch's own database
 * @param server empty while nothing is known of it
 */
record Freezing(List<Table> oldest, Optional<Server> server) {

    /** Times the freeze_max_age: up to there autovacuum has just begun, or is about to. */
    static final double OVERDUE = 1.1;

    /** As many tables as are looked up: when all of them are overdue, more may be. */
    private static final int TABLES_LOOKED_UP = 10;

    private static final String NEVER = " Neither VACUUM FULL nor single-user mode is needed.";

    Remedy of(Standing standing) {
        Database worst = standing.database();
        if (!worst.acceptsConnections()) {
            return new Remedy(
                    first() + "Then leave " + worst.name()
                            + " to autovacuum, which alone can freeze it; see that it is on.",
                    "SHOW autovacuum;",
                    Remedy.Impact.READ_ONLY);
        }
        String never = NEVER
                + (standing.beforeAutovacuum()
                        ? " Then lower " + standing.space().freezeSetting() + ", which wants a restart."
                        : "");
        List<String> overdue = overdue(standing.space());
        return isOwn(worst) && !overdue.isEmpty() && overdue.size() < TABLES_LOOKED_UP
                ? new Remedy(
                        first() + "Then freeze the oldest tables." + never,
                        String.join("\n", overdue),
                        Remedy.Impact.ONLINE)
                : new Remedy(
                        first() + "Then, connected to database " + worst.name() + ", freeze its tables." + never,
                        "VACUUM (FREEZE, VERBOSE);",
                        Remedy.Impact.ONLINE);
    }

    /** Members belong to no database that SQL could name. */
    Remedy ofMultixacts() {
        return new Remedy(
                first()
                        + "Then freeze the tables whose rows many sessions lock at once, those that foreign keys point to first,"
                        + " in each database." + NEVER,
                "VACUUM (FREEZE, VERBOSE);",
                Remedy.Impact.ONLINE);
    }

    private String first() {
        String where = server.filter(Server::standby).isPresent() ? "On the primary: " : "";
        return where
                + "First look for what holds old rows back, a long or idle transaction, a prepared one or a replication"
                + " slot, and end it; a session that is ended loses what it has not committed. ";
    }

    private boolean isOwn(Database database) {
        return server.map(Server::database).filter(database.name()::equals).isPresent();
    }

    private List<String> overdue(IdSpace space) {
        Predicate<Table> overdue = table -> space.age(table) >= OVERDUE * space.freezeMaxAge(table);
        return oldest.stream()
                .filter(overdue)
                .sorted(Comparator.comparingLong((Table table) -> space.age(table))
                        .reversed())
                .map(Freezing::freeze)
                .toList();
    }

    private static String freeze(Table table) {
        if (!table.temporary()) {
            return "VACUUM (FREEZE, VERBOSE) " + table.table() + ";";
        }
        String whose = table.session() == null
                ? "it goes with its session; where that is gone, DROP it."
                : "it goes with session " + table.session() + ".";
        return "-- " + table.table() + " is a temporary table, which its own session alone can freeze: " + whose;
    }
}

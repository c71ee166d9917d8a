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

    private static final String LOOK_FOR_HOLDERS =
            "First look for what holds old rows back, a long or idle transaction, a prepared one or a replication slot, and end"
                    + " it; a session that is ended loses what it has not committed. ";

    private static final String NEVER = " Neither VACUUM FULL nor single-user mode is needed.";

    /** @param holder what keeps the age up, where that is known */
    Remedy of(Standing standing, Optional<Pin> holder) {
        Database worst = standing.database();
        String first = holder.map(Freezing::release).orElse(LOOK_FOR_HOLDERS);
        if (!worst.acceptsConnections()) {
            return remedy(
                    first + "Then leave " + Words.inLine(worst.name())
                            + " to autovacuum, which alone can freeze it; see that it is on.",
                    "SHOW autovacuum;",
                    Remedy.Impact.READ_ONLY,
                    holder);
        }
        String never = NEVER
                + (standing.beforeAutovacuum()
                        ? " Then lower " + standing.space().freezeSetting() + ", which wants a restart."
                        : "");
        List<String> overdue = overdue(standing.space());
        boolean allNamed = isOwn(worst) && !overdue.isEmpty() && overdue.size() < TABLES_LOOKED_UP;
        return allNamed
                ? remedy(
                        first + "Then freeze the oldest tables." + never,
                        String.join("\n", overdue),
                        Remedy.Impact.ONLINE,
                        holder)
                : remedy(
                        first + "Then, connected to database " + Words.inLine(worst.name()) + ", freeze its tables."
                                + never,
                        "VACUUM (FREEZE, VERBOSE);",
                        Remedy.Impact.ONLINE,
                        holder);
    }

    /** A holder of this database has a finding of its own with its own remedy; one of another has it here. */
    private Remedy remedy(String text, String sql, Remedy.Impact impact, Optional<Pin> holder) {
        Optional<Remedy> release = holder.filter(pin -> !pin.here()).map(HorizonRemedies::of);
        return onThePrimary(release.map(
                        first -> new Remedy(text, first.sql() == null ? sql : first.sql() + "\n" + sql, first.impact()))
                .orElseGet(() -> new Remedy(text, sql, impact)));
    }

    private static String release(Pin holder) {
        return "First release what " + holder.inWords() + " holds back: no vacuum helps before. ";
    }

    /** Members belong to no database that SQL could name. */
    Remedy ofMultixacts() {
        return onThePrimary(new Remedy(
                LOOK_FOR_HOLDERS
                        + "Then freeze the tables whose rows many sessions lock at once, those that foreign keys point to first,"
                        + " in each database." + NEVER,
                "VACUUM (FREEZE, VERBOSE);",
                Remedy.Impact.ONLINE));
    }

    private Remedy onThePrimary(Remedy remedy) {
        return server.filter(Server::standby).isPresent() ? remedy.onThePrimary() : remedy;
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
            return "VACUUM (FREEZE, VERBOSE) " + Words.sql(table.table()) + ";";
        }
        String whose = table.session() == null
                ? "it goes with its session; where that is gone, DROP it."
                : "it goes with session " + table.session() + ".";
        return "-- " + Words.inLine(table.table()) + " is a temporary table, which its own session alone can freeze: "
                + whose;
    }
}

package io.pgwatch.core.probes;

import io.pgwatch.probe.Remedy;
import io.pgwatch.snapshot.Databases.Database;
import io.pgwatch.snapshot.OldestTables.Table;
import io.pgwatch.snapshot.Server;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What brings an age down, in order: end what holds old rows back, then freeze the oldest tables.
 *
 * @param oldest the oldest tables of the watch's own database
 * @param server empty while nothing is known of it
 * @param holders all that hold old rows back; null where some may be hidden
 * @param everywhere the ids of which the finding tells how all databases are frozen at once; null where none of ids does
 */
record Freezing(
        List<Table> oldest,
        Optional<Server> server,
        @Nullable HolderRanking holders,
        @Nullable IdSpace everywhere) {

    /** Times the freeze_max_age: up to there autovacuum has just begun, or is about to. */
    static final double OVERDUE = 1.1;

    /** As many tables as are looked up: when all of them are overdue, more may be. */
    private static final int TABLES_LOOKED_UP = 10;

    private static final String LOOK_FOR_HOLDERS =
            "First look for what holds old rows back, a long or idle transaction, a prepared one or a replication slot, and end"
                    + " it; a session that is ended loses what it has not committed. ";

    private static final String NEVER = " Neither VACUUM FULL nor single-user mode is needed.";

    private static final String ALL_AT_ONCE =
            " All databases at once, from a shell, as a superuser: vacuumdb --all --freeze.";

    /**
     * For one database.
     *
     * @param more whether other databases that can be connected to are too old as well
     * @param holder what keeps the age up, where that is known
     */
    Remedy of(Standing standing, boolean more, Optional<Pin> holder) {
        Database worst = standing.database();
        String first = holder.map(Freezing::release).orElseGet(() -> look(standing));
        String all = more ? allAtOnce(standing.space()) : "";
        if (!worst.acceptsConnections()) {
            String leave = "leave " + Words.inLine(worst.name())
                    + " to autovacuum, which alone can freeze it; see that it is on.";
            return remedy(
                    then(first, leave) + all + lower(standing),
                    "SHOW autovacuum;" + lowerSql(standing),
                    impact(standing, more ? Remedy.Impact.ONLINE : Remedy.Impact.READ_ONLY),
                    holder);
        }
        List<Table> overdue = overdue(standing.space());
        boolean allNamed = isOwn(worst) && !overdue.isEmpty() && overdue.size() < TABLES_LOOKED_UP;
        String freeze = allNamed
                ? "freeze the oldest tables, as "
                        + (overdue.stream().anyMatch(Freezing::isTheServers) ? who() : "their owner")
                : "freeze the tables of database " + Words.inLine(worst.name()) + ", connected to it as " + who();
        return remedy(
                then(first, freeze + ".") + all + NEVER + lower(standing),
                (allNamed
                                ? overdue.stream().map(Freezing::freeze).collect(Collectors.joining("\n"))
                                : "VACUUM (FREEZE, VERBOSE);")
                        + lowerSql(standing),
                impact(standing, Remedy.Impact.ONLINE),
                holder);
    }

    /**
     * Told once in a report: it helps against whatever runs out.
     *
     * @param space of the finding; null for that of members
     */
    private String allAtOnce(@Nullable IdSpace space) {
        return everywhere == null || everywhere == space
                ? ALL_AT_ONCE
                : " All databases at once by vacuumdb, as told for the " + everywhere.plural() + ".";
    }

    private static String then(String first, String what) {
        return first.isEmpty() ? Character.toUpperCase(what.charAt(0)) + what.substring(1) : first + "Then " + what;
    }

    /** Who may vacuum all tables: the owner of the database may not vacuum those that all databases share. */
    private String who() {
        boolean grantable =
                server.map(Server::major).filter(major -> major >= 17).isPresent();
        return "a superuser" + (grantable ? " or a member of pg_maintain" : "")
                + ": other roles skip the shared catalogs, and the age stays";
    }

    private static String lower(Standing standing) {
        return standing.beforeAutovacuum()
                ? " Reads and writes go on meanwhile. Then lower "
                        + standing.space().freezeSetting() + ", which wants a restart." + VacuumRemedies.MANAGED
                : "";
    }

    private static String lowerSql(Standing standing) {
        IdSpace space = standing.space();
        return standing.beforeAutovacuum()
                ? "\nALTER SYSTEM SET " + space.freezeSetting() + " = " + space.freezeDefault() + ";"
                : "";
    }

    private static Remedy.Impact impact(Standing standing, Remedy.Impact freezing) {
        return standing.beforeAutovacuum() ? Remedy.Impact.CONFIGURATION : freezing;
    }

    private String look(Standing standing) {
        return look(standing.space() == IdSpace.XID ? Math.min(standing.freezeMaxAge(), standing.age() / 2) : 0);
    }

    /** @param old the age in transactions from which on a holder would be in the way */
    private String look(long old) {
        return holders != null && holders.pins().stream().noneMatch(pin -> pin.age() >= old) ? "" : LOOK_FOR_HOLDERS;
    }

    /** A holder of this database has a finding of its own with its own remedy; one of another has it here. */
    private Remedy remedy(String text, String sql, Remedy.Impact impact, Optional<Pin> holder) {
        Remedy freeze = new Remedy(text, sql, impact);
        Remedy remedy = holder.filter(pin -> !pin.here())
                .map(HorizonRemedies::of)
                .map(release -> both(release, freeze))
                .orElse(freeze);
        return Primary.remedy(remedy, server);
    }

    /** What the text begins with says how the first is done. */
    private static Remedy both(Remedy first, Remedy then) {
        return new Remedy(
                then.text(),
                first.sql() == null ? then.sql() : first.sql() + "\n" + then.sql(),
                first.impact().compareTo(then.impact()) > 0 ? first.impact() : then.impact());
    }

    private static String release(Pin holder) {
        String release = "First release what " + holder.inWords() + " holds back: no vacuum helps before. ";
        return holder.here() ? release : release + HorizonRemedies.of(holder).text() + " ";
    }

    /** Members belong to no database that SQL could name. */
    Remedy ofMultixacts() {
        Remedy remedy = new Remedy(
                then(
                                look(0),
                                "freeze the tables whose rows many sessions lock at once, those that foreign keys point to"
                                        + " first, in each database, as " + who() + ".")
                        + allAtOnce(null)
                        + NEVER,
                "VACUUM (FREEZE, VERBOSE);",
                Remedy.Impact.ONLINE);
        return Primary.remedy(remedy, server);
    }

    private boolean isOwn(Database database) {
        return server.map(Server::database).filter(database.name()::equals).isPresent();
    }

    private List<Table> overdue(IdSpace space) {
        Predicate<Table> overdue = table -> space.age(table) >= OVERDUE * space.freezeMaxAge(table);
        return oldest.stream()
                .filter(overdue)
                .sorted(Comparator.comparingLong((Table table) -> space.age(table))
                        .reversed())
                .toList();
    }

    private static boolean isTheServers(Table table) {
        return table.table().startsWith("pg_") && !table.temporary();
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

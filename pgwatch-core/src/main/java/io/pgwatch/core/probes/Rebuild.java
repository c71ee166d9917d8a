package io.pgwatch.core.probes;

import io.pgwatch.probe.Remedy;
import io.pgwatch.snapshot.BloatSample;
import io.pgwatch.snapshot.BloatSample.Circumstances;
import io.pgwatch.snapshot.BloatSample.Kind;
import io.pgwatch.snapshot.BloatSample.Relation;
import io.pgwatch.snapshot.Server;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Why a relation is bloated, as far as that shows, and how to rebuild it.
 *
 * @param rebuilders the installed extensions that rebuild a table while it is in use
 * @param heapRatios what a rebuild gives back of each table itself, as a share
 */
record Rebuild(Optional<Server> server, List<String> rebuilders, Map<String, Double> heapRatios) {

    /** Dead rows from this share of all on are worth a word. */
    private static final double MANY_DEAD = 0.2;

    private static final double MOSTLY_EMPTY = 0.3;

    /** How much more of an index than of its table is to be given back where its keys are the cause. */
    private static final double MUCH_EMPTIER = 0.2;

    static Rebuild of(BloatSample sample, Optional<Server> server) {
        return new Rebuild(
                server,
                sample.rebuilders(),
                sample.relations().stream()
                        .filter(relation -> relation.kind() == Kind.HEAP)
                        .collect(Collectors.toMap(Relation::table, Relation::ratio, (one, same) -> one)));
    }

    /**
     * The cause in one sentence; null where nothing is known of it.
     *
     * @param holder of dead rows that VACUUM could not remove from the table
     */
    @Nullable
    String cause(Relation relation, Optional<Pin> holder) {
        Circumstances seen = relation.circumstances();
        if (!seen.autovacuum()) {
            return "autovacuum is switched off for table " + Words.inLine(relation.table());
        }
        if (holder.isPresent()) {
            return "VACUUM came and could not remove the dead rows of table " + Words.inLine(relation.table())
                    + ", which " + holder.get().inWords() + " keeps";
        }
        long rows = seen.deadRows() + seen.liveRows();
        if (seen.deadRows() > 1000 && seen.deadRows() > MANY_DEAD * rows) {
            return Words.count(seen.deadRows()) + " of " + Words.count(rows) + " rows of table "
                    + Words.inLine(relation.table()) + " are dead and not vacuumed yet";
        }
        Double ofTable = heapRatios.get(relation.table());
        if (relation.kind() == Kind.BTREE && ofTable != null && relation.ratio() - ofTable > MUCH_EMPTIER) {
            return "it is emptier than its table (" + Words.percent(ofTable)
                    + "): new rows fill the room of old ones there, but their keys fall elsewhere, as where keys only rise; an"
                    + " index page is used again only when nothing is left on it";
        }
        if (seen.emptyPages() > MOSTLY_EMPTY) {
            return Words.percent(seen.emptyPages()) + " of the pages of table " + Words.inLine(relation.table())
                    + " hold no row, as after deleting many at once";
        }
        return relation.kind() == Kind.BTREE && ofTable != null && ofTable > MUCH_EMPTIER
                ? "rows were deleted or updated faster than new ones came: its table would give back "
                        + Words.percent(ofTable) + ", too"
                : null;
    }

    Remedy remedy(Relation relation) {
        Remedy remedy = relation.kind() == Kind.BTREE ? index(relation) : table(relation);
        return server.filter(Server::standby).isPresent() ? remedy.onThePrimary() : remedy;
    }

    private Remedy index(Relation relation) {
        boolean ofToast = relation.relation().startsWith("pg_toast.");
        String needs = ofToast
                ? "It goes with all other indexes of the table, since only a superuser can name it alone, and needs disk for a"
                        + " second copy of them."
                : "It needs "
                        + Words.bytes(relation.bytes() - relation.reclaimableBytes())
                        + " of disk for the new index beside the old one.";
        String reindex = ofToast ? "REINDEX TABLE " : "REINDEX INDEX ";
        String target = Words.sql(ofToast ? relation.table() : relation.relation()) + ";";
        if (!relation.circumstances().concurrently()) {
            return new Remedy(
                    "Rebuild it in a quiet moment: it cannot be done concurrently, and reads and writes wait for it. "
                            + needs,
                    reindex + target,
                    Remedy.Impact.LOCKS);
        }
        if (corruptsConcurrently()) {
            return new Remedy(
                    "First update the server: before 14.4, REINDEX CONCURRENTLY could leave rows out of an index. Or"
                            + " rebuild it in a quiet moment, while reads and writes wait for it. "
                            + needs,
                    reindex + target,
                    Remedy.Impact.LOCKS);
        }
        return new Remedy(
                "Rebuild it while it is in use. " + needs
                        + " If it breaks off, drop the invalid index that it leaves, whose name ends in _ccnew.",
                reindex + "CONCURRENTLY " + target,
                Remedy.Impact.ONLINE);
    }

    /** 14.0 to 14.3. */
    private boolean corruptsConcurrently() {
        return server.map(Server::version)
                .filter(version -> version.matches("14\\.[0-3]"))
                .isPresent();
    }

    private Remedy table(Relation relation) {
        String needs = "It needs disk for a second copy of the table and its indexes.";
        boolean ofUsers = relation.circumstances().concurrently();
        if (ofUsers && rebuilders.contains("pg_repack")) {
            return new Remedy(
                    "Rebuild it with pg_repack, which is installed here, while it is in use; it locks the table for a"
                            + " moment at the start and at the end, and wants a primary or unique key. From a shell: pg_repack"
                            + server.map(known -> " --dbname=" + shellWord(known.database()))
                                    .orElse("")
                            + " --table=" + shellWord(relation.table()) + ". " + needs,
                    null,
                    Remedy.Impact.ONLINE);
        }
        if (ofUsers && rebuilders.contains("pg_squeeze")) {
            return new Remedy(
                    "Rebuild it with pg_squeeze, which is installed here, while it is in use: call squeeze.squeeze_table"
                            + " for " + Words.inLine(relation.table())
                            + ", which wants a primary or unique key. It locks the table for a"
                            + " moment at the end. " + needs,
                    null,
                    Remedy.Impact.ONLINE);
        }
        return new Remedy(
                "The space is not lost: new rows fill it. To give it back, rebuild the table in a maintenance window: VACUUM"
                        + " FULL takes an ACCESS EXCLUSIVE lock, so reads and writes wait until it ends. pg_repack or"
                        + " pg_squeeze, where they can be installed, do it while the table is in use. " + needs,
                "VACUUM (FULL, VERBOSE) " + Words.sql(relation.table()) + ";",
                Remedy.Impact.LOCKS);
    }

    private static String shellWord(String text) {
        String word = Words.inLine(text);
        return word.matches("[\\w.]+") ? word : "'" + word.replace("'", "'\\''") + "'";
    }
}

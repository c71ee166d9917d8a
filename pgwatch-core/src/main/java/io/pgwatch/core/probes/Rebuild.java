package io.pgwatch.core.probes;

import io.pgwatch.probe.Remedy;
import io.pgwatch.snapshot.BloatSample;
import io.pgwatch.snapshot.BloatSample.Circumstances;
import io.pgwatch.snapshot.BloatSample.Kind;
import io.pgwatch.snapshot.BloatSample.Relation;
import io.pgwatch.snapshot.Server;
import io.pgwatch.snapshot.Snapshot;
import io.pgwatch.snapshot.Tables;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Why a relation is bloated, as far as that shows, and how to rebuild it.
 *
 * @param tables that wait for VACUUM by the newest reading: what was counted when a relation was measured may be over
 */
record Rebuild(Optional<Server> server, BloatSample sample, List<Tables.Table> tables) {

    /** Dead rows from this share of all on are worth a word. */
    private static final double MANY_DEAD = 0.2;

    private static final double MOSTLY_EMPTY = 0.3;
    private static final double ALL_EMPTY = 0.99;

    /** How much more of an index than of its table is to be given back where its keys are the cause. */
    private static final double MUCH_EMPTIER = 0.2;

    static Rebuild of(BloatSample sample, Snapshot snapshot) {
        return new Rebuild(
                snapshot.get(Server.SECTION).taken(),
                sample,
                snapshot.get(Tables.SECTION).taken().map(Tables::tables).orElse(List.of()));
    }

    /**
     * The cause in one sentence; null where nothing is known of it.
     *
     * @param holder of dead rows that VACUUM could not remove from the table
     */
    @Nullable
    String cause(Relation relation, Optional<Pin> holder) {
        Circumstances seen = relation.circumstances();
        Optional<Double> ofTable = ratioOfTable(relation);
        if (hasOwnCause(relation)) {
            return "it is emptier than its table (" + Words.percent(ofTable.orElseThrow())
                    + "): new rows fill the room of old ones there, but their keys fall elsewhere, as where keys only rise; an"
                    + " index page is used again only when nothing is left on it";
        }
        if (!seen.autovacuum()) {
            return "autovacuum is switched off for table " + Words.inLine(relation.table());
        }
        if (holder.isPresent()) {
            return "VACUUM came and could not remove the dead rows of table " + Words.inLine(relation.table())
                    + ", which " + holder.get().inWords() + " keeps";
        }
        Optional<Tables.Table> waiting = waiting(relation);
        if (waiting.isPresent()) {
            return deadRows(waiting.get());
        }
        if (seen.emptyPages() > MOSTLY_EMPTY) {
            return Words.percent(seen.emptyPages()) + " of the pages of table " + Words.inLine(relation.table())
                    + " hold no row, as after deleting many at once";
        }
        if (relation.kind() == Kind.TOAST
                || ofTable.filter(ratio -> ratio > MUCH_EMPTIER).isEmpty()) {
            return null;
        }
        return "rows were deleted or updated faster than new ones came"
                + (relation.kind() == Kind.BTREE ? ": " + itsTable(relation) : "");
    }

    /** That its table is as empty, whose finding says why. */
    String itsTable(Relation relation) {
        return "its table would give back "
                + Words.percent(ratioOfTable(relation).orElse(0.0)) + ", too";
    }

    /** Whether it is an index that its keys have emptied, and not what was deleted from its table. */
    boolean hasOwnCause(Relation relation) {
        return relation.kind() == Kind.BTREE
                && ratioOfTable(relation)
                        .filter(ofTable -> relation.ratio() - ofTable > MUCH_EMPTIER)
                        .isPresent();
    }

    private Optional<Double> ratioOfTable(Relation relation) {
        return ofOneTable(relation)
                .filter(one -> one.kind() == Kind.HEAP)
                .map(Relation::ratio)
                .findFirst();
    }

    private Stream<Relation> ofOneTable(Relation relation) {
        return sample.relations().stream().filter(one -> one.table().equals(relation.table()));
    }

    /**
     * Its table, if many rows are dead there now. No live row in a table that holds rows is a count gone wrong: what a session
     * deleted before a VACUUM and told the server after it; then neither count is to be believed.
     */
    private Optional<Tables.Table> waiting(Relation relation) {
        boolean empty =
                ratioOfTable(relation).filter(ratio -> ratio > ALL_EMPTY).isPresent();
        return tables.stream()
                .filter(table -> table.table().equals(relation.table()) && table.deadRows() > 1000)
                .filter(table -> table.deadRows() > MANY_DEAD * (table.deadRows() + table.liveRows()))
                .filter(table -> table.liveRows() > 0 || empty)
                .findFirst();
    }

    private static String deadRows(Tables.Table table) {
        long live = table.liveRows();
        return "by the server's counts, " + Words.count(table.deadRows())
                + (live > 0 ? " of " + Words.count(table.deadRows() + live) : "") + " rows of table "
                + Words.inLine(table.table()) + " are dead and wait for VACUUM";
    }

    /** What VACUUM gives back needs no rebuild, and what VACUUM cannot remove no rebuild does. */
    Remedy remedy(Relation relation, Optional<Pin> holder) {
        Optional<Tables.Table> waiting = waiting(relation);
        if (!hasOwnCause(relation) && (holder.isPresent() || waiting.isPresent())) {
            return Primary.remedy(vacuum(relation, holder, waiting), server);
        }
        Remedy remedy = relation.kind() == Kind.BTREE ? index(relation) : table(relation);
        return Primary.remedy(remedy, server);
    }

    private static Remedy vacuum(Relation relation, Optional<Pin> holder, Optional<Tables.Table> waiting) {
        boolean due = waiting.filter(table -> table.isDue() && table.trigger().enabled())
                .isPresent();
        String how = holder.isPresent()
                ? "First end what keeps the dead rows: before that, neither VACUUM nor a rebuild removes them. Then vacuum"
                        + " the table."
                : "First vacuum the table"
                        + (due ? ", or wait for autovacuum, which is due and mostly comes within minutes." : ".");
        return new Remedy(
                how + " New rows then fill the room. Rebuild only what is still to be given back when it has been"
                        + " measured again.",
                "VACUUM (ANALYZE) " + Words.sql(relation.table()) + ";",
                Remedy.Impact.ONLINE);
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
        String needs = "It needs disk for a second copy of the table and its indexes, "
                + Words.bytes(ofOneTable(relation)
                        .mapToLong(one -> one.bytes() - one.reclaimableBytes())
                        .sum())
                + " by what was measured of them.";
        boolean ofUsers = relation.circumstances().concurrently();
        if (ofUsers && sample.rebuilders().contains("pg_repack")) {
            return new Remedy(
                    "Rebuild it with pg_repack, which is installed here, while it is in use; it locks the table for a"
                            + " moment at the start and at the end, and wants a primary or unique key. From a shell: pg_repack"
                            + server.map(known -> " --dbname=" + shellWord(known.database()))
                                    .orElse("")
                            + " --table=" + shellWord(relation.table()) + ". " + needs,
                    null,
                    Remedy.Impact.ONLINE);
        }
        if (ofUsers && sample.rebuilders().contains("pg_squeeze")) {
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
                        + " FULL, which rebuilds the indexes too, takes an ACCESS EXCLUSIVE lock, so reads and writes wait"
                        + " until it ends. pg_repack or pg_squeeze, where they can be installed, do it while the table is in"
                        + " use. " + needs
                        + (ofUsers && !corruptsConcurrently()
                                ? " Its indexes alone can be rebuilt in use: REINDEX TABLE CONCURRENTLY "
                                        + Words.inLine(relation.table()) + "."
                                : ""),
                "VACUUM (FULL, VERBOSE) " + Words.sql(relation.table()) + ";",
                Remedy.Impact.LOCKS);
    }

    private static String shellWord(String text) {
        String word = Words.inLine(text);
        return word.matches("[\\w.]+") ? word : "'" + word.replace("'", "'\\''") + "'";
    }
}

package io.pgwatch.core.bloat;

import io.pgwatch.core.bloat.Measurement.Skipped;
import io.pgwatch.snapshot.BloatSample.Circumstances;
import io.pgwatch.snapshot.BloatSample.Kind;
import io.pgwatch.snapshot.BloatSample.Relation;
import io.pgwatch.snapshot.BloatSample.Unmeasured;
import io.pgwatch.snapshot.Cause;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is known of one table and all that belongs to it.
 *
 * @param candidate as it was when the table was looked at
 */
record Standing(Candidate candidate, Instant at, List<Relation> relations, List<Unmeasured> unmeasured) {

    private static final Duration GOOD_FOR = Duration.ofDays(1);

    /** Rows changed since, as a share of all, that make a figure old. */
    private static final double CHANGED = 0.2;

    private static final double GROWN = 0.1;

    Standing {
        relations = List.copyOf(relations);
        unmeasured = List.copyOf(unmeasured);
    }

    /** Of a table that could not be measured at all. */
    static Standing refused(
            Candidate candidate,
            Instant at,
            String table,
            long pages,
            Cause cause,
            String detail,
            @Nullable String grant) {
        return new Standing(
                candidate,
                at,
                List.of(),
                List.of(new Unmeasured(
                        table, "table", Math.max(pages, candidate.pages()) * Packing.BLOCK, cause, detail, grant)));
    }

    /** Of a table that was measured. */
    static Standing measured(Candidate candidate, Instant at, Measurement measurement) {
        Table table = measurement.table();
        if (table == null) {
            return new Standing(candidate, at, List.of(), List.of());
        }
        List<Relation> relations = new ArrayList<>();
        List<Unmeasured> unmeasured = new ArrayList<>();
        Estimates estimates = measurement.estimates(table);
        Circumstances circumstances = new Circumstances(
                table.autovacuum(), table.deadRows(), table.liveRows(), estimates.emptyPages(), !table.catalog());
        int read = measurement.pagesRead();
        if (table.pages() > 0) {
            relations.add(relation(
                    table.name(),
                    Kind.HEAP,
                    table,
                    table.pages(),
                    estimates.heap().pages(),
                    estimates.heapHalfWidth(),
                    read,
                    at,
                    circumstances));
        }
        String toast = table.toast();
        if (toast != null && table.toastPages() > 0) {
            Estimate after = estimates.toast();
            relations.add(relation(
                    toast,
                    Kind.TOAST,
                    table,
                    table.toastPages(),
                    after.pages(),
                    after.halfWidth() + Estimates.HEAP_FLOOR + 1.0 / table.toastPages(),
                    read,
                    at,
                    circumstances));
        }
        for (int i = 0; i < table.indexes().size(); i++) {
            Index index = table.indexes().get(i);
            if (measurement.isMeasured(index) && index.pages() > 0) {
                Groups groups = measurement.groups(index);
                relations.add(relation(
                        index.name(),
                        Kind.BTREE,
                        table,
                        index.pages(),
                        estimates.btree(i, groups),
                        estimates.btreeHalfWidth(i, groups),
                        read,
                        at,
                        new Circumstances(
                                table.autovacuum(),
                                table.deadRows(),
                                table.liveRows(),
                                estimates.emptyPages(),
                                index.concurrently())));
            }
        }
        for (Skipped skipped : measurement.skipped()) {
            Index index = skipped.index();
            unmeasured.add(new Unmeasured(
                    index.name(),
                    index.method(),
                    Math.max(0, index.pages()) * Packing.BLOCK,
                    skipped.cause(),
                    skipped.detail(),
                    null));
        }
        return new Standing(candidate, at, relations, unmeasured);
    }

    private static Relation relation(
            String name,
            Kind kind,
            Table table,
            long pages,
            double after,
            double halfWidth,
            int pagesRead,
            Instant at,
            Circumstances circumstances) {
        long left = (long) Math.min(pages, Math.ceil(after));
        return new Relation(
                name,
                kind,
                table.name(),
                pages * Packing.BLOCK,
                (pages - left) * Packing.BLOCK,
                Math.min(1, halfWidth),
                pagesRead,
                at,
                circumstances);
    }

    /** Whether the table is to be looked at again. */
    boolean isOld(Candidate now, Instant moment) {
        if (relations.isEmpty()) {
            boolean refused = unmeasured.stream().anyMatch(one -> one.cause() == Cause.NOT_PERMITTED);
            return refused ? now.readable() : true;
        }
        Duration age = Duration.between(at, moment);
        return age.isNegative()
                || age.compareTo(GOOD_FOR) > 0
                || now.files() != candidate.files()
                || Math.abs(now.changes() - candidate.changes()) > Math.max(1000, now.rows() * CHANGED)
                || Math.abs(now.pages() - candidate.pages()) > 8 + candidate.pages() * GROWN;
    }
}

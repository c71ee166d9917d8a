package io.pgwatch.core.bloat;

import io.pgwatch.core.bloat.Measurement.Skipped;
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

    /** Below these, a small table would be measured again for next to nothing. */
    private static final long FEW_ROWS = 1000;

    private static final long FEW_PAGES = 8;

    private static final String FEW_ARE_WIDE = "its values belong to rows so few that the pages read do not show them";

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
        if (table.pages() > 0) {
            relations.add(estimates.heap(at));
        }
        String toast = table.toast();
        if (toast != null && !estimates.showsToast()) {
            unmeasured.add(unmeasured(toast, "toast", table.toastPages(), Cause.NOT_SUPPORTED, FEW_ARE_WIDE));
            table.toastIndexes()
                    .forEach(index -> unmeasured.add(unmeasured(
                            index.name(), index.method(), index.pages(), Cause.NOT_SUPPORTED, FEW_ARE_WIDE)));
        } else if (toast != null) {
            if (table.toastPages() > 0) {
                relations.add(estimates.toast(toast, at));
            }
            table.toastIndexes().stream()
                    .filter(index -> measurement.isMeasured(index) && index.pages() > 0)
                    .forEach(index -> relations.add(estimates.toastBtree(index, at)));
        }
        for (int i = 0; i < table.indexes().size(); i++) {
            Index index = table.indexes().get(i);
            if (measurement.isMeasured(index) && index.pages() > 0) {
                relations.add(estimates.btree(i, measurement.groups(index), at));
            }
        }
        for (Skipped skipped : measurement.skipped()) {
            Index index = skipped.index();
            unmeasured.add(unmeasured(index.name(), index.method(), index.pages(), skipped.cause(), skipped.detail()));
        }
        return new Standing(candidate, at, relations, unmeasured);
    }

    private static Unmeasured unmeasured(String name, String kind, long pages, Cause cause, String detail) {
        return new Unmeasured(name, kind, pages * Packing.BLOCK, cause, detail, null);
    }

    /** Whether nobody would take it for news, as after another watch has read in place of this one. */
    boolean isOutdated(Instant moment) {
        return Duration.between(at, moment).compareTo(GOOD_FOR) > 0;
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
                || Math.abs(now.changes() - candidate.changes()) > Math.max(FEW_ROWS, now.rows() * CHANGED)
                || Math.abs(now.pages() - candidate.pages()) > FEW_PAGES + candidate.pages() * GROWN;
    }
}

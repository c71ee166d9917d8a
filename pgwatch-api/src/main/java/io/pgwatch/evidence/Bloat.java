package io.pgwatch.evidence;

import io.pgwatch.snapshot.BloatSample.Kind;
import io.pgwatch.snapshot.Cause;
import java.time.Instant;
import java.util.List;

/**
 * How many bytes a rebuild would give back. What is hidden is at most {@code reclaimableBytes + unmeasuredBytes}, give or
 * take the intervals.
 *
 * @param reclaimableBytes of everything measured
 * @param measuredBytes size of everything measured
 * @param unmeasuredBytes size of everything else
 * @param relations those that would give back the most, at most 20
 * @param unmeasured the largest of what was not measured, at most 20
 */
public record Bloat(
        long reclaimableBytes,
        long measuredBytes,
        long unmeasuredBytes,
        List<Relation> relations,
        List<Unmeasured> unmeasured) {

    public Bloat {
        relations = List.copyOf(relations);
        unmeasured = List.copyOf(unmeasured);
    }

    /**
     * One relation.
     *
     * @param relation qualified with its schema and quoted as SQL needs it
     * @param table the table that it belongs to, in the same form
     * @param bytes its size when it was measured
     * @param reclaimableBytes what VACUUM FULL, or REINDEX for an index, would give back
     * @param ratio share of the bytes that a rebuild would give back
     * @param halfWidth of the 95 % interval around the ratio
     * @param pagesRead pages of the table that the figure rests on
     */
    public record Relation(
            String relation,
            Kind kind,
            String table,
            long bytes,
            long reclaimableBytes,
            double ratio,
            double halfWidth,
            int pagesRead,
            Instant measuredAt) {}

    /**
     * What was not measured.
     *
     * @param relation qualified with its schema and quoted as SQL needs it; words where it stands for several
     * @param kind heap, toast, an index method such as gin, or table for a table with all that belongs to it
     * @param bytes that it can hide at most
     * @param detail one sentence for an operator
     */
    public record Unmeasured(String relation, String kind, long bytes, Cause cause, String detail) {}
}

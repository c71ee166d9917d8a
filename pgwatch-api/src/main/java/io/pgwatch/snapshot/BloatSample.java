package io.pgwatch.snapshot;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a rebuild of this database's relations would give back, as far as pages have been read so far.
 *
 * @param relations what was measured; what would give back the most comes first, and of equals the largest
 * @param unmeasured what was not, the largest first
 * @param pending how many of the tables to look at first are still to come; 0 once the first round is over
 * @param rebuilders the installed extensions that rebuild a table while it is in use: {@code pg_repack}, {@code pg_squeeze}
 */
public record BloatSample(List<Relation> relations, List<Unmeasured> unmeasured, int pending, List<String> rebuilders) {

    public static final Section<BloatSample> SECTION = new Section<>("bloat", BloatSample.class);

    private static final Comparator<Relation> BY_RECLAIMABLE = Comparator.comparingLong(Relation::reclaimableBytes)
            .thenComparingLong(Relation::bytes)
            .reversed()
            .thenComparing(Relation::relation);

    private static final Comparator<Unmeasured> BY_BYTES =
            Comparator.comparingLong(Unmeasured::bytes).reversed().thenComparing(Unmeasured::relation);

    public BloatSample {
        relations = relations.stream().sorted(BY_RECLAIMABLE).toList();
        unmeasured = unmeasured.stream().sorted(BY_BYTES).toList();
        rebuilders = List.copyOf(rebuilders);
    }

    /** What a relation is; its text is the lower-case word that metrics and JSON show. */
    public enum Kind {
        /** The table itself. */
        HEAP,
        /** Where the table's wide values are. */
        TOAST,
        /** A b-tree index. */
        BTREE;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * One relation that was measured.
     *
     * @param relation qualified with its schema and quoted as SQL needs it
     * @param table the table that it belongs to, in the same form
     * @param bytes of its main fork when it was measured
     * @param reclaimableBytes what VACUUM FULL, or REINDEX for an index, would give back
     * @param halfWidth of the 95 % interval around {@link #ratio}, as a share of {@code bytes}
     * @param pagesRead pages of the table that the figure rests on
     */
    public record Relation(
            String relation,
            Kind kind,
            String table,
            long bytes,
            long reclaimableBytes,
            double halfWidth,
            int pagesRead,
            Instant measuredAt,
            Circumstances circumstances) {

        public Relation {
            requireNonNull(kind, "kind");
            requireNonNull(measuredAt, "measuredAt");
            if (bytes < 0 || reclaimableBytes < 0 || reclaimableBytes > bytes || !(halfWidth >= 0)) {
                throw new IllegalArgumentException("want 0 <= reclaimable <= bytes and a half-width of 0 or more, got "
                        + reclaimableBytes + ", " + bytes + " and " + halfWidth);
            }
        }

        /** Share of the bytes that a rebuild would give back; 0 for an empty relation. */
        public double ratio() {
            return bytes == 0 ? 0 : (double) reclaimableBytes / bytes;
        }

        /** Bytes that a rebuild gives back at the interval's lower end. */
        public long leastReclaimableBytes() {
            return (long) (Math.max(0, ratio() - halfWidth) * bytes);
        }
    }

    /**
     * What is known of why a relation is as it is.
     *
     * @param autovacuum whether autovacuum looks after the table: not switched off for it
     * @param emptyPages share of the sampled pages of the table that hold no row at all
     * @param concurrently whether REINDEX CONCURRENTLY can rebuild it; false for the server's own catalogs
     */
    public record Circumstances(boolean autovacuum, double emptyPages, boolean concurrently) {}

    /**
     * What was not measured. Its bytes bound what it can hide.
     *
     * @param relation qualified with its schema and quoted as SQL needs it; words where it stands for several
     * @param kind heap, toast, an index method such as gin, or table for a table with all that belongs to it
     * @param bytes pages as they are, or as VACUUM last counted them, times the block size
     * @param detail one sentence for an operator
     * @param grant the statement that would let the role read it; null where no privilege is lacking
     */
    public record Unmeasured(
            String relation,
            String kind,
            long bytes,
            Cause cause,
            String detail,
            @Nullable String grant) {

        public Unmeasured {
            requireNonNull(cause, "cause");
            requireNonNull(detail, "detail");
        }

        /** The statement that would let the role read it, if one is known. */
        public Optional<String> lackingGrant() {
            return Optional.ofNullable(grant);
        }
    }
}

package io.pgwatch.core.bloat;

import io.pgwatch.snapshot.BloatSample.Unmeasured;
import io.pgwatch.snapshot.Cause;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Which tables are to be looked at, in which order. */
final class Round {

    private static final Duration GOOD_FOR = Duration.ofMinutes(5);
    private static final int FIRST = 150;

    private final Deque<Candidate> queue = new ArrayDeque<>();
    private final Set<Long> first = new HashSet<>();
    private Candidates candidates = new Candidates(List.of(), 0, 0, List.of());
    private @Nullable Instant begunAt;

    void forget() {
        begunAt = null;
        queue.clear();
        first.clear();
        candidates = new Candidates(List.of(), 0, 0, List.of());
    }

    /** Whether the tables to look at first are known and done. */
    boolean isFirstOver() {
        return begunAt != null && first.isEmpty();
    }

    /** Whether the candidates are to be read anew. */
    boolean isDue(Instant now) {
        return begunAt == null || now.isAfter(begunAt.plus(GOOD_FOR));
    }

    /** Tries again only after the usual time. */
    void postpone(Instant now) {
        begunAt = now;
    }

    /** Lines up what is new, and behind it what is old; forgets the standings of tables that are no candidates any more. */
    void begin(Candidates read, Map<Long, Standing> standings, Instant now) {
        boolean isFirst = candidates.list().isEmpty();
        List<Candidate> looked =
                isFirst ? read.list().stream().filter(one -> !one.comesLater()).toList() : read.list();
        if (isFirst) {
            looked.stream().limit(FIRST).forEach(one -> first.add(one.oid()));
        }
        begunAt = now;
        candidates = read;
        Set<Long> known = read.list().stream().map(Candidate::oid).collect(Collectors.toSet());
        standings.keySet().retainAll(known);
        first.retainAll(known);
        queue.clear();
        List<Candidate> again = new ArrayList<>();
        for (Candidate candidate : looked) {
            Standing standing = standings.get(candidate.oid());
            if (standing == null) {
                queue.add(candidate);
            } else if (standing.isOld(candidate, now)) {
                again.add(candidate);
            }
        }
        queue.addAll(again);
    }

    Candidate next() {
        return queue.remove();
    }

    /** It may have been lined up again while it was looked at. */
    void done(Candidate candidate) {
        first.remove(candidate.oid());
        queue.removeIf(one -> one.oid() == candidate.oid());
    }

    /** How many tables of the first round are still to come. */
    int pending() {
        return first.size();
    }

    List<String> rebuilders() {
        return candidates.rebuilders();
    }

    /** Nanoseconds until there is something to do. */
    long nanosToWait(Instant now, boolean inTheMidst) {
        if (inTheMidst || !queue.isEmpty() || isDue(now) || begunAt == null) {
            return 0;
        }
        return Math.max(1, Duration.between(now, begunAt.plus(GOOD_FOR)).toNanos());
    }

    /** The candidates that nobody has looked at, and in one line the tables that are too small for it. */
    List<Unmeasured> unmeasured(Set<Long> lookedAt) {
        List<Unmeasured> unmeasured = new ArrayList<>();
        long pages = candidates.pages();
        for (Candidate candidate : candidates.list()) {
            pages -= candidate.pages();
            if (!lookedAt.contains(candidate.oid())) {
                unmeasured.add(new Unmeasured(
                        candidate.table(),
                        "table",
                        candidate.pages() * Packing.BLOCK,
                        Cause.NOT_YET,
                        "it has not been looked at yet",
                        null));
            }
        }
        if (pages > 0) {
            unmeasured.add(new Unmeasured(
                    (candidates.tables() - candidates.list().size()) + " smaller tables",
                    "table",
                    pages * Packing.BLOCK,
                    Cause.NOT_SUPPORTED,
                    "only the largest tables are looked at",
                    null));
        }
        return unmeasured;
    }
}

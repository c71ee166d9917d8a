package io.pgwatch.core.bloat;

import static java.util.Objects.requireNonNull;

import io.pgwatch.core.bloat.LookupSql.Row;
import io.pgwatch.snapshot.Cause;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * One table while it is being measured, over as many transactions as it takes. What was read stays good as long as the table
 * is the same file with the same indexes.
 */
final class Measurement {

    private static final int[] STAGES = {30, 100, 300, 1000};

    /** Half of the interval that is wanted, as a share. */
    private static final double WANTED = 0.015;

    private static final int MOST_PAGES_AT_ONCE = 200;
    private static final int LEAST_PAGES_AT_ONCE = 5;
    private static final int LOOKUPS_AT_ONCE = 250;
    private static final int FIRST_LOOKUPS = 64;

    /** What a lookup reads, on the average. */
    private static final int PAGES_OF_A_LOOKUP = 5;

    private final long oid;
    private final boolean runsUserCode;
    private final double start = ThreadLocalRandom.current().nextDouble();
    private final SortedMap<Long, PageSample> read = new TreeMap<>();
    private final Map<Long, Skipped> skipped = new HashMap<>();
    private final Map<Long, Groups> groups = new HashMap<>();
    private final Set<String> explained = new HashSet<>();
    private @Nullable Table described;
    private @Nullable Table table;
    private int stage;
    private int atOnce = MOST_PAGES_AT_ONCE;
    private boolean planned;
    private @Nullable Index lookingUp;
    private long pagesSpent;

    /** Why an index is left out. */
    record Skipped(Index index, Cause cause, String detail) {}

    Measurement(long oid, boolean runsUserCode) {
        this.oid = oid;
        this.runsUserCode = runsUserCode;
    }

    /** Pages read since this was asked last. */
    long pagesSpent() {
        long spent = pagesSpent;
        pagesSpent = 0;
        return spent;
    }

    /** Goes on as long as there is time, and at least one step; true when the table is gone or measured. */
    boolean goOn(Connection connection, Catalog catalog, Deadline deadline) throws SQLException, NotMeasurable {
        Table seen = catalog.read(connection, oid).orElse(null);
        if (seen == null) {
            table = null;
            return true;
        }
        if (described == null || !isSame(described, seen)) {
            begin(seen);
        }
        Table measured = requireNonNull(table);
        if (!sampled(connection, measured, deadline)) {
            return false;
        }
        for (int i = 0; i < measured.indexes().size(); i++) {
            if (wantsLookup(measured.indexes().get(i))) {
                if (deadline.isOver()) {
                    return false;
                }
                lookUp(connection, measured, i, deadline);
            }
        }
        return true;
    }

    private boolean wantsLookup(Index index) {
        return index.deduplicates() && !read.isEmpty() && !groups.containsKey(index.oid()) && isMeasured(index);
    }

    /** Whether nothing spoke against it so far. */
    boolean isMeasured(Index index) {
        return !skipped.containsKey(index.oid());
    }

    private static boolean isSame(Table before, Table now) {
        return before.fileNode() == now.fileNode()
                && before.columns().equals(now.columns())
                && before.indexes().stream()
                        .map(Index::oid)
                        .toList()
                        .equals(now.indexes().stream().map(Index::oid).toList())
                && now.pages() >= before.pages();
    }

    private void begin(Table seen) {
        described = seen;
        table = seen.with(seen.indexes().stream().filter(this::isMeasurable).toList());
        seen.toastIndexes().forEach(this::isMeasurable);
        read.clear();
        groups.clear();
        explained.clear();
        stage = 0;
        planned = false;
    }

    private boolean isMeasurable(Index index) {
        if (!index.method().equals("btree")) {
            skip(
                    index,
                    Cause.NOT_SUPPORTED,
                    "what a rebuild of a " + index.method() + " index gives back is not known");
        } else if (index.code() != null && !runsUserCode) {
            skip(
                    index,
                    Cause.NOT_SUPPORTED,
                    "measuring it would run " + index.code() + ", which is no part of PostgreSQL");
        } else if (index.locked()) {
            skip(index, Cause.TIMED_OUT, "it is locked");
        }
        return isMeasured(index);
    }

    private void skip(Index index, Cause cause, String detail) {
        skipped.put(index.oid(), new Skipped(index, cause, detail));
    }

    /** Reads pages until the interval is as narrow as wanted, or the pages or the time are used up: then false. */
    private boolean sampled(Connection connection, Table measured, Deadline deadline)
            throws SQLException, NotMeasurable {
        while (true) {
            SortedSet<Long> missing = Pages.sample(measured.pages(), STAGES[stage], start);
            missing.removeAll(read.keySet());
            while (!missing.isEmpty()) {
                List<Long> some = missing.stream().limit(atOnce).toList();
                requirePlan(connection, measured, some);
                for (PageSample page : Sampler.read(connection, measured, some)) {
                    read.put(page.block(), page);
                }
                pagesSpent += some.size();
                some.forEach(missing::remove);
                if (deadline.isOver() && !missing.isEmpty()) {
                    return false;
                }
            }
            if (read.size() >= measured.pages()
                    || stage == STAGES.length - 1
                    || estimates(measured).widest() <= WANTED) {
                return true;
            }
            stage++;
            if (deadline.isOver()) {
                return false;
            }
        }
    }

    /** Another plan would read the whole table for each page; for a table of one page it costs the same. */
    private void requirePlan(Connection connection, Table measured, List<Long> some)
            throws SQLException, NotMeasurable {
        if (!planned && measured.pages() > 1 && !Plans.readsPages(connection, SampleSql.of(measured, some))) {
            throw new NotMeasurable(
                    Cause.NOT_SUPPORTED,
                    "the server would read more of it than the pages asked for",
                    null,
                    measured.name(),
                    measured.allPages());
        }
        planned = true;
    }

    private void lookUp(Connection connection, Table measured, int number, Deadline deadline) throws SQLException {
        Index index = measured.indexes().get(number);
        lookingUp = index;
        List<PageSample> sample = List.copyOf(read.values());
        List<Row> rows = Sampler.candidates(sample, number, index.keys());
        SortedMap<Integer, Integer> histogram = new TreeMap<>();
        rows.forEach(row -> histogram.merge(row.size(), 1, Integer::sum));
        int all = sample.stream()
                .mapToInt(page -> page.entries().get(number).count())
                .sum();
        double scale = sample.isEmpty() ? 1 : (double) measured.pages() / sample.size();
        NavigableMap<Integer, List<Integer>> found = new TreeMap<>();
        Groups groupsFound = Groups.of(histogram, found, all - rows.size(), scale);
        for (int wanted = FIRST_LOOKUPS; !rows.isEmpty(); wanted = groupsFound.wantedLookups()) {
            found = look(connection, measured, index, evenly(rows, wanted), deadline);
            if (found.isEmpty()) {
                skip(index, Cause.NOT_SUPPORTED, "the server would not look up its keys through an index");
                break;
            }
            groupsFound = Groups.of(histogram, found, all - rows.size(), scale);
            boolean enough = groupsFound.wantedLookups() <= wanted || rows.size() <= wanted;
            if (wanted > FIRST_LOOKUPS || enough || deadline.isOver()) {
                break;
            }
        }
        groups.put(index.oid(), groupsFound);
        lookingUp = null;
    }

    private static List<Row> evenly(List<Row> rows, int wanted) {
        int many = Math.min(rows.size(), wanted);
        List<Row> some = new ArrayList<>();
        for (int i = 0; i < many; i++) {
            some.add(rows.get((int) ((i + 0.5) * rows.size() / many)));
        }
        return some;
    }

    /** How many rows the keys have, by the size of the index tuple; nothing where the server would search the table. */
    private NavigableMap<Integer, List<Integer>> look(
            Connection connection, Table measured, Index index, List<Row> rows, Deadline deadline) throws SQLException {
        NavigableMap<Integer, List<Integer>> found = new TreeMap<>();
        Map<Integer, List<Row>> byNulls = new TreeMap<>();
        rows.forEach(row ->
                byNulls.computeIfAbsent(row.nulls(), any -> new ArrayList<>()).add(row));
        for (Map.Entry<Integer, List<Row>> same : byNulls.entrySet()) {
            List<Row> all = same.getValue();
            for (int from = 0; from < all.size() && (from == 0 || !deadline.isOver()); from += LOOKUPS_AT_ONCE) {
                List<Row> some = all.subList(from, Math.min(all.size(), from + LOOKUPS_AT_ONCE));
                String sql = LookupSql.of(measured, index, same.getKey(), some);
                if (explained.add(index.oid() + "/" + same.getKey()) && !Plans.looksUp(connection, sql)) {
                    return new TreeMap<>();
                }
                List<Integer> counts = Sampler.count(connection, sql);
                for (int i = 0; i < Math.min(counts.size(), some.size()); i++) {
                    found.computeIfAbsent(some.get(i).size(), any -> new ArrayList<>())
                            .add(Math.max(1, counts.get(i)));
                }
                pagesSpent += (long) some.size() * PAGES_OF_A_LOOKUP;
            }
        }
        return found;
    }

    /** A statement took too long: the next ones do less. False when there is no less. */
    boolean doLess() {
        Index index = lookingUp;
        if (index != null) {
            skip(index, Cause.TIMED_OUT, "looking up its keys took too long");
            lookingUp = null;
            return true;
        }
        if (atOnce <= LEAST_PAGES_AT_ONCE) {
            return false;
        }
        atOnce = Math.max(LEAST_PAGES_AT_ONCE, atOnce / 4);
        return true;
    }

    /** A statement failed: the next ones do without what the table's owner wrote. False when there is nothing of it. */
    boolean doWithout(Cause cause, String detail) {
        Table measured = table;
        List<Index> suspects = lookingUp != null
                ? List.of(lookingUp)
                : measured == null
                        ? List.of()
                        : measured.indexes().stream().filter(Index::evaluates).toList();
        suspects.forEach(index -> skip(index, cause, detail));
        if (lookingUp == null) {
            described = null; // what was read has columns for them
        }
        lookingUp = null;
        return !suspects.isEmpty();
    }

    /** The table as it was when its measuring began, with the indexes that were to be measured; null when it is gone. */
    @Nullable
    Table table() {
        return table;
    }

    List<Skipped> skipped() {
        return List.copyOf(skipped.values());
    }

    @Nullable
    Groups groups(Index index) {
        return groups.get(index.oid());
    }

    Estimates estimates(Table measured) {
        return new Estimates(measured, List.copyOf(read.values()));
    }

    int pagesRead() {
        return read.size();
    }
}

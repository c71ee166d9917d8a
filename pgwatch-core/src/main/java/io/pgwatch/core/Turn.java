package io.pgwatch.core;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where a watch stands on its way through {@code pg_class}: it reads some pages of it at a time, and from the last one it begins
 * anew. So a look costs the same whether there are a thousand tables or a hundred thousand. Used by one thread at a time.
 */
final class Turn {

    /** Some 1,400 relations stand on as many, where not many were dropped. */
    private static final int PAGES = 32;

    /** Where most were dropped, as after many temporary tables: empty pages are soon read. */
    private static final int MOST_PAGES = 512;

    private static final int FEW_FOR_A_LOOK = 300;

    /** What initdb made has lower oids: the catalogs. */
    private static final String USERS = "16384";

    /** Catalogs are 400 relations that hardly ever lag, and numbers change slowly: one turn in so many looks at them. */
    private static final int WITH_CATALOGS = 20;

    private int from;
    private int pages = PAGES;
    private int lastPage;
    private int turns;
    private long counted;
    private @Nullable Long relations;

    /** What the statement wants: the pages of this look, the lowest oid, what is listed, twice, the pages again, whether to count. */
    List<@Nullable String> parameters(String listed) {
        String begin = "(" + from + ",0)";
        String end = "(" + (from + pages) + ",0)";
        return List.of(begin, end, counts() ? "0" : USERS, listed, listed, begin, end, Boolean.toString(counts()));
    }

    /** The first one does, and every one that finds nothing: then the application is about to make tables. */
    private boolean counts() {
        return turns % WITH_CATALOGS == 0 || Long.valueOf(0).equals(relations);
    }

    /**
     * Goes on behind the pages of this look.
     *
     * @param found the relations of users on them; 0 where this turn does not count
     * @param last how many pages there are now
     */
    void goOn(long found, int last) {
        lastPage = last;
        from += pages;
        counted += found;
        if (from >= last) {
            end();
        } else if (counts()) {
            pages = found < FEW_FOR_A_LOOK ? Math.min(2 * pages, MOST_PAGES) : PAGES;
        }
    }

    private void end() {
        if (counts()) {
            relations = counted;
        }
        from = 0;
        counted = 0;
        turns++;
    }

    /** How many relations it has seen so far; as many as there are, once it has seen all of them. */
    long seen() {
        return relations == null ? counted : relations;
    }

    /** How many there were when they were counted last; null before the first turn has ended. */
    @Nullable
    Long relations() {
        return relations;
    }

    /** How many looks a turn takes. */
    int looks() {
        return lastPage / pages + 1;
    }
}

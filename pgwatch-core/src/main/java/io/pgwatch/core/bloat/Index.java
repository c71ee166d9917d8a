package io.pgwatch.core.bloat;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An index as the catalogs describe it.
 *
 * @param ofToast whether it is of the table's TOAST relation
 * @param name qualified and quoted
 * @param method of access, such as btree
 * @param pages of it; as VACUUM last counted them while it is locked
 * @param keys how many of its parts are keys; the rest is INCLUDEd
 * @param deduplicates whether equal keys are put together
 * @param concurrently whether REINDEX CONCURRENTLY can rebuild it
 * @param code the user's functions or operators that its expressions or predicate would run; null for none
 */
record Index(
        long oid,
        boolean ofToast,
        String name,
        String method,
        long pages,
        boolean locked,
        int fillfactor,
        int keys,
        boolean deduplicates,
        boolean concurrently,
        @Nullable String predicate,
        @Nullable String code,
        List<Part> parts) {

    /** For so many it is asked which are NULL. */
    static final int MOST_KEYS = 31;

    Index {
        parts = List.copyOf(parts);
    }

    /**
     * A column of an index.
     *
     * @param column its number in the table; 0 for an expression
     * @param definition the column's name or the expression, as SQL
     * @param notNull whether it never is NULL, as a column that is declared so
     * @param equality the operator that finds its value in the index, qualified; null for an INCLUDEd column
     * @param collation qualified and quoted; null for a type without
     */
    record Part(
            int column,
            String definition,
            int length,
            int align,
            char storage,
            boolean octets,
            boolean notNull,
            @Nullable String equality,
            @Nullable String collation) {}

    Index with(List<Part> other) {
        return new Index(
                oid,
                ofToast,
                name,
                method,
                pages,
                locked,
                fillfactor,
                keys,
                deduplicates,
                concurrently,
                predicate,
                code,
                other);
    }

    /** Whether a key or INCLUDEd value may be NULL. */
    boolean hasNulls() {
        return parts.stream().anyMatch(part -> !part.notNull);
    }

    /** Whether the size of its tuples follows from which keys are NULL. */
    boolean isFixed() {
        return predicate == null
                && parts.stream().allMatch(part -> part.length > 0)
                && (!hasNulls() || keys == parts.size() && keys <= MOST_KEYS);
    }

    /** The size of a tuple without line pointer, of an index where that follows from the keys that are NULL. */
    int tupleSize(int nulls) {
        int end = nulls == 0 ? 8 : 16;
        for (int i = 0; i < parts.size(); i++) {
            Part part = parts.get(i);
            if ((nulls & 1 << i) == 0) {
                end = (end + part.align - 1 & -part.align) + part.length;
            }
        }
        return end + 7 & ~7;
    }

    /** Whether measuring it runs something that its owner wrote. */
    boolean evaluates() {
        return predicate != null || parts.stream().anyMatch(part -> part.column() == 0);
    }
}

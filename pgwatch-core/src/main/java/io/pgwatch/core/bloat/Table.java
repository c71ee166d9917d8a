package io.pgwatch.core.bloat;

import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A table as the catalogs describe it.
 *
 * @param name qualified and quoted
 * @param toast the same of its TOAST relation; null without one
 * @param toastRows rows of the TOAST relation that are not dead, as the server counts them; 0 where it does not know
 * @param tellsChunks whether its server tells which values are in the TOAST relation: from 17 on
 * @param attributes how many columns it ever had, dropped ones included
 * @param toastIndexes of its TOAST relation: one, but for a moment while it is rebuilt
 */
record Table(
        long oid,
        String name,
        @Nullable String toast,
        long fileNode,
        long pages,
        long toastPages,
        long toastRows,
        boolean tellsChunks,
        int attributes,
        int fillfactor,
        int toastTarget,
        boolean autovacuum,
        boolean catalog,
        List<Column> columns,
        List<Index> indexes,
        List<Index> toastIndexes) {

    Table {
        columns = List.copyOf(columns);
        indexes = List.copyOf(indexes);
        toastIndexes = List.copyOf(toastIndexes);
    }

    /** Pages of it and of all that belongs to it. */
    long allPages() {
        return pages
                + toastPages
                + Stream.concat(indexes.stream(), toastIndexes.stream())
                        .mapToLong(Index::pages)
                        .sum();
    }

    List<Column> present() {
        return columns.stream().filter(column -> !column.dropped()).toList();
    }

    /** Whether it stores wide values elsewhere. */
    boolean toasts() {
        return toastPages > 0 && present().stream().anyMatch(Column::toastable);
    }

    /** The same table with fewer indexes to be measured. */
    Table with(List<Index> fewer) {
        return with(fewer, toastIndexes);
    }

    Table with(List<Index> ofTable, List<Index> ofToast) {
        return new Table(
                oid,
                name,
                toast,
                fileNode,
                pages,
                toastPages,
                toastRows,
                tellsChunks,
                attributes,
                fillfactor,
                toastTarget,
                autovacuum,
                catalog,
                columns,
                ofTable,
                ofToast);
    }
}

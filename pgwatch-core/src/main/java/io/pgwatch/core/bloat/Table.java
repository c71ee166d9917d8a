package io.pgwatch.core.bloat;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A table as the catalogs describe it.
 *
 * @param name qualified and quoted
 * @param toast the same of its TOAST relation; null without one
 * @param tellsChunks whether its server tells which values are in the TOAST relation: from 17 on
 * @param attributes how many columns it ever had, dropped ones included
 */
record Table(
        long oid,
        String name,
        @Nullable String toast,
        long fileNode,
        long pages,
        long toastPages,
        boolean tellsChunks,
        int attributes,
        int fillfactor,
        int toastTarget,
        boolean autovacuum,
        boolean catalog,
        long deadRows,
        long liveRows,
        List<Column> columns,
        List<Index> indexes) {

    Table {
        columns = List.copyOf(columns);
        indexes = List.copyOf(indexes);
    }

    /** Pages of it and of all that belongs to it. */
    long allPages() {
        return pages + toastPages + indexes.stream().mapToLong(Index::pages).sum();
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
        return new Table(
                oid,
                name,
                toast,
                fileNode,
                pages,
                toastPages,
                tellsChunks,
                attributes,
                fillfactor,
                toastTarget,
                autovacuum,
                catalog,
                deadRows,
                liveRows,
                columns,
                fewer);
    }
}

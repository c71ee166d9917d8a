package io.pgwatch.core.bloat;

import io.pgwatch.core.bloat.LookupSql.Row;
import io.pgwatch.core.bloat.PageSample.Entries;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Runs the statements that read rows, and makes numbers of what comes back. */
final class Sampler {

    private static final int[] NONE = {};

    private Sampler() {}

    /** What stands on those pages of the table. */
    static List<PageSample> read(Connection connection, Table table, Collection<Long> blocks) throws SQLException {
        List<PageSample> pages = new ArrayList<>();
        try (Statement statement = Catalog.statement(connection);
                ResultSet rows = statement.executeQuery(SampleSql.of(table, blocks))) {
            while (rows.next()) {
                int[] lengths = numbers(rows.getString("len"));
                List<Entries> entries = new ArrayList<>();
                for (int i = 0; i < table.indexes().size(); i++) {
                    Index index = table.indexes().get(i);
                    int[] nulls = index.hasNulls() ? numbers(rows.getString("y" + i)) : new int[lengths.length];
                    entries.add(new Entries(
                            index.isFixed()
                                    ? Arrays.stream(nulls).map(index::tupleSize).toArray()
                                    : numbers(rows.getString("x" + i)),
                            nulls));
                }
                int[] external = table.toasts() ? widestFirst(rows.getString("ext")) : NONE;
                pages.add(new PageSample(rows.getLong("pgw_blk"), lengths, external, entries));
            }
        }
        return pages;
    }

    /** How many rows have the same keys as each of those rows. */
    static List<Integer> count(Connection connection, String lookup) throws SQLException {
        List<Integer> counts = new ArrayList<>();
        try (Statement statement = Catalog.statement(connection);
                ResultSet rows = statement.executeQuery(lookup)) {
            while (rows.next()) {
                counts.add(rows.getInt(1));
            }
        }
        return counts;
    }

    /** The rows of an index in the sample whose keys are not all NULL, in the order of their pages. */
    static List<Row> candidates(List<PageSample> pages, int number, int keys) {
        List<Row> rows = new ArrayList<>();
        for (PageSample page : pages) {
            Entries entries = page.entries().get(number);
            for (int i = 0; i < entries.sizes().length; i++) {
                if (entries.sizes()[i] >= 0 && Integer.bitCount(entries.nulls()[i]) < keys) {
                    rows.add(new Row(page.block(), i, entries.sizes()[i], entries.nulls()[i]));
                }
            }
        }
        return rows;
    }

    /** Values in the order in which they are moved to the TOAST relation: row by row, and of each row the widest first. */
    private static int[] widestFirst(@Nullable String text) {
        if (text == null) {
            return NONE;
        }
        return Stream.of(text.split(";", -1))
                .flatMapToInt(row ->
                        Arrays.stream(numbers(row)).map(size -> -size).sorted().map(size -> -size))
                .toArray();
    }

    /** Numbers of an array or list as the server writes it, -1 for NULL. */
    static int[] numbers(@Nullable String text) {
        if (text == null || text.isEmpty()) {
            return NONE;
        }
        int count = 1;
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) == ',') {
                count++;
            }
        }
        int[] numbers = new int[count];
        int at = 0;
        int number = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == ',') {
                numbers[at++] = number;
                number = 0;
            } else if (c >= '0' && c <= '9') {
                number = number * 10 + (c - '0');
            } else if (c == 'N') {
                number = -1;
            }
        }
        numbers[at] = number;
        return numbers;
    }
}

package io.pgwatch.core.bloat;

import static java.util.Objects.requireNonNullElse;

import io.pgwatch.core.bloat.Index.Part;
import io.pgwatch.snapshot.Cause;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGStatement;

/**
 * Reads what the catalogs say of one table, and holds the table as it is until the end of the transaction.
 *
 * @param prepares whether the session stays, so that planning these statements once is enough
 */
record Catalog(Texts texts, int major, boolean prepares) {

    /** The table, locked against being dropped or rewritten; empty when it is gone. */
    Optional<Table> read(Connection connection, long oid) throws SQLException, NotMeasurable {
        Table described = describe(connection, oid);
        if (described == null) {
            return Optional.empty();
        }
        hold(connection, described.name());
        Map<Boolean, List<Index>> indexes =
                indexes(connection, oid).stream().collect(Collectors.partitioningBy(Index::ofToast));
        return Optional.of(columns(connection, described)
                .with(indexes.getOrDefault(false, List.of()), indexes.getOrDefault(true, List.of())));
    }

    /** The part that needs no lock on the table; null when it is gone. */
    private @Nullable Table describe(Connection connection, long oid) throws SQLException, NotMeasurable {
        try (PreparedStatement statement = prepare(connection, "bloat-table", oid);
                ResultSet row = statement.executeQuery()) {
            if (!row.next()) {
                return null;
            }
            refuseIfUnreadable(row);
            return new Table(
                    oid,
                    row.getString("table"),
                    row.getString("toast"),
                    0,
                    0,
                    0,
                    0,
                    major >= 17,
                    row.getInt("attributes"),
                    row.getInt("fillfactor"),
                    row.getInt("toast_target"),
                    row.getBoolean("autovacuum"),
                    row.getBoolean("catalog"),
                    List.of(),
                    List.of(),
                    List.of());
        }
    }

    private static void refuseIfUnreadable(ResultSet row) throws SQLException, NotMeasurable {
        String name = row.getString("table");
        long pages = row.getLong("counted_pages");
        String lacking = (requireNonNullElse(row.getString("lacks_schema"), "") + "\n"
                        + requireNonNullElse(row.getString("lacks_table"), ""))
                .strip();
        if (!lacking.isEmpty()) {
            throw new NotMeasurable(Cause.NOT_PERMITTED, "the role of the watch may not read it", lacking, name, pages);
        }
        if (row.getBoolean("row_security")) {
            throw new NotMeasurable(
                    Cause.NOT_PERMITTED, "row security hides rows of it from the role of the watch", null, name, pages);
        }
        if (row.getInt("block_size") != Packing.BLOCK || !"heap".equals(row.getString("method"))) {
            throw new NotMeasurable(
                    Cause.NOT_SUPPORTED,
                    "known is how tables of the method heap are written in blocks of 8192 bytes, not "
                            + row.getString("method") + " and " + row.getInt("block_size"),
                    null,
                    name,
                    pages);
        }
        if (row.getBoolean("standby") && row.getBoolean("unlogged")) {
            throw new NotMeasurable(
                    Cause.NOT_APPLICABLE, "a standby has no rows of an unlogged table", null, name, pages);
        }
        if (row.getBoolean("locked")) {
            throw new NotMeasurable(Cause.TIMED_OUT, "it is locked, or somebody waits to lock it", null, name, pages);
        }
    }

    /** Planning a statement takes the lock of those who read, until the transaction ends. */
    private static void hold(Connection connection, String name) throws SQLException {
        try (Statement statement = statement(connection)) {
            statement.execute("/* pgwatch:bloat-hold */ select from only " + name + " limit 0");
        }
    }

    private Table columns(Connection connection, Table table) throws SQLException {
        long fileNode = 0;
        long pages = 0;
        long toastPages = 0;
        long toastRows = 0;
        List<Column> columns = new ArrayList<>();
        try (PreparedStatement statement = prepare(connection, "bloat-columns", table.oid());
                ResultSet rows = statement.executeQuery()) {
            while (rows.next()) {
                fileNode = rows.getLong("file_node");
                pages = rows.getLong("bytes") / Packing.BLOCK;
                toastPages = rows.getLong("toast_bytes") / Packing.BLOCK;
                toastRows = rows.getLong("toast_rows");
                if (rows.getInt("number") > 0) {
                    columns.add(new Column(
                            rows.getInt("number"),
                            rows.getString("name"),
                            rows.getInt("length"),
                            rows.getInt("align"),
                            rows.getBoolean("not_null"),
                            rows.getString("storage").charAt(0),
                            rows.getBoolean("octets"),
                            rows.getBoolean("dropped"),
                            rows.getString("missing_type"),
                            0));
                }
            }
        }
        for (int i = 0; i < columns.size(); i++) {
            if (columns.get(i).missingType() != null && !columns.get(i).dropped()) {
                columns.set(i, columns.get(i).withMissingSize(missingSize(connection, table.oid(), columns.get(i))));
            }
        }
        return new Table(
                table.oid(),
                table.name(),
                table.toast(),
                fileNode,
                pages,
                toastPages,
                toastRows,
                table.tellsChunks(),
                table.attributes(),
                table.fillfactor(),
                table.toastTarget(),
                table.autovacuum(),
                table.catalog(),
                columns,
                List.of(),
                List.of());
    }

    /** How long the default is that rows show which are older than their column; in memory it has a longer header. */
    private static int missingSize(Connection connection, long oid, Column column) throws SQLException {
        try (Statement statement = statement(connection);
                ResultSet row = statement.executeQuery(
                        "/* pgwatch:bloat-default */ select pg_catalog.pg_column_size(m.value) from (select"
                                + " (a.attmissingval::text::" + column.missingType()
                                + "[])[1] as value from pg_catalog.pg_attribute a where a.attrelid = " + oid
                                + " and a.attnum = " + column.number() + " offset 0) m")) {
            return row.next() ? row.getInt(1) : 0;
        }
    }

    private List<Index> indexes(Connection connection, long oid) throws SQLException {
        List<Index> indexes = new ArrayList<>();
        List<Part> parts = new ArrayList<>();
        try (PreparedStatement statement = prepare(connection, "bloat-indexes", oid);
                ResultSet rows = statement.executeQuery()) {
            boolean more = rows.next();
            while (more) {
                long index = rows.getLong("oid");
                Index one = index(rows);
                parts.clear();
                do {
                    parts.add(part(rows));
                    more = rows.next();
                } while (more && rows.getLong("oid") == index);
                indexes.add(one.with(parts));
            }
        }
        return indexes;
    }

    private static Index index(ResultSet row) throws SQLException {
        return new Index(
                row.getLong("oid"),
                row.getBoolean("of_toast"),
                row.getString("name"),
                row.getString("method"),
                row.getLong("bytes") / Packing.BLOCK,
                row.getBoolean("locked"),
                row.getInt("fillfactor"),
                row.getInt("keys"),
                row.getBoolean("deduplicates"),
                row.getBoolean("concurrently"),
                row.getString("predicate"),
                row.getString("code"),
                List.of());
    }

    private static Part part(ResultSet row) throws SQLException {
        return new Part(
                row.getInt("column"),
                row.getString("definition"),
                row.getInt("length"),
                row.getInt("align"),
                row.getString("storage").charAt(0),
                row.getBoolean("octets"),
                row.getBoolean("not_null"),
                row.getString("equality"),
                row.getString("collation"));
    }

    private PreparedStatement prepare(Connection connection, String name, long oid) throws SQLException {
        PreparedStatement statement = connection.prepareStatement(texts.sql(name, major));
        statement.unwrap(PGStatement.class).setPrepareThreshold(prepares ? 1 : 0);
        statement.setLong(1, oid);
        return statement;
    }

    /** One whose text is taken as it is: expressions of users may hold question marks and braces. */
    static Statement statement(Connection connection) throws SQLException {
        Statement statement = connection.createStatement();
        statement.setEscapeProcessing(false);
        return statement;
    }
}

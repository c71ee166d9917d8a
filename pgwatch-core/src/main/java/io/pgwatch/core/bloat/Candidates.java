package io.pgwatch.core.bloat;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/**
 * The tables that may be worth a look.
 *
 * @param list in the order in which to look: the largest first
 * @param tables how many there are in the database
 * @param pages of all of them, as the catalogs last counted them, or by what was written where they never did
 * @param rebuilders the installed extensions that rebuild a table while it is in use
 */
record Candidates(List<Candidate> list, int tables, long pages, List<String> rebuilders) {

    Candidates {
        list = List.copyOf(list);
        rebuilders = List.copyOf(rebuilders);
    }

    static Candidates read(Connection connection, String sql) throws SQLException {
        List<Candidate> list = new ArrayList<>();
        int tables = 0;
        long pages = 0;
        List<String> rebuilders = List.of();
        try (PreparedStatement statement = connection.prepareStatement(sql);
                ResultSet rows = statement.executeQuery()) {
            while (rows.next()) {
                list.add(Candidate.of(rows));
                tables = rows.getInt("tables");
                pages = rows.getLong("all_pages");
                String names = rows.getString("rebuilders");
                rebuilders = names == null || names.isEmpty() ? List.of() : List.of(names.split(" ", -1));
            }
        }
        return new Candidates(list, tables, pages, rebuilders);
    }
}

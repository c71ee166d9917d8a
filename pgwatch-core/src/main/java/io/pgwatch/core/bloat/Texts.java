package io.pgwatch.core.bloat;

import io.pgwatch.snapshot.Reading.Missing;
import java.sql.SQLException;

/** What the reader shares with the rest of the collector: the SQL files, and words for errors. */
public interface Texts {

    /** The file of that name for a server of that major version. */
    String sql(String name, int major);

    /** What an error means, in one sentence without row data. */
    Missing<?> missing(SQLException error);

    /** Whether the connection is of no use after an error. */
    boolean endsConnection(SQLException error);
}

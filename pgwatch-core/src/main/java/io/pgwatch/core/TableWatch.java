package io.pgwatch.core;

import io.pgwatch.snapshot.Reading.Missing;
import io.pgwatch.snapshot.Tables;
import io.pgwatch.snapshot.Tables.Table;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Goes round all tables, some of them in each look, and keeps an eye on the worst that it has seen. One for each watch; used
 * by one thread at a time.
 */
final class TableWatch {

    private static final Comparator<Table> WORST_FIRST = Comparator.comparingInt(TableWatch::urgency)
            .thenComparingDouble(TableWatch::waste)
            .reversed();

    /** Of a TOAST table, which cuts values so that as many of its rows fill one. */
    private static final double LONG_VALUES_ON_A_PAGE = 4;

    /** Of a table that was never counted and is too small for a closer look. */
    private static final double ROWS_ON_A_PAGE = 80;

    private final Clock clock;
    private final Map<Long, Above> above = new HashMap<>();
    private @Nullable String server;
    private List<Long> listed = List.of();
    private Turn turn = new Turn();
    private boolean calm = true;

    /**
     * That a table is above a trigger.
     *
     * @param since when it was found so first
     * @param lastVacuum when it had last been vacuumed by then, by the server's clock
     * @param newest as it was found last
     */
    private record Above(Instant since, @Nullable Instant lastVacuum, Table newest) {

        /** Whether a VACUUM has come since then that took away more than half of what the table waited for. */
        boolean isOver(Table now) {
            return !Objects.equals(now.lastVacuum(), newest.lastVacuum()) && waiting(now) < waiting(newest) / 2;
        }

        /** In rows: what a VACUUM counts anew moves the triggers. */
        private static long waiting(Table table) {
            return table.deadRows() + table.insertedRows();
        }
    }

    TableWatch(Clock clock) {
        this.clock = clock;
    }

    /**
     * All have been looked at once, and none was found above its trigger: no table gets there and is late at once. Where there is
     * no table at all, the application is about to make some.
     */
    boolean isCalm() {
        Long relations = turn.relations();
        return calm && (relations == null ? turn.seen() == 0 : relations > 0);
    }

    /** How many looks a turn through all tables takes. */
    int looks() {
        return turn.looks();
    }

    /** What the statement wants: where it is to look, and the oids listed. */
    List<@Nullable String> parameters(Session session) {
        String here = session.systemIdentifier();
        if (server != null && here != null && !server.equals(here)) {
            startAnew();
        }
        server = here == null ? server : here;
        String oids = listed.stream().map(String::valueOf).collect(Collectors.joining(",", "{", "}"));
        return turn.parameters(oids);
    }

    /**
     * While another watch looks at the tables, this one forgets them: what was above a trigger may come down unseen.
     *
     * @param another why; empty while there is none
     */
    Optional<Missing<?>> leftTo(Optional<Missing<?>> another) {
        another.ifPresent(any -> startAnew());
        return another;
    }

    /** Another cluster's same oids are other tables. */
    private void startAnew() {
        listed = List.of();
        above.clear();
        turn = new Turn();
        calm = true;
    }

    /** What the rows say: the first one what holds for all, each other one a table. */
    Tables read(ResultSet rows, Session session) throws SQLException {
        Rows.requireOne(rows);
        int pageBytes = rows.getInt("page_bytes");
        turn.goOn(rows.getLong("relations"), (int) (rows.getLong("bytes") / pageBytes));
        Instant countedSince = Rows.moment(rows, "counted_since");
        VacuumTriggers triggers = new VacuumTriggers(
                rows.getDouble("threshold"),
                rows.getDouble("scale_factor"),
                rows.getDouble("insert_threshold"),
                rows.getDouble("insert_scale_factor"),
                rows.getDouble("max_threshold"));
        Instant now = clock.instant();
        List<Table> found = new ArrayList<>();
        while (rows.next()) {
            found.add(table(rows, triggers, pageBytes, now));
        }
        List<Table> worst = found.stream()
                .filter(table -> urgency(table) > 0 || table.deadRows() > 0)
                .sorted(WORST_FIRST)
                .limit(Tables.MOST)
                .toList();
        listed = worst.stream().map(Table::oid).toList();
        above.keySet().retainAll(listed);
        calm = worst.stream().noneMatch(table -> urgency(table) > 0);
        return new Tables(worst, turn.seen(), turn.relations(), countedSince);
    }

    private Table table(ResultSet rows, VacuumTriggers triggers, int pageBytes, Instant now) throws SQLException {
        double estimated = rows.getDouble("reltuples");
        Instant lastVacuum = Rows.moment(rows, "last_vacuum");
        Instant lastAnalyze = Rows.moment(rows, "last_analyze");
        long live = rows.getLong("live");
        long dead = rows.getLong("dead");
        long inserted = rows.getLong("inserted");
        long oid = rows.getLong("oid");
        Table table = new Table(
                oid,
                rows.getString("table"),
                rows.getString("toast_of"),
                live > 0 || dead > 0 || inserted > 0 || lastVacuum != null || lastAnalyze != null,
                live,
                dead,
                inserted,
                estimated < 0 ? null : (long) estimated,
                (long) (pageBytes * pages(rows, pageBytes)),
                triggers.of(
                        rows.getString("options"), estimated, rows.getLong("relpages"), rows.getLong("relallfrozen")),
                lastVacuum,
                Rows.moment(rows, "last_autovacuum"),
                lastAnalyze,
                null,
                false);
        return table.isDue() ? above(table, now) : below(table);
    }

    /**
     * About how many pages it has: those counted last, and what was written since. {@code relpages} counts the pages of dead rows
     * too, {@code reltuples} the live ones alone: what came since is as wide as what was there.
     */
    private static double pages(ResultSet rows, int pageBytes) throws SQLException {
        long counted = rows.getLong("relpages");
        double estimated = rows.getDouble("reltuples");
        double present = rows.getLong("live") + rows.getLong("dead");
        if (counted > 0 && estimated > 0) {
            long modified = rows.getLong("modified");
            double more = Math.min(modified, Math.max(0, present - estimated));
            return counted + more * counted / Math.max(estimated, present - modified);
        }
        if (rows.getString("toast_of") != null) {
            return counted + present / LONG_VALUES_ON_A_PAGE;
        }
        Long rowBytes = Rows.number(rows, "row_bytes");
        return counted + (rowBytes == null ? present / ROWS_ON_A_PAGE : present * rowBytes / pageBytes);
    }

    private Table below(Table table) {
        above.remove(table.oid());
        return table;
    }

    private Table above(Table table, Instant now) {
        Above before = above.get(table.oid());
        Above one = before == null || before.isOver(table)
                ? new Above(now, table.lastVacuum(), table)
                : new Above(before.since(), before.lastVacuum(), table);
        above.put(table.oid(), one);
        return new Table(
                table.oid(),
                table.table(),
                table.toastOf(),
                table.counted(),
                table.liveRows(),
                table.deadRows(),
                table.insertedRows(),
                table.estimatedRows(),
                table.bytes(),
                table.trigger(),
                table.lastVacuum(),
                table.lastAutovacuum(),
                table.lastAnalyze(),
                one.since(),
                table.lastVacuum() != null && !table.lastVacuum().equals(one.lastVacuum()));
    }

    /** The same order as in the statement: above the trigger for dead rows, above that for inserts or not counted, the rest. */
    private static int urgency(Table table) {
        if (table.deadRows() > table.trigger().dead()) {
            return 2;
        }
        Long inserts = table.trigger().inserted();
        return !table.counted() || inserts != null && table.insertedRows() > inserts ? 1 : 0;
    }

    /** Bytes of dead rows; where these are not what is urgent, of inserted ones, or all. */
    private static double waste(Table table) {
        if (!table.counted()) {
            return table.bytes();
        }
        double bytesPerRow = (double) table.bytes() / Math.max(1, table.liveRows() + table.deadRows());
        return bytesPerRow * (urgency(table) == 1 ? table.insertedRows() : table.deadRows());
    }
}

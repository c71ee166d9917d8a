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
 * Goes round all tables, a slice each sweep, and keeps an eye on the worst that it has seen. So a sweep costs the same
 * whether there are a thousand tables or a hundred thousand. One for each watch; used by one thread at a time.
 */
final class TableWatch {

    /** As many relations as the statement walks; with fewer the turn is at its end. */
    private static final int SLICE = 2_000;

    /** What initdb made has lower oids: the catalogs. */
    private static final String BEFORE_USER_TABLES = "16383";

    /** Catalogs are 400 relations that hardly ever lag, so not every turn looks at them. */
    private static final int TURNS_WITHOUT_CATALOGS = 20;

    private static final Comparator<Table> WORST_FIRST = Comparator.comparingInt(TableWatch::urgency)
            .thenComparingDouble(TableWatch::waste)
            .reversed();

    private final Clock clock;
    private final Map<Long, Above> above = new HashMap<>();
    private @Nullable String server;
    private List<Long> listed = List.of();
    private String cursor = "0";
    private long seen;
    private @Nullable Long relations;
    private long turns;
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
        return calm && (relations == null ? seen == 0 : relations > 0);
    }

    /** How many slices a turn has, by the last one. */
    int slices() {
        return relations == null ? 1 : (int) (relations / SLICE) + 1;
    }

    /** What the statement wants: the oids listed, and where its slice begins. */
    List<@Nullable String> parameters(Session session) {
        String here = session.systemIdentifier();
        if (server != null && here != null && !server.equals(here)) {
            startAnew();
        }
        server = here == null ? server : here;
        String oids = listed.stream().map(String::valueOf).collect(Collectors.joining(",", "{", "}"));
        return List.of(oids, cursor, cursor);
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
        cursor = "0";
        seen = 0;
        relations = null;
        turns = 0;
        calm = true;
    }

    /** What the rows say; the next slice begins where this one ended. */
    Tables read(ResultSet rows, Session session) throws SQLException {
        Rows.requireOne(rows);
        long end = rows.getLong("cursor");
        long walked = rows.getLong("relations");
        long users = walked - rows.getInt("catalogs");
        Instant countedSince = Rows.moment(rows, "counted_since");
        VacuumTriggers triggers = new VacuumTriggers(
                rows.getDouble("threshold"),
                rows.getDouble("scale_factor"),
                rows.getDouble("insert_threshold"),
                rows.getDouble("insert_scale_factor"),
                rows.getDouble("max_threshold"));
        Instant now = clock.instant();
        List<Table> found = new ArrayList<>();
        do {
            rows.getLong("oid");
            if (!rows.wasNull()) {
                found.add(table(rows, triggers, now));
            }
        } while (rows.next());
        List<Table> worst = found.stream()
                .filter(table -> urgency(table) > 0 || table.deadRows() > 0)
                .sorted(WORST_FIRST)
                .limit(Tables.MOST)
                .toList();
        listed = worst.stream().map(Table::oid).toList();
        above.keySet().retainAll(listed);
        calm = worst.stream().noneMatch(table -> urgency(table) > 0);
        return new Tables(worst, advance(end, walked, users), relations, countedSince);
    }

    /** How many relations this turn has seen now. */
    private long advance(long end, long walked, long users) {
        long now = seen + users;
        if (walked < SLICE) {
            relations = now;
            turns++;
            seen = 0;
            cursor = turns % TURNS_WITHOUT_CATALOGS == 0 ? "0" : BEFORE_USER_TABLES;
        } else {
            seen = now;
            cursor = Long.toString(end);
        }
        return now;
    }

    private Table table(ResultSet rows, VacuumTriggers triggers, Instant now) throws SQLException {
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
                rows.getLong("bytes"),
                triggers.of(
                        rows.getString("options"), estimated, rows.getLong("relpages"), rows.getLong("relallfrozen")),
                lastVacuum,
                Rows.moment(rows, "last_autovacuum"),
                lastAnalyze,
                null,
                false);
        return table.isDue() ? above(table, now) : below(table);
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

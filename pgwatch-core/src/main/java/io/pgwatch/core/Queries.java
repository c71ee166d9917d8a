package io.pgwatch.core;

import static io.pgwatch.core.Query.alone;
import static io.pgwatch.core.Query.joined;
import static java.util.Objects.requireNonNull;

import io.pgwatch.snapshot.Arrivals;
import io.pgwatch.snapshot.Autovacuum;
import io.pgwatch.snapshot.Databases;
import io.pgwatch.snapshot.Databases.Database;
import io.pgwatch.snapshot.Holders;
import io.pgwatch.snapshot.LockWaits;
import io.pgwatch.snapshot.MultixactMembers;
import io.pgwatch.snapshot.OldestTables;
import io.pgwatch.snapshot.Section;
import io.pgwatch.snapshot.Server;
import io.pgwatch.snapshot.Sessions;
import io.pgwatch.snapshot.Tables;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;

/** Every section that is read from the server in one statement; one line each. What takes longer is {@link SlowReading}'s. */
final class Queries {

    private Queries() {}

    /**
     * All of them, for one watch: some remember where they have looked.
     *
     * @param statements whether the texts of statements are read
     * @param crowd that it belongs to
     */
    static List<Query<?>> all(Clock clock, boolean statements, Crowd crowd) {
        TableWatch tables = new TableWatch(clock);
        Calm calm = new Calm(tables::isCalm, tables::looks);
        Supplier<Duration> rest = () -> crowd.stretch(calm.goodFor());
        return List.of(
                joined(Server.SECTION, () -> Duration.ZERO, Queries::server),
                joined(Databases.SECTION, rest, (rows, session) -> calm.seen(databases(rows))),
                joined(
                        Sessions.SECTION,
                        crowd::goodFor,
                        session -> SessionRows.parameters(session, statements),
                        (rows, session) -> calm.seen(crowd.seen(SessionRows.read(rows, session)))),
                joined(Arrivals.SECTION, crowd::goodFor, Queries::arrivals),
                joined(
                        Holders.SECTION,
                        () -> crowd.stretch(calm.holdersGoodFor()),
                        (rows, session) -> calm.seen(HolderRows.holders(rows, session))),
                alone(
                        LockWaits.SECTION,
                        new Occasion<>(Sessions.SECTION, HolderRows::askForLocks, LockWaits.NONE),
                        HolderRows::lockWaits),
                joined(Tables.SECTION, calm::goodFor, tables::parameters, tables::read)
                        .unless(() -> tables.leftTo(crowd.elsewhere())),
                joined(Autovacuum.SECTION, calm::goodFor, AutovacuumRows::read).unless(crowd::elsewhere),
                alone(OldestTables.SECTION, calm::idsGoodFor, Queries::oldestTables),
                alone(MultixactMembers.SECTION, calm::idsGoodFor, Queries::multixactMembers));
    }

    /** Those that the given sections ask for; the server itself is always asked for. */
    static List<Query<?>> forSections(Set<Section<?>> needed, Clock clock, boolean statements, Crowd crowd) {
        return all(clock, statements, crowd).stream()
                .filter(query ->
                        needed.contains(query.section()) || query.section().equals(Server.SECTION))
                .toList();
    }

    private static Server server(ResultSet rows, Session session) throws SQLException {
        Rows.requireOne(rows);
        return session.server(rows.getBoolean("standby"));
    }

    private static Databases databases(ResultSet rows) throws SQLException {
        Rows.requireOne(rows);
        long nextXid = rows.getLong("next_xid");
        long nextMultixact = rows.getLong("next_multixact");
        long freezeMaxAge = rows.getLong("freeze_max_age");
        long multixactFreezeMaxAge = rows.getLong("multixact_freeze_max_age");
        long failsafeAge = rows.getLong("failsafe_age");
        long multixactFailsafeAge = rows.getLong("multixact_failsafe_age");
        List<Database> databases = new ArrayList<>();
        do {
            databases.add(new Database(
                    rows.getString("name"),
                    rows.getLong("xid_age"),
                    rows.getLong("multixact_age"),
                    rows.getBoolean("accepts_connections")));
        } while (rows.next());
        return new Databases(
                nextXid,
                nextMultixact,
                freezeMaxAge,
                multixactFreezeMaxAge,
                failsafeAge,
                multixactFailsafeAge,
                databases);
    }

    private static Arrivals arrivals(ResultSet rows, Session session) throws SQLException {
        Rows.requireOne(rows);
        return new Arrivals(rows.getLong("sessions"), requireNonNull(Rows.moment(rows, "started")));
    }

    private static OldestTables oldestTables(ResultSet rows, Session session) throws SQLException {
        List<OldestTables.Table> tables = new ArrayList<>();
        while (rows.next()) {
            tables.add(new OldestTables.Table(
                    rows.getString("table"),
                    rows.getLong("xid_age"),
                    rows.getLong("multixact_age"),
                    rows.getLong("bytes"),
                    rows.getLong("freeze_max_age"),
                    rows.getLong("multixact_freeze_max_age"),
                    rows.getBoolean("temporary"),
                    rows.getObject("session", Integer.class)));
        }
        return new OldestTables(tables);
    }

    private static MultixactMembers multixactMembers(ResultSet rows, Session session) throws SQLException {
        Rows.requireOne(rows);
        return new MultixactMembers(
                rows.getLong("next_member"), rows.getLong("next_multixact"), rows.getLong("oldest_multixact"));
    }
}

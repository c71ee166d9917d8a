package io.pgwatch.core;

import io.pgwatch.snapshot.Ceiling;
import io.pgwatch.snapshot.Sessions;
import io.pgwatch.snapshot.Sessions.Activity;
import io.pgwatch.snapshot.Sessions.IdleInTransaction;
import io.pgwatch.snapshot.Sessions.Siblings;
import io.pgwatch.snapshot.Sessions.State;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Makes the section {@code sessions} of its rows: each stands for sessions that are alike, or for one that is worth naming. */
final class SessionRows {

    /** Characters of a statement that are kept. */
    private static final int STATEMENT = 120;

    private final List<Kind> kinds = new ArrayList<>();
    private final List<Sessions.Session> worst = new ArrayList<>();
    private final ResultSet rows;
    private final double now;

    /**
     * Sessions that are alike.
     *
     * @param here whether they are connected to this database
     * @param application whether they are of the application's role
     * @param monitor whether they are pgwatch's own, of whatever watch
     * @param client whether they count as connections
     * @param hidden whether their state may not be seen
     * @param pins whether they hold back VACUUM
     * @param state as the server tells it; null for processes that have none, and where hidden
     * @param settled whether they have been in that state, or run their statement, for more than a second
     * @param count how many they are
     * @param seconds for how long the first of them has been so; null where that is not told
     */
    private record Kind(
            boolean here,
            boolean application,
            boolean monitor,
            boolean client,
            boolean hidden,
            boolean waits,
            boolean pins,
            @Nullable String state,
            boolean settled,
            int count,
            @Nullable Double seconds) {

        boolean isUsersHere() {
            return client && here && !monitor;
        }

        boolean isApplicationsHere() {
            return isUsersHere() && application;
        }

        boolean isUntracked() {
            return "disabled".equals(state);
        }

        boolean isActive() {
            return "active".equals(state) && !waits;
        }

        boolean isIdle() {
            return "idle".equals(state);
        }

        boolean isIdleInTransaction() {
            return state != null && state.startsWith("idle in");
        }
    }

    private SessionRows(ResultSet rows) throws SQLException {
        this.rows = rows;
        this.now = rows.getDouble("now");
    }

    /** What the statement wants: by which oids sessions are told apart, and whether their statements are shown. */
    static List<@Nullable String> parameters(Session session, boolean statements) {
        return Arrays.asList(
                session.limits().map(Limits::database).orElse(null),
                session.limits().map(Limits::role).orElse(null),
                Boolean.toString(statements));
    }

    static Sessions read(ResultSet rows, Session session) throws SQLException {
        Limits limits = session.limits().orElseThrow(session::limitsHidden);
        Rows.requireOne(rows);
        return new SessionRows(rows).sessions(session, limits);
    }

    private Sessions sessions(Session session, Limits limits) throws SQLException {
        int instances = session.direct() ? rows.getInt("instances") : 0;
        long poolMax = rows.getLong("instances_pool_max");
        readAll();

        int ours = count(Kind::isApplicationsHere);
        int hidden = count(kind -> kind.isUsersHere() && kind.hidden());
        int untracked = count(kind -> kind.isUsersHere() && kind.isUntracked());
        return new Sessions(
                ceilings(session, limits),
                count(kind -> kind.client() && kind.monitor()),
                instances == 0 ? null : new Siblings(instances, poolMax, ours, limits.maxConnections()),
                hidden,
                untracked,
                count(kind -> kind.here() && (kind.waits() || kind.hidden() && kind.pins())),
                activity(),
                hidden + untracked > 0 ? null : idle(),
                worst);
    }

    private List<Ceiling> ceilings(Session session, Limits limits) {
        List<Ceiling> ceilings = new ArrayList<>();
        ceilings.add(new Ceiling(Ceiling.Kind.SERVER, "max_connections", count(Kind::client), limits.ofServer()));
        if (limits.ofRole() != null) {
            int used = count(kind -> kind.client() && kind.application());
            ceilings.add(new Ceiling(Ceiling.Kind.ROLE, session.countedRole(), used, limits.ofRole()));
        }
        if (limits.ofDatabase() != null) {
            int used = count(kind -> kind.client() && kind.here());
            ceilings.add(new Ceiling(Ceiling.Kind.DATABASE, session.database(), used, limits.ofDatabase()));
        }
        return ceilings;
    }

    private void readAll() throws SQLException {
        do {
            Kind kind = kind();
            kinds.add(kind);
            int pid = rows.getInt("pid");
            if (!rows.wasNull()) {
                worst.add(session(pid, kind));
            }
        } while (rows.next());
    }

    private Kind kind() throws SQLException {
        return new Kind(
                rows.getBoolean("here"),
                rows.getBoolean("of_role"),
                rows.getBoolean("monitor"),
                rows.getBoolean("client"),
                rows.getBoolean("hidden"),
                rows.getBoolean("waits"),
                rows.getBoolean("pins"),
                rows.getString("state"),
                rows.getBoolean("settled"),
                rows.getInt("sessions"),
                seconds("since"));
    }

    private int count(Predicate<Kind> which) {
        int count = 0;
        for (Kind kind : kinds) {
            if (which.test(kind)) {
                count += kind.count();
            }
        }
        return count;
    }

    private @Nullable Double longest(Predicate<Kind> which) {
        Double longest = null;
        for (Kind kind : kinds) {
            if (which.test(kind) && kind.seconds() != null) {
                longest = longest == null ? kind.seconds() : Double.valueOf(Math.max(longest, kind.seconds()));
            }
        }
        return longest;
    }

    private @Nullable Activity activity() {
        Predicate<Kind> ours = Kind::isApplicationsHere;
        if (count(ours.and(kind -> kind.hidden() || kind.isUntracked())) > 0) {
            return null;
        }
        Predicate<Kind> active = ours.and(Kind::isActive);
        Predicate<Kind> waiting = ours.and(Kind::waits);
        Predicate<Kind> idleInTransaction = ours.and(Kind::isIdleInTransaction);
        Predicate<Kind> idle = ours.and(Kind::isIdle);
        return new Activity(
                count(active),
                count(waiting),
                count(idleInTransaction),
                count(idle),
                count(active.and(Kind::settled)),
                count(idleInTransaction.and(Kind::settled)),
                count(idle.and(Kind::settled)),
                longest(active),
                longest(waiting),
                longest(idleInTransaction));
    }

    private IdleInTransaction idle() {
        Predicate<Kind> idle = kind -> kind.client() && kind.here() && kind.isIdleInTransaction();
        return new IdleInTransaction(count(idle), count(idle.and(Kind::pins)), longest(idle));
    }

    private Sessions.Session session(int pid, Kind kind) throws SQLException {
        String database = rows.getString("database");
        OffsetDateTime start = rows.getObject("backend_start", OffsetDateTime.class);
        return new Sessions.Session(
                pid,
                start == null ? null : start.toInstant(),
                rows.getString("user"),
                rows.getString("application"),
                database,
                kind.here(),
                kind.client() ? Sessions.Kind.CLIENT : database == null ? Sessions.Kind.STANDBY : Sessions.Kind.WORKER,
                state(kind.state()),
                kind.seconds(),
                seconds("transaction_since"),
                Rows.number(rows, "xid_age"),
                Rows.number(rows, "xmin_age"),
                statement(rows.getString("statement")));
    }

    /** In one line, as far as one can read at a glance. */
    private static @Nullable String statement(@Nullable String text) {
        if (text == null || text.isBlank()) {
            return null;
        }
        String line = text.strip().replaceAll("\\s+", " ");
        return line.length() <= STATEMENT ? line : line.substring(0, STATEMENT).stripTrailing() + " …";
    }

    private static @Nullable State state(@Nullable String state) {
        if (state == null || state.equals("disabled")) {
            return null;
        }
        return switch (state) {
            case "active" -> State.ACTIVE;
            case "idle" -> State.IDLE;
            case "idle in transaction" -> State.IDLE_IN_TRANSACTION;
            case "idle in transaction (aborted)" -> State.ABORTED;
            default -> State.OTHER;
        };
    }

    /** Between that moment and the server's own, in whole microseconds; never negative, though its clock may have been set back. */
    private @Nullable Double seconds(String since) throws SQLException {
        Double moment = Rows.decimal(rows, since);
        return moment == null ? null : Double.valueOf(Math.round(1e6 * Math.max(0, now - moment)) / 1e6);
    }
}

package io.pgwatch.core;

import io.pgwatch.snapshot.Ceiling;
import io.pgwatch.snapshot.Sessions;
import io.pgwatch.snapshot.Sessions.Activity;
import io.pgwatch.snapshot.Sessions.IdleInTransaction;
import io.pgwatch.snapshot.Sessions.Kind;
import io.pgwatch.snapshot.Sessions.Siblings;
import io.pgwatch.snapshot.Sessions.State;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Makes the section {@code sessions} of its rows: the totals stand in each of them, one session beside them or none. */
final class SessionRows {

    /** Characters of a statement that are kept. */
    private static final int STATEMENT = 120;

    private final ResultSet rows;
    private final Instant now;

    private SessionRows(ResultSet rows, Instant now) {
        this.rows = rows;
        this.now = now;
    }

    static Sessions read(ResultSet rows, Session session) throws SQLException {
        Rows.requireOne(rows);
        Instant now = Rows.moment(rows, "now");
        if (now == null) {
            throw new SQLException("the server sent no time", "02000");
        }
        return new SessionRows(rows, now).sessions(session.direct());
    }

    private Sessions sessions(boolean direct) throws SQLException {
        int hidden = rows.getInt("hidden");
        int untracked = rows.getInt("untracked");
        return new Sessions(
                ceilings(),
                rows.getInt("monitors"),
                direct ? siblings() : null,
                hidden,
                untracked,
                rows.getInt("may_wait"),
                rows.getInt("our_hidden") > 0 ? null : activity(),
                hidden + untracked > 0 ? null : idle(),
                worst());
    }

    private List<Ceiling> ceilings() throws SQLException {
        List<Ceiling> ceilings = new ArrayList<>();
        ceilings.add(new Ceiling(
                Ceiling.Kind.SERVER, "max_connections", rows.getInt("server_used"), rows.getInt("server_limit")));
        Long role = Rows.number(rows, "role_limit");
        if (role != null) {
            ceilings.add(new Ceiling(
                    Ceiling.Kind.ROLE, rows.getString("role_name"), rows.getInt("role_used"), role.intValue()));
        }
        Long database = Rows.number(rows, "database_limit");
        if (database != null) {
            ceilings.add(new Ceiling(
                    Ceiling.Kind.DATABASE,
                    rows.getString("database_name"),
                    rows.getInt("database_used"),
                    database.intValue()));
        }
        return ceilings;
    }

    private @Nullable Siblings siblings() throws SQLException {
        int instances = rows.getInt("instances");
        return instances == 0
                ? null
                : new Siblings(
                        instances,
                        rows.getLong("instances_pool_max"),
                        rows.getInt("our_sessions"),
                        rows.getInt("max_connections"));
    }

    private Activity activity() throws SQLException {
        return new Activity(
                rows.getInt("our_active"),
                rows.getInt("our_waiting"),
                rows.getInt("our_idle_in_transaction"),
                rows.getInt("our_idle"),
                rows.getInt("our_active_long"),
                rows.getInt("our_idle_in_transaction_long"),
                rows.getInt("our_idle_long"),
                seconds("our_active_since"),
                seconds("our_waiting_since"),
                seconds("our_idle_since"));
    }

    private IdleInTransaction idle() throws SQLException {
        return new IdleInTransaction(rows.getInt("idle"), rows.getInt("pinning"), seconds("idle_since"));
    }

    private List<Sessions.Session> worst() throws SQLException {
        List<Sessions.Session> worst = new ArrayList<>();
        do {
            if (Rows.number(rows, "pid") != null) {
                worst.add(session());
            }
        } while (rows.next());
        return worst;
    }

    private Sessions.Session session() throws SQLException {
        String database = rows.getString("database");
        return new Sessions.Session(
                rows.getInt("pid"),
                instant(rows, "backend_start"),
                rows.getString("user"),
                rows.getString("application"),
                database,
                rows.getBoolean("here"),
                rows.getBoolean("client") ? Kind.CLIENT : database == null ? Kind.STANDBY : Kind.WORKER,
                state(rows.getString("state")),
                seconds("state_change"),
                seconds("xact_start"),
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

    /** Between that moment and the server's own; never negative, though its clock may have been set back. */
    private @Nullable Double seconds(String since) throws SQLException {
        Instant moment = instant(rows, since);
        return moment == null ? null : Math.max(0, Duration.between(moment, now).toNanos() / 1e9);
    }

    private static @Nullable Instant instant(ResultSet rows, String column) throws SQLException {
        OffsetDateTime moment = rows.getObject(column, OffsetDateTime.class);
        return moment == null ? null : moment.toInstant();
    }
}

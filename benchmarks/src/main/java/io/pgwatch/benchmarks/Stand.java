package io.pgwatch.benchmarks;

import io.pgwatch.testsupport.Database;
import io.pgwatch.testsupport.PgServer;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/**
 * A server with a database that grows, and with idle connections. It is asked in another database, so that asking does not
 * count.
 */
final class Stand implements AutoCloseable {

    /** The application_name of the pool's connections. */
    static final String PEER = "peer";

    private static final int BATCH = 500;

    private final int major;
    private final PgServer server;
    private Connection control;
    private final List<Connection> idle = new ArrayList<>();
    private int tables;

    /** With an autovacuum that does not come in between. */
    Stand(int major, int maxConnections) throws SQLException {
        this.major = major;
        server = PgServer.major(major)
                .with("shared_preload_libraries", "pg_stat_statements")
                .with("pg_stat_statements.track_planning", "on")
                .with("max_connections", Integer.toString(maxConnections))
                .with("log_connections", "on")
                .with("shared_buffers", "512MB")
                .with("max_wal_size", "4GB")
                .with("autovacuum_naptime", "2147483")
                .start();
        server.execute("create extension pg_stat_statements");
        control = server.connect("postgres", "postgres");
    }

    PgServer server() {
        return server;
    }

    /**
     * Until there are this many tables: each with 20 rows and two indexes, none with TOAST, all vacuumed and analyzed; one in
     * ten then lost some rows.
     */
    void growTo(int wanted) {
        Database app = server.database("app");
        for (int from = tables; from < wanted; from += BATCH) {
            int to = Math.min(wanted, from + BATCH);
            app.execute("do $$ begin for i in " + (from + 1) + ".." + to + " loop"
                    + " execute format('create table t%s (id bigint primary key, a int unique, b int)', i);"
                    + " execute format('insert into t%s select n, n, n from generate_series(1, 20) n', i);"
                    + " end loop; end $$");
        }
        app.execute("vacuum (analyze)");
        app.execute("vacuum pg_statistic"); // which that has filled
        app.execute("do $$ begin for i in " + (tables + 1) + ".." + wanted + " loop if i % 10 = 0 then"
                + " execute format('delete from t%s where id <= 5', i); end if; end loop; end $$");
        app.execute("checkpoint");
        tables = wanted;
    }

    /** Until there are this many idle connections of the application. */
    void idle(int wanted) throws SQLException {
        while (idle.size() < wanted) {
            idle.add(server.connect("app", "app"));
        }
        while (idle.size() > wanted) {
            idle.remove(idle.size() - 1).close();
        }
    }

    /** The backends of pgwatch, and of the application's pool. */
    List<Long> backends() throws SQLException {
        List<Long> pids = new ArrayList<>();
        try (Statement statement = control.createStatement();
                ResultSet rows = statement.executeQuery("select pid from pg_stat_activity where datname = 'app'"
                        + " and (application_name like 'pgwatch %' or application_name = '" + PEER + "')")) {
            while (rows.next()) {
                pids.add(rows.getLong(1));
            }
        }
        return pids;
    }

    /** The backend that holds pgwatch's advisory lock, for which it reads tables; 0 for none. */
    long reader() throws SQLException {
        try (Statement statement = control.createStatement();
                ResultSet row = statement.executeQuery(
                        "select coalesce(max(pid), 0) from pg_locks where locktype = 'advisory' and granted")) {
            row.next();
            return row.getLong(1);
        }
    }

    /** Private memory of a backend that has done next to nothing. */
    double megabytesOfNewBackend() throws SQLException {
        try (Connection fresh = server.connect("app", "app");
                Statement statement = fresh.createStatement();
                ResultSet row = statement.executeQuery("select pg_backend_pid()")) {
            row.next();
            return Processes.privateMegabytes(row.getLong(1));
        }
    }

    /** What the server itself counted so far in the database. */
    Counted counted() throws SQLException {
        try (Statement statement = control.createStatement();
                ResultSet row = statement.executeQuery("select"
                        + " (select coalesce(sum(calls), 0) from pg_stat_statements s where s.dbid = d.oid),"
                        + " (select coalesce(sum(shared_blks_hit + shared_blks_read), 0) from pg_stat_statements s"
                        + " where s.dbid = d.oid),"
                        + " pg_stat_get_db_xact_commit(d.oid) + pg_stat_get_db_xact_rollback(d.oid),"
                        + " pg_snapshot_xmax(pg_current_snapshot())::text::bigint"
                        + " from pg_database d where d.datname = 'app'")) {
            row.next();
            return new Counted(row.getLong(1), row.getLong(2), row.getLong(3), row.getLong(4));
        }
    }

    /** Asks on a new connection from now on, since the server was restarted. */
    void reconnect() throws SQLException {
        control.close();
        control = server.connect("postgres", "postgres");
    }

    record Counted(long statements, long buffers, long transactions, long xids) {}

    Connection control() {
        return control;
    }

    /** Where the time went since the statistics were last reset. */
    List<Sections.Share> sections() throws SQLException {
        return Sections.read(control, major);
    }

    @Override
    public void close() throws SQLException {
        idle(0);
        control.close();
        server.close();
    }
}

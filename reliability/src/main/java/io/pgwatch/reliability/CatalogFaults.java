package io.pgwatch.reliability;

import static io.pgwatch.reliability.Faults.BLIND;
import static io.pgwatch.reliability.Recovery.AFTER_A_MINUTE;
import static io.pgwatch.reliability.Recovery.AFTER_MINUTES;
import static io.pgwatch.reliability.Recovery.SOON;

import java.sql.Connection;
import java.sql.Statement;
import java.util.List;

/** Locks on what a sweep reads, and databases that come and go. */
final class CatalogFaults {

    private CatalogFaults() {}

    static List<Fault> all() {
        return List.of(
                locked("app", "a table of the application", "t", Told.NOTHING),
                locked(
                        "postgres",
                        "`pg_class`",
                        "pg_class",
                        "idle-in-transaction UNKNOWN (NOT_PERMITTED); vacuum UNKNOWN (TIMED_OUT)"),
                locked(
                        "postgres",
                        "`pg_database`, so that nobody can log in",
                        "pg_database",
                        Told.EVERY_PROBE_BUT_BLOAT + " UNKNOWN (TIMED_OUT)"),
                locked(
                        "postgres",
                        "`pg_authid`, so that nobody can log in",
                        "pg_authid",
                        "idle-in-transaction UNKNOWN (NOT_PERMITTED)"),
                Fault.of("other databases are made and dropped all the time", Told.NOTHING, SOON, rig -> {
                    for (int i = 0; i < 10; i++) {
                        rig.server().freshDatabase().close();
                    }
                    return () -> {};
                }),
                Fault.of("the database is dropped, and made anew", BLIND, AFTER_A_MINUTE, rig -> {
                            rig.server().execute("drop database doomed with (force)");
                            return () -> rig.server().execute("create database doomed owner app");
                        })
                        .on(server -> {
                            server.execute("create database doomed owner app");
                            return new Fault.Prepared(
                                    Rig.Options.USUAL.in("doomed"),
                                    () -> server.execute("drop database doomed with (force)"));
                        }));
    }

    private static Fault locked(String role, String what, String table, String told) {
        return Fault.of("somebody holds ACCESS EXCLUSIVE on " + what, told, AFTER_MINUTES, rig -> {
                    Connection holder = rig.server().connect(role, "app");
                    holder.setAutoCommit(false);
                    try (Statement lock = holder.createStatement()) {
                        lock.execute("lock table " + table + " in access exclusive mode");
                    }
                    return holder;
                })
                .on(server -> new Fault.Prepared(Rig.Options.USUAL, Faults.tableThatWaitsForVacuum(server)));
    }
}

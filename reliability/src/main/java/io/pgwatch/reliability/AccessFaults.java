package io.pgwatch.reliability;

import static io.pgwatch.reliability.Faults.BLIND;
import static io.pgwatch.reliability.Recovery.AFTER_A_MINUTE;
import static io.pgwatch.reliability.Recovery.AFTER_MINUTES;
import static io.pgwatch.reliability.Recovery.AFTER_SECONDS;
import static org.awaitility.Awaitility.await;

import io.pgwatch.testsupport.PgServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** The server does not let the role in, or not see. */
final class AccessFaults {

    private static final Rig.Options GUEST = Rig.Options.USUAL.as("guest");

    /** And waits until they have ended. */
    private static final String END_SESSIONS =
            "select pg_terminate_backend(pid, 5000) from pg_stat_activity where usename = 'guest' or usesysid not in (select oid from pg_roles)";

    private AccessFaults() {}

    static List<Fault> all() {
        return List.of(
                Fault.of(
                                "every connection of the server is taken",
                                "pool-saturation CRITICAL; every other probe UNKNOWN (FAILED)",
                                AFTER_SECONDS,
                                rig -> {
                                    Crowd crowd = new Crowd(rig.server());
                                    await().until(crowd::hasTheirsToo);
                                    return crowd;
                                })
                        .inEachBuild(),
                Fault.of("the role is dropped", BLIND, AFTER_A_MINUTE, rig -> {
                            rig.server().execute("drop role guest", END_SESSIONS);
                            return () -> rig.server().execute("create role guest login password 'secret'");
                        })
                        .on(AccessFaults::guest),
                Fault.of("the password is changed, the application's is not", BLIND, AFTER_A_MINUTE, rig -> {
                            rig.server().execute("alter role guest password 'another'", END_SESSIONS);
                            return () -> rig.server().execute("alter role guest password 'secret'");
                        })
                        .on(AccessFaults::guest),
                Fault.of(
                                "CONNECT on the database is revoked, and given back",
                                "every probe UNKNOWN (NOT_PERMITTED)",
                                AFTER_A_MINUTE,
                                rig -> {
                                    rig.server().execute("revoke connect on database app from public", END_SESSIONS);
                                    return () -> rig.server().execute("grant connect on database app to public");
                                })
                        .on(AccessFaults::guest),
                Fault.of(
                                "a function that it needs is revoked, and given back",
                                "pool-saturation, idle-in-transaction, horizon, vacuum UNKNOWN (NOT_PERMITTED)",
                                AFTER_MINUTES,
                                rig -> {
                                    String function = "function pg_stat_get_activity(int)";
                                    rig.server()
                                            .database("app")
                                            .execute("revoke execute on " + function + " from public");
                                    return () -> rig.server()
                                            .database("app")
                                            .execute("grant execute on " + function + " to public");
                                })
                        .on(server -> {
                            AutoCloseable table = Faults.tableThatWaitsForVacuum(server);
                            Fault.Prepared guest = guest(server);
                            return new Fault.Prepared(guest.options(), () -> {
                                guest.end().close();
                                table.close();
                            });
                        }));
    }

    /** A role with a password that is asked for. */
    private static Fault.Prepared guest(PgServer server) throws IOException {
        server.execute("create role guest login password 'secret'");
        Path rules = server.dataDirectory().resolve("pg_hba.conf");
        String before = Files.readString(rules);
        Files.writeString(rules, "host all guest all scram-sha-256\n" + before);
        server.execute("select pg_reload_conf()");
        return new Fault.Prepared(GUEST, () -> {
            Files.writeString(rules, before);
            server.execute("drop role guest", "select pg_reload_conf()");
        });
    }

    /** Takes each connection that an ordinary role can get, as soon as it is free. */
    private static final class Crowd implements AutoCloseable {

        private final PgServer server;
        private final List<Connection> taken = new ArrayList<>();
        private final Thread thread = new Thread(this::take, "crowd");
        private final AtomicInteger refusals = new AtomicInteger();
        private volatile boolean closed;

        Crowd(PgServer server) {
            this.server = server;
            thread.start();
        }

        private void take() {
            while (!closed) {
                try {
                    taken.add(server.connect("app", "postgres"));
                } catch (SQLException full) {
                    refusals.incrementAndGet();
                    pause();
                }
            }
        }

        /** The watches give up their sessions while hardly any is left, and get none any more. */
        boolean hasTheirsToo() {
            if (Holdings.sessions(server) > 0) {
                return false;
            }
            int before = refusals.get();
            await().pollInterval(Duration.ofMillis(5)).until(() -> refusals.get() > before + 1);
            return Holdings.sessions(server) == 0;
        }

        private static void pause() {
            try {
                Thread.sleep(5);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        public void close() throws InterruptedException, SQLException {
            closed = true;
            thread.join();
            for (Connection one : taken) {
                one.close();
            }
        }
    }
}

package io.pgwatch.reliability;

import static io.pgwatch.reliability.Faults.BLIND;
import static io.pgwatch.reliability.Faults.NO_ANSWER;
import static io.pgwatch.reliability.Recovery.AFTER_POOL;
import static io.pgwatch.reliability.Recovery.AFTER_SECONDS;
import static io.pgwatch.reliability.Recovery.AFTER_UNANSWERED_LOGIN;
import static io.pgwatch.reliability.Recovery.SOON;
import static org.awaitility.Awaitility.await;

import io.pgwatch.testsupport.Majors;
import io.pgwatch.testsupport.PgServer;
import io.pgwatch.testsupport.Standby;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;

/** The server goes away, does not move, or becomes another one. */
final class ServerFaults {

    private static final String OWN_SESSIONS = "pg_stat_activity where application_name like 'pgwatch %'";
    private static final String BYPASS = "com.zaxxer.hikari.aliveBypassWindowMs";

    private ServerFaults() {}

    static List<Fault> all() {
        return List.of(
                Fault.of("the server is stopped", BLIND, AFTER_SECONDS, rig -> {
                            rig.server().stop();
                            return rig.server()::start;
                        })
                        .inEachBuild(),
                Fault.of(
                        "the server is stopped, and the application's log throws OutOfMemoryError",
                        BLIND,
                        AFTER_SECONDS,
                        rig -> {
                            AutoCloseable log = BrokenLog.install();
                            rig.server().stop();
                            return () -> {
                                rig.server().start();
                                log.close();
                            };
                        }),
                Fault.of(
                                "the server is stopped while the sample does its work",
                                "pool-saturation WARNING; every other probe UNKNOWN (FAILED)",
                                AFTER_POOL,
                                rig -> {
                                    rig.server().stop();
                                    Thread.sleep(3000); // until threads were seen to wait for the pool for a while
                                    return rig.server()::start;
                                })
                        .on(Rig.Options.USUAL.busy()),
                Fault.of("the server crashes", BLIND, AFTER_SECONDS, rig -> {
                    rig.server().crash();
                    return rig.server()::start;
                }),
                Fault.of("the server is restarted", Told.NOTHING, AFTER_SECONDS, rig -> {
                    rig.server().stop();
                    rig.server().start();
                    return () -> {};
                }),
                Fault.of("the held session is ended (`pg_terminate_backend`)", Told.NOTHING, SOON, rig -> {
                            rig.server().execute("select pg_terminate_backend(pid) from " + OWN_SESSIONS);
                            return () -> {};
                        })
                        .inEachBuild(),
                Fault.of(
                                "the server is frozen (SIGSTOP of all its processes)",
                                NO_ANSWER,
                                AFTER_UNANSWERED_LOGIN,
                                rig -> {
                                    rig.server().freeze();
                                    return rig.server()::thaw;
                                })
                        .inEachBuild(),
                Fault.of("the backend of the watch is frozen (SIGSTOP)", NO_ANSWER, SOON, ServerFaults::freezeBackends)
                        .toldOnce(),
                frozenPool("within", "3600000"),
                frozenPool("outside", "0"),
                Fault.of(
                        "the postmaster alone is frozen (SIGSTOP), so that nobody can log in, but sessions go on",
                        Told.NOTHING,
                        SOON,
                        rig -> {
                            String pid = postmaster(rig.server());
                            signal("STOP", pid);
                            return () -> signal("CONT", pid);
                        }),
                Fault.of(
                        "the primary is demoted (stopped, and started as a standby)",
                        Told.NOTHING,
                        AFTER_SECONDS,
                        rig -> {
                            rig.server().stop();
                            Files.createFile(rig.server().dataDirectory().resolve("standby.signal"));
                            rig.server().start();
                            await().atMost(Duration.ofSeconds(30)).until(() -> standsBy(rig));
                            return () -> rig.server().execute("select pg_promote()");
                        }),
                Fault.of("the address leads to a standby: a failover", Told.NOTHING, SOON, rig -> {
                    Standby standby = standby(rig);
                    return () -> {
                        rig.leadTo(rig.server());
                        standby.close();
                    };
                }),
                Fault.of("that standby is promoted", Told.NOTHING, SOON, rig -> {
                    Standby standby = standby(rig);
                    standby.promote();
                    await().until(() -> !standsBy(rig));
                    return () -> {
                        rig.leadTo(rig.server());
                        standby.close();
                    };
                }),
                Fault.of("another major answers at the address", Told.NOTHING, SOON, rig -> {
                    int major = rig.server().major() == 14 ? 17 : 14;
                    PgServer other = Majors.ofThisRun().contains(major) || Majors.SUPPORTED.contains(major)
                            ? PgServer.major(major).start()
                            : rig.server();
                    rig.leadTo(other);
                    await().until(() -> rig.watches().stream()
                            .allMatch(watch ->
                                    watch.latest().orElseThrow().server().major() == major));
                    return () -> {
                        rig.leadTo(rig.server());
                        other.close();
                    };
                }));
    }

    /** A pool that has used a connection just now gives it away unseen; later it asks the server first. */
    private static Fault frozenPool(String where, String bypassMillis) {
        return Fault.of(
                        "the server is frozen, connections are borrowed, " + where + " HikariCP's window of trust",
                        NO_ANSWER,
                        AFTER_UNANSWERED_LOGIN,
                        rig -> {
                            rig.server().freeze();
                            return rig.server()::thaw;
                        })
                .on(server -> {
                    System.setProperty(BYPASS, bypassMillis);
                    return new Fault.Prepared(Rig.Options.USUAL.pooled(), () -> System.clearProperty(BYPASS));
                });
    }

    private static Standby standby(Rig rig) {
        Standby standby = Standby.of(rig.server());
        rig.leadTo(standby.server());
        await().atMost(Duration.ofSeconds(30)).until(() -> standsBy(rig));
        return standby;
    }

    private static boolean standsBy(Rig rig) {
        return rig.watches().stream()
                .allMatch(watch -> watch.latest().orElseThrow().server().standby());
    }

    /** The first line of its file. */
    private static String postmaster(PgServer server) throws IOException {
        return Files.readAllLines(server.dataDirectory().resolve("postmaster.pid"))
                .get(0);
    }

    private static AutoCloseable freezeBackends(Rig rig) throws IOException, InterruptedException {
        String pids = rig.server().ask("select string_agg(pid::text, ' ') from " + OWN_SESSIONS);
        signal("STOP", pids);
        return () -> signal("CONT", pids);
    }

    private static void signal(String signal, String pids) throws IOException, InterruptedException {
        new ProcessBuilder(("kill -s " + signal + " " + pids).split(" "))
                .start()
                .waitFor();
    }
}

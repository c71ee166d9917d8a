package io.pgwatch.reliability;

import static io.pgwatch.reliability.Faults.BLIND;
import static io.pgwatch.reliability.Faults.NO_ANSWER;
import static io.pgwatch.reliability.Recovery.AFTER_SECONDS;
import static io.pgwatch.reliability.Recovery.AFTER_UNANSWERED_LOGIN;
import static io.pgwatch.reliability.Recovery.SOON;

import io.pgwatch.testsupport.PgBouncer;
import io.pgwatch.testsupport.PgBouncer.PoolMode;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;

/** What is between the application and its server. */
final class NetworkFaults {

    private NetworkFaults() {}

    static List<Fault> all() {
        return List.of(
                Fault.of("the network swallows every packet", NO_ANSWER, AFTER_UNANSWERED_LOGIN, rig -> {
                            rig.network().stall();
                            return rig.network()::pass;
                        })
                        .inEachBuild(),
                Fault.of(
                        "the network swallows every packet, and the server ends the session meanwhile (half-open)",
                        NO_ANSWER,
                        AFTER_UNANSWERED_LOGIN,
                        rig -> {
                            rig.network().stall();
                            rig.server()
                                    .execute("select pg_terminate_backend(pid) from pg_stat_activity"
                                            + " where application_name like 'pgwatch %'");
                            return rig.network()::pass;
                        }),
                Fault.of("the network resets every connection", BLIND, AFTER_SECONDS, rig -> {
                            rig.network().reset();
                            return rig.network()::pass;
                        })
                        .inEachBuild(),
                Fault.of("nobody listens at the address", BLIND, AFTER_SECONDS, rig -> {
                    rig.network().refuse();
                    return rig.network()::pass;
                }),
                Fault.of("answers are cut in their middle, at another byte each time", Told.NOTHING, SOON, rig -> {
                    for (int bytes = 1; bytes < 6000; bytes += 397) {
                        rig.network().cutAfter(bytes);
                        Thread.sleep(Rig.INTERVAL.toMillis() / 4); // what is tried is any moment
                    }
                    return () -> {};
                }),
                Fault.of("each packet takes 100 ms", Told.NOTHING, SOON, rig -> {
                    rig.network().delay(Duration.ofMillis(50));
                    return () -> rig.network().delay(Duration.ZERO);
                }),
                bouncerRestarted());
    }

    private static Fault bouncerRestarted() {
        AtomicReference<PgBouncer> bouncer = new AtomicReference<>();
        return Fault.of(
                        "PgBouncer in front (transaction pooling) is gone, and comes back",
                        BLIND,
                        AFTER_SECONDS,
                        rig -> {
                            int port = bouncer.get().port();
                            bouncer.get().close();
                            return () -> bouncer.set(PgBouncer.inFrontOf(
                                    rig.server(), PoolMode.TRANSACTION, Map.of("listen_port", Integer.toString(port))));
                        })
                .on(server -> {
                    bouncer.set(PgBouncer.inFrontOf(server, PoolMode.TRANSACTION));
                    return new Fault.Prepared(
                            Rig.Options.USUAL.behind(bouncer.get().port()),
                            () -> bouncer.get().close());
                });
    }
}

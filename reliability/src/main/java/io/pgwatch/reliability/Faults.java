package io.pgwatch.reliability;

import static io.pgwatch.reliability.Fault.Recovery.A_MINUTE;
import static io.pgwatch.reliability.Fault.Recovery.AS_LONG_AGAIN;
import static io.pgwatch.reliability.Fault.Recovery.SOON;
import static io.pgwatch.reliability.Fault.quick;

import java.sql.Connection;
import java.util.ArrayList;
import java.util.List;

/** All that is made to break, in the order of the page. */
final class Faults {

    static final String BLIND = "every probe UNKNOWN (FAILED)";
    static final String NO_ANSWER = "every probe UNKNOWN (TIMED_OUT)";

    private Faults() {}

    static List<Fault> all() {
        List<Fault> all = new ArrayList<>();
        all.add(quick(
                "the application's pool is exhausted",
                "pool-saturation WARNING",
                SOON,
                Faults::exhaustPool));
        all.add(quick("the server is stopped", BLIND, AS_LONG_AGAIN, rig -> {
            rig.server().stop();
            return rig.server()::start;
        }));
        all.add(quick("the server is frozen", NO_ANSWER, A_MINUTE, rig -> {
            rig.server().freeze();
            return rig.server()::thaw;
        }));
        all.add(quick("the network swallows every packet", NO_ANSWER, A_MINUTE, rig -> {
            rig.network().stall();
            return rig.network()::pass;
        }));
        all.add(quick("the network resets every connection", BLIND, AS_LONG_AGAIN, rig -> {
            rig.network().reset();
            return rig.network()::pass;
        }));
        return all;
    }

    /** All connections are borrowed, and three threads wait for one. */
    private static AutoCloseable exhaustPool(Rig rig) throws Exception {
        List<Connection> borrowed = new ArrayList<>();
        for (int i = 0; i < Application.POOL_SIZE; i++) {
            borrowed.add(rig.application().pool().getConnection());
        }
        Waiters waiters = new Waiters(rig.application().pool(), 3);
        return () -> {
            waiters.close();
            for (Connection one : borrowed) {
                one.close();
            }
        };
    }
}

package io.pgwatch.reliability;

import static io.pgwatch.reliability.Recovery.SOON;

import java.sql.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The application does not do its part, or its machine does not. */
final class ApplicationFaults {

    private static final String WAITED_FOR = "pool-saturation WARNING";

    private ApplicationFaults() {}

    static List<Fault> all() {
        List<Fault> all = new ArrayList<>(List.of(
                Fault.of("the application's pool is exhausted", WAITED_FOR, SOON, ApplicationFaults::exhaustPool)
                        .inEachBuild(),
                Fault.of("the clock is set ahead by three hours", Told.NOTHING, SOON, rig -> {
                    rig.clock().advance(Duration.ofHours(3));
                    return () -> {};
                }),
                Fault.of("the clock is set back by three hours", Told.NOTHING, SOON, rig -> {
                    rig.clock().advance(Duration.ofHours(-3));
                    return () -> {};
                }),
                Fault.of("the clock is set ahead by three hours while the pool is exhausted", WAITED_FOR, SOON, rig -> {
                            AutoCloseable end = exhaustPool(rig);
                            Thread.sleep(1500); // until somebody has waited for a while
                            rig.clock().advance(Duration.ofHours(3));
                            return end;
                        })
                        .inEachBuild(),
                Fault.of("every thread of pgwatch is interrupted", Told.NOTHING, SOON, rig -> {
                            for (int i = 0; i < 10; i++) {
                                Thread.getAllStackTraces().keySet().stream()
                                        .filter(thread -> thread.getName().startsWith("pgwatch"))
                                        .forEach(Thread::interrupt);
                                Thread.sleep(Rig.INTERVAL.toMillis() / 5); // what is tried is any moment
                            }
                            return () -> {};
                        })
                        .inEachBuild()));
        all.addAll(UserCode.faults());
        return all;
    }

    /** All connections are borrowed, and three threads wait for one. */
    private static AutoCloseable exhaustPool(Rig rig) throws Exception {
        List<Connection> borrowed = new ArrayList<>();
        for (int i = 0; i < rig.application().poolSize(); i++) {
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

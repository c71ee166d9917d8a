package io.pgwatch.reliability;

import static io.pgwatch.reliability.Recovery.SOON;
import static org.awaitility.Awaitility.await;

import io.pgwatch.ReportListener;
import io.pgwatch.probe.Level;
import io.pgwatch.probe.Measure;
import io.pgwatch.probe.Probe;
import io.pgwatch.probe.ProbeId;
import io.pgwatch.probe.Verdict;
import io.pgwatch.snapshot.ClientPools.ClientPool;
import io.pgwatch.snapshot.Section;
import io.pgwatch.snapshot.Snapshot;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.function.Supplier;
import javax.sql.DataSource;
import org.springframework.jdbc.datasource.AbstractDataSource;

/** Code of the application that runs on threads of pgwatch: a probe, a listener, a pool that pgwatch does not know. */
final class UserCode {

    private static final String BROKEN_PROBE = "broken UNKNOWN (FAILED)";
    private static final String BROKEN_POOL = "pool-saturation UNKNOWN (FAILED)";

    /** What it does when it is called; nothing, at first. */
    private volatile Runnable conduct = () -> {};

    /** What it does when its probe is measured. */
    private volatile Runnable measuring = () -> {};

    private final CountDownLatch called = new CountDownLatch(1);
    private final CountDownLatch over = new CountDownLatch(1);

    private UserCode() {}

    static List<Fault> faults() {
        return List.of(
                probe("throws an exception", BROKEN_PROBE, UserCode::throwException),
                probe("throws OutOfMemoryError", BROKEN_PROBE, UserCode::throwError),
                probe("does not return", Told.STALE, UserCode::hang),
                measure("throws OutOfMemoryError", Told.NOTHING, UserCode::throwError),
                listener("throws an exception", Told.NOTHING, UserCode::throwException),
                listener("throws OutOfMemoryError", Told.NOTHING, UserCode::throwError),
                listener("interrupts its thread", Told.NOTHING, UserCode::interrupt),
                listener("does not return", Told.STALE, UserCode::hang).inEachBuild(),
                pool("throws an exception", BROKEN_POOL, UserCode::throwException),
                pool("throws OutOfMemoryError", BROKEN_POOL, UserCode::throwError),
                pool("does not return to a sweep", Told.STALE, UserCode::hangInSweep),
                pool("does not return between sweeps", "pool-saturation UNKNOWN (TIMED_OUT)", UserCode::hangInTimer));
    }

    private interface Conduct {
        void of(UserCode code);
    }

    private static Fault probe(String does, String told, Conduct conduct) {
        UserCode code = new UserCode();
        List<Probe<?>> probes = new ArrayList<>(Rig.probes());
        probes.add(code.new BrokenProbe());
        return code.fault(
                "a probe of the application " + does,
                told,
                conduct,
                Rig.Options.USUAL.with(builder -> builder.probes(probes)));
    }

    private static Fault measure(String does, String told, Conduct conduct) {
        UserCode code = new UserCode();
        List<Probe<?>> probes = new ArrayList<>(Rig.probes());
        probes.add(0, code.new BrokenProbe());
        return Fault.of("a measure of the application " + does, told, SOON, rig -> {
                    code.measuring = () -> conduct.of(code);
                    await().until(() -> code.called.getCount() == 0);
                    return () -> code.measuring = () -> {};
                })
                .on(Rig.Options.USUAL.with(builder -> builder.probes(probes)))
                .inPlainJavaOnly();
    }

    private static Fault listener(String does, String told, Conduct conduct) {
        UserCode code = new UserCode();
        ReportListener listener = report -> code.conduct.run();
        Fault fault = code.fault("a listener of the application " + does, told, conduct, Rig.Options.USUAL);
        return new Fault(
                fault.happening(),
                fault.quick(),
                fault.rig(),
                rig -> {
                    rig.library().listen(listener);
                    return fault.begin().in(rig);
                },
                fault.told(),
                true,
                false,
                SOON);
    }

    private static Fault pool(String does, String told, Conduct conduct) {
        UserCode code = new UserCode();
        Supplier<Optional<ClientPool>> looking = () -> {
            code.conduct.run();
            return Optional.of(new ClientPool("own", "own", 0, 1, 5, 1, 0, null, 0));
        };
        return code.fault(
                "a pool that the application tells of itself " + does,
                told,
                conduct,
                Rig.Options.USUAL.around(Opaque::new).with(builder -> builder.pool(looking)));
    }

    private Fault fault(String happening, String told, Conduct how, Rig.Options options) {
        return Fault.of(happening, told, SOON, rig -> {
                    conduct = () -> how.of(this);
                    await().until(() -> called.getCount() == 0);
                    return () -> {
                        conduct = () -> {};
                        over.countDown();
                    };
                })
                .on(options)
                .inPlainJavaOnly();
    }

    private void throwException() {
        called.countDown();
        throw new IllegalStateException("thrown by the application");
    }

    private void throwError() {
        called.countDown();
        throw new OutOfMemoryError("thrown by the application");
    }

    private void interrupt() {
        called.countDown();
        Thread.currentThread().interrupt();
    }

    private void hangInSweep() {
        if (Thread.currentThread().getName().equals("pgwatch-library")) {
            hang();
        }
    }

    private void hangInTimer() {
        if (Thread.currentThread().getName().equals("pgwatch-timer")) {
            hang();
        }
    }

    private void hang() {
        called.countDown();
        boolean interrupted = false;
        while (over.getCount() > 0) {
            try {
                over.await();
            } catch (InterruptedException stubborn) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Hides the pool that it is. */
    private static final class Opaque extends AbstractDataSource {

        private final DataSource pool;

        Opaque(DataSource pool) {
            this.pool = pool;
        }

        @Override
        public Connection getConnection() throws SQLException {
            return pool.getConnection();
        }

        @Override
        public Connection getConnection(String user, String password) throws SQLException {
            return pool.getConnection(user, password);
        }
    }

    /** Its evidence. */
    public record Evidence(int answer) {}

    private final class BrokenProbe implements Probe<Evidence> {

        @Override
        public ProbeId<Evidence> id() {
            return new ProbeId<>("broken", Evidence.class);
        }

        @Override
        public String question() {
            return "Does it work?";
        }

        @Override
        public Set<Section<?>> needs() {
            return Set.of();
        }

        @Override
        public List<Measure<Evidence>> measures() {
            return List.of(Measure.of("broken.answer", "answers", "What it found", evidence -> {
                measuring.run();
                return evidence.answer();
            }));
        }

        @Override
        public Verdict<Evidence> judge(Snapshot snapshot) {
            conduct.run();
            return new Verdict.Judged<>(Level.OK, "it works", new Evidence(42), List.of());
        }
    }
}

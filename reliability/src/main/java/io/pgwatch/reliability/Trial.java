package io.pgwatch.reliability;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.pgwatch.PgWatch;
import io.pgwatch.Report;
import io.pgwatch.testsupport.Database.SqlFailure;
import io.pgwatch.testsupport.PgServer;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;

/** Lets a fault happen to a rig, and holds pgwatch to what it promises. */
final class Trial {

    private static final Duration PATIENCE = Duration.ofSeconds(15);

    /** How much later than it should a busy machine may be. */
    private static final Duration SLACK = Duration.ofSeconds(3);

    private static final double TWO_INTERVALS =
            Rig.INTERVAL.multipliedBy(2).plus(SLACK).toMillis() / 1e3;

    /** What pgwatch may cost whoever asks it, in the middle of a fault. */
    private static final double MOST_MILLIS = 5;

    private final Fault fault;
    private final PgServer server;
    private final boolean patient;

    /**
     * @param patient whether there is time to wait until an application has recovered by itself after a minute
     */
    Trial(Fault fault, PgServer server, boolean patient) {
        this.fault = fault;
        this.server = server;
        this.patient = patient;
    }

    Outcome run() throws Exception {
        Fault.Prepared prepared = fault.rig().on(server);
        try {
            return run(prepared.options());
        } finally {
            prepared.end().close();
        }
    }

    private Outcome run(Rig.Options options) throws Exception {
        Rig rig = new Rig(server, options);
        try (Connection before = server.connect("postgres", "postgres")) {
            awaitTold(rig, watch -> Told.NOTHING, PATIENCE);
            Holdings.sessions(before); // which leaves in its caches what it would read of locked catalogs
            Witness witness = new Witness(rig, fault);
            long began = System.nanoTime();
            AutoCloseable mend = fault.begin().in(rig);
            double toldAfter;
            Cost cost;
            int threads;
            int connections;
            try {
                awaitTold(rig, fault::told, PATIENCE);
                awaitFreshReports(rig);
                toldAfter = secondsSince(began);
                witness.begin();
                cost = Cost.of(rig, 200);
                threads = Holdings.extraThreads(rig.watches());
                connections = sessions(before);
                for (int i = 0; i < 2; i++) {
                    Numbers.assertHonest(rig.watches().get(i), rig.registries().get(i));
                }
            } finally {
                witness.end();
                mend.close();
            }
            long mended = System.nanoTime();
            double lasted = (mended - began) / 1e9;
            witness.assertNothingWrong(lasted);
            recover(rig);
            double recoveredAfter = secondsSince(mended);
            assertCheap(cost);
            assertThat(threads).as("threads of one watch beside its own").isLessThanOrEqualTo(1);
            assertThat(connections).as("connections of one watch").isLessThanOrEqualTo(fault.momentary() ? 2 : 1);
            assertThat(recoveredAfter)
                    .as("seconds until recovery")
                    .isLessThan(TWO_INTERVALS + fault.recovery().secondsMore(lasted));
            long closing = System.nanoTime();
            rig.close();
            double closedAfter = secondsSince(closing);
            assertNothingLeft(rig, options.port() == 0);
            return new Outcome(fault, toldAfter, cost, threads, connections, recoveredAfter, closedAfter);
        } finally {
            rig.close();
        }
    }

    private void awaitTold(Rig rig, IntFunction<String> expected, Duration patience) {
        await().alias(fault.happening())
                .pollInterval(Duration.ofMillis(10))
                .atMost(patience)
                .untilAsserted(() -> {
                    for (int i = 0; i < 2; i++) {
                        assertThat(rig.watches().get(i).latest().map(Told::by)).contains(expected.apply(i));
                    }
                });
    }

    /** Where nothing is told, the report is of before unless a newer one has come. */
    private void awaitFreshReports(Rig rig) {
        if (fault.told().equals(Told.NOTHING)) {
            awaitNewer(rig, newest(rig), PATIENCE);
            awaitTold(rig, fault::told, PATIENCE);
        }
    }

    /** A minute is too long for each build. */
    private void recover(Rig rig) {
        if (fault.recovery() != Recovery.AFTER_UNANSWERED_LOGIN || patient) {
            awaitNewer(rig, newest(rig), Duration.ofSeconds(90));
            awaitTold(rig, watch -> Told.NOTHING, Duration.ofSeconds(90));
        }
    }

    private static List<Optional<Report>> newest(Rig rig) {
        return rig.watches().stream().map(PgWatch::latest).toList();
    }

    private static void awaitNewer(Rig rig, List<Optional<Report>> old, Duration patience) {
        await().pollInterval(Duration.ofMillis(10)).atMost(patience).untilAsserted(() -> {
            for (int i = 0; i < 2; i++) {
                Report newest = rig.watches().get(i).latest().orElseThrow();
                assertThat(newest.sampledAt())
                        .isNotEqualTo(old.get(i).orElseThrow().sampledAt());
            }
        });
    }

    /** Asked in a session from before, if the fault has left it: perhaps nobody can log in. */
    private int sessions(Connection before) throws SQLException {
        if (!server.answers()) {
            return 0;
        }
        if (before.isValid(1)) {
            return Holdings.sessions(before);
        }
        try {
            return Holdings.sessions(server);
        } catch (SqlFailure nobodyGetsIn) {
            return 0;
        }
    }

    private static void assertCheap(Cost cost) {
        assertThat(Cost.median(cost.health())).as("ms for health").isLessThan(MOST_MILLIS);
        assertThat(Cost.median(cost.scrape())).as("ms for a scrape").isLessThan(MOST_MILLIS);
        assertThat(cost.waits()).as("waits of the thread that asks").isZero();
    }

    /**
     * @param direct whether sessions are those of pgwatch, and not of a pooler that keeps them
     */
    private void assertNothingLeft(Rig rig, boolean direct) {
        await().pollInterval(Duration.ofMillis(20))
                .atMost(Duration.ofSeconds(5))
                .untilAsserted(() -> {
                    assertThat(Holdings.threads()).as("threads left").isEmpty();
                    assertThat(Holdings.beans()).as("MBeans left").isEmpty();
                    if (direct) {
                        assertThat(Holdings.sessions(server))
                                .as("sessions left")
                                .isZero();
                    }
                    assertThat(rig.metersOfWatches()).as("meters left").isEmpty();
                });
    }

    private static double secondsSince(long started) {
        return (System.nanoTime() - started) / 1e9;
    }

    /** Hears every report of both watches, and keeps what should not have been said. */
    private static final class Witness {

        private final Rig rig;
        private final Fault fault;
        private final double[] failuresBefore;
        private final List<String> wrong = new ArrayList<>();
        private final List<PgWatch.Listening> listening = new ArrayList<>();

        Witness(Rig rig, Fault fault) {
            this.rig = rig;
            this.fault = fault;
            this.failuresBefore = failures();
        }

        private double[] failures() {
            double[] failures = new double[2];
            for (int i = 0; i < 2; i++) {
                failures[i] =
                        Numbers.failures(rig.watches().get(i), rig.registries().get(i));
            }
            return failures;
        }

        /** From now on nothing but what is expected may be told. */
        void begin() {
            for (int i = 0; i < 2 && !fault.momentary(); i++) {
                String expected = fault.told(i);
                listening.add(rig.watches().get(i).listen(report -> hear(report, expected)));
            }
        }

        private synchronized void hear(Report report, String expected) {
            String told = Told.by(report);
            if (!Told.fits(told, expected)) {
                wrong.add(report.watch() + " told " + told + "\n" + report.text());
            }
        }

        void end() {
            listening.forEach(PgWatch.Listening::close);
        }

        /** A counter may rise by one a sweep, of which there are hardly more than intervals. */
        synchronized void assertNothingWrong(double seconds) {
            assertThat(wrong).as("told while it lasted, not " + fault.told()).isEmpty();
            double[] after = failures();
            double most = seconds / (Rig.INTERVAL.toMillis() / 1e3) * 1.2 + 3;
            for (int i = 0; i < 2; i++) {
                assertThat(after[i] - failuresBefore[i])
                        .as("failures counted in " + seconds + " s")
                        .isBetween(0.0, most);
            }
        }
    }
}

package io.pgwatch.reliability;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.pgwatch.PgWatch;
import io.pgwatch.Report;
import io.pgwatch.testsupport.Database.SqlFailure;
import io.pgwatch.testsupport.PgServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Lets a fault happen to a rig, and holds pgwatch to what it promises. */
final class Trial {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    /** How much later than it should a busy machine may be. */
    private static final Duration SLACK = Duration.ofSeconds(3);

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
        try {
            awaitTold(rig, Told.NOTHING);
            Witness witness = new Witness(rig, fault.told());
            long began = System.nanoTime();
            AutoCloseable mend = fault.begin().in(rig);
            double toldAfter;
            Cost cost;
            int threads;
            int connections;
            try {
                awaitTold(rig, fault.told());
                toldAfter = secondsSince(began);
                witness.begin();
                cost = Cost.of(rig, 200);
                threads = Holdings.extraThreads().size();
                connections = sessions();
                for (int i = 0; i < 2; i++) {
                    Numbers.assertHonest(
                            rig.watches().get(i), rig.registries().get(i));
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
            assertThat(threads).as("threads beside the usual ones").isLessThanOrEqualTo(2); // of two watches
            assertThat(connections).as("connections of one watch").isLessThanOrEqualTo(1);
            assertThat(toldAfter).as("seconds until it was told").isLessThan(longestUntilTold());
            assertThat(recoveredAfter).as("seconds until recovery").isLessThan(longestUntilRecovery(lasted));
            long closing = System.nanoTime();
            rig.close();
            double closedAfter = secondsSince(closing);
            assertNothingLeft(rig);
            return new Outcome(fault, toldAfter, cost, threads, connections, recoveredAfter, closedAfter);
        } finally {
            rig.close();
        }
    }

    private void awaitTold(Rig rig, String expected) {
        await().alias(fault + ": " + expected)
                .pollInterval(Duration.ofMillis(10))
                .atMost(PATIENCE)
                .untilAsserted(() -> assertThat(rig.watches())
                        .extracting(watch -> watch.latest().map(Told::by).orElse("not yet"))
                        .containsOnly(expected));
    }

    /** The application needs real time; the clock of the other watch is set, which spares a minute. */
    private void recover(Rig rig) {
        if (fault.recovery() == Fault.Recovery.A_MINUTE && !patient) {
            rig.clock().setAhead(Duration.ofSeconds(61));
            await().pollInterval(Duration.ofMillis(10))
                    .atMost(PATIENCE)
                    .until(() -> Told.by(rig.library().latest().orElseThrow()).equals(Told.NOTHING));
        } else {
            await().alias(fault + ": recovery")
                    .pollInterval(Duration.ofMillis(10))
                    .atMost(Duration.ofSeconds(90))
                    .untilAsserted(() -> assertThat(rig.watches())
                            .extracting(watch -> Told.by(watch.latest().orElseThrow()))
                            .containsOnly(Told.NOTHING));
        }
    }

    private int sessions() {
        try {
            return server.answers() ? Holdings.sessions(server) : 0;
        } catch (SqlFailure nobodyGetsIn) {
            return 0;
        }
    }

    private static void assertCheap(Cost cost) {
        assertThat(Cost.median(cost.health())).as("ms for health").isLessThan(MOST_MILLIS);
        assertThat(Cost.median(cost.scrape())).as("ms for a scrape").isLessThan(MOST_MILLIS);
        assertThat(cost.waits()).as("waits of the thread that asks").isZero();
    }

    private static double longestUntilTold() {
        return Rig.INTERVAL.multipliedBy(4).plusSeconds(1).plus(SLACK).toMillis() / 1e3;
    }

    private double longestUntilRecovery(double lasted) {
        double twoIntervals = Rig.INTERVAL.multipliedBy(2).plus(SLACK).toMillis() / 1e3;
        return switch (fault.recovery()) {
            case SOON -> twoIntervals;
            case AS_LONG_AGAIN -> twoIntervals + Math.min(15, lasted);
            case A_MINUTE -> twoIntervals + 61;
        };
    }

    private void assertNothingLeft(Rig rig) {
        await().pollInterval(Duration.ofMillis(20)).atMost(Duration.ofSeconds(5)).untilAsserted(() -> {
            assertThat(Holdings.threads()).as("threads left").isEmpty();
            assertThat(Holdings.beans()).as("MBeans left").isEmpty();
            assertThat(Holdings.sessions(server)).as("sessions left").isZero();
            assertThat(rig.metersOfWatches()).as("meters left").isEmpty();
        });
    }

    private static double secondsSince(long started) {
        return (System.nanoTime() - started) / 1e9;
    }

    /** Hears every report of both watches, and keeps what should not have been said. */
    private static final class Witness {

        private final Rig rig;
        private final String expected;
        private final double[] failuresBefore;
        private final List<String> wrong = new ArrayList<>();
        private final List<PgWatch.Listening> listening = new ArrayList<>();

        Witness(Rig rig, String expected) {
            this.rig = rig;
            this.expected = expected;
            this.failuresBefore = failures();
        }

        private double[] failures() {
            double[] failures = new double[2];
            for (int i = 0; i < 2; i++) {
                failures[i] = Numbers.failures(
                        rig.watches().get(i), rig.registries().get(i));
            }
            return failures;
        }

        /** From now on nothing but what is expected may be told. */
        void begin() {
            for (PgWatch watch : rig.watches()) {
                listening.add(watch.listen(this::hear));
            }
        }

        private synchronized void hear(Report report) {
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
            assertThat(wrong).as("told while it lasted, though " + expected).isEmpty();
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

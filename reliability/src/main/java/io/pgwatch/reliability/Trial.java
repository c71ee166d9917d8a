package io.pgwatch.reliability;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.pgwatch.PgWatch;
import io.pgwatch.core.ConnectionMode;
import io.pgwatch.testsupport.Database.SqlFailure;
import io.pgwatch.testsupport.PgServer;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Supplier;

/** Lets a fault happen to a rig, and holds pgwatch to what it promises. */
final class Trial {

    private static final Duration PATIENCE = Duration.ofSeconds(15);
    private static final Duration PATIENCE_FOR_RECOVERY = Duration.ofSeconds(90);

    /** Two intervals and what they are spread by, a login, and a sweep. */
    private static final double TWO_INTERVALS =
            Rig.INTERVAL.multipliedBy(2).plusSeconds(1).toMillis() / 1e3;

    /** A login waits for a second, and is tried when the sweep that met the fault has given up. */
    private static final Duration UNTIL_LOGIN_IS_UNANSWERED = Duration.ofSeconds(3);

    /** What pgwatch may cost whoever asks it, in the middle of a fault. */
    private static final double MOST_MILLIS = 5;

    /** What {@code close()} promises, and what an attempt to connect that it abandoned may still take. */
    private static final double MOST_SECONDS_TO_CLOSE = 2 + 1.5;

    private static final String CLOSED_MEANWHILE = "closed-meanwhile";

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
        try (Connection before = server.connect("postgres", "postgres");
                Witness witness = new Witness(rig);
                PgWatch closedMeanwhile = rig.another(CLOSED_MEANWHILE)) {
            List<PgWatch> all = new ArrayList<>(rig.watches());
            all.add(closedMeanwhile);
            awaitCalm(witness, all);
            Holdings.sessions(before); // which leaves in its caches what it would read of locked catalogs
            Sockets.count();
            Threads threads = new Threads(all);
            Witness.Moment began = witness.now();
            AutoCloseable mend = fault.begin().in(rig);
            Witness.Moment tookHold = witness.now();
            Witness.Moment mending;
            double toldAfter;
            double goneAfter;
            Cost cost;
            OptionalInt sessions;
            try {
                toldAfter = seconds("told", witness.toldAfter(fault, began, tookHold, PATIENCE), witness);
                if (fault.recovery() == Recovery.AFTER_UNANSWERED_LOGIN
                        && patient
                        && options.mode() == ConnectionMode.DEDICATED) {
                    Thread.sleep(UNTIL_LOGIN_IS_UNANSWERED.toMillis());
                }
                goneAfter = secondsUntilGone(closedMeanwhile::close, () -> Holdings.of(CLOSED_MEANWHILE));
                cost = Cost.of(rig, 200);
                sessions = sessions(rig.behindNetwork(), before);
                for (int i = 0; i < 2; i++) {
                    Numbers.assertHonest(rig.watches().get(i), rig.registries().get(i));
                }
                Served.assertHonest(rig.application());
            } finally {
                threads.close();
                mending = witness.now();
                mend.close();
            }
            Witness.Moment mended = witness.now();
            OptionalDouble recoveredAfter = recoveredAfter(witness, mended);
            Served.assertHonest(rig.application());
            int connections = Sockets.most(Set.of(rig.watches().get(0).name(), "library"));
            assertThat(witness.wrong(fault, tookHold, mending))
                    .as("wrongly told")
                    .isEmpty();
            assertCheap(cost);
            assertThat(threads.unusual())
                    .as("threads that neither sweep, nor connect, nor tell JMX")
                    .isEmpty();
            assertThat(connections).as("connections of one watch at once").isLessThanOrEqualTo(1);
            assertThat(sessions.orElse(0)).as("sessions of one watch").isLessThanOrEqualTo(fault.momentary() ? 2 : 1);
            assertThat(recoveredAfter.orElse(0))
                    .as("seconds until recovery")
                    .isLessThan(TWO_INTERVALS + fault.recovery().secondsMore(tookHold.until(mended)));
            double closedAfter = secondsUntilGone(rig::close, Holdings::all);
            assertNothingLeft(rig, options.port() == 0);
            return new Outcome(
                    fault,
                    toldAfter,
                    cost,
                    threads.most(),
                    connections,
                    sessions,
                    recoveredAfter,
                    goneAfter,
                    closedAfter,
                    Holdings.all());
        } finally {
            rig.close();
        }
    }

    /** All tell that nothing is wrong, and what the start of the application needed has ended. */
    private static void awaitCalm(Witness witness, List<PgWatch> all) throws InterruptedException {
        assertThat(witness.isCalm(PATIENCE)).as(witness.newest()).isTrue();
        await().pollInterval(Duration.ofMillis(10)).untilAsserted(() -> {
            assertThat(all).allMatch(watch -> watch.latest().isPresent());
            assertThat(Threads.extra(all)).isEmpty();
        });
    }

    private static double seconds(String what, OptionalDouble seconds, Witness witness) {
        return seconds.orElseThrow(() -> new AssertionError("not " + what + " in time:\n" + witness.newest()));
    }

    /** A minute is too long for each build. */
    private OptionalDouble recoveredAfter(Witness witness, Witness.Moment mended) throws InterruptedException {
        if (fault.recovery() == Recovery.AFTER_UNANSWERED_LOGIN && !patient) {
            return OptionalDouble.empty();
        }
        return OptionalDouble.of(seconds("recovered", witness.recoveredAfter(mended, PATIENCE_FOR_RECOVERY), witness));
    }

    private double secondsUntilGone(Runnable close, Supplier<List<String>> left) {
        long began = System.nanoTime();
        close.run();
        await().alias("nothing left, " + fault.happening())
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(20))
                .atMost(PATIENCE)
                .untilAsserted(
                        () -> assertThat(left.get()).as("left after close()").isEmpty());
        double seconds = (System.nanoTime() - began) / 1e9;
        assertThat(seconds).as("seconds until nothing was left").isLessThan(MOST_SECONDS_TO_CLOSE);
        return seconds;
    }

    /** Asked in a session from before, if the fault has left it: perhaps nobody can log in. */
    private OptionalInt sessions(PgServer asked, Connection before) throws SQLException {
        if (!asked.answers()) {
            return OptionalInt.empty();
        }
        if (asked.equals(server) && before.isValid(1)) {
            return OptionalInt.of(Holdings.sessions(before));
        }
        try {
            return OptionalInt.of(Holdings.sessions(asked));
        } catch (SqlFailure nobodyGetsIn) {
            return OptionalInt.empty();
        }
    }

    /** The clock on the wall counts what other processes take as well, so only half of the calls are held to it. */
    private static void assertCheap(Cost cost) {
        for (Cost.Times times : List.of(cost.health(), cost.scrape())) {
            assertThat(times.highCpu())
                    .as("ms of CPU for health or a scrape, 99 of 100")
                    .isLessThan(MOST_MILLIS);
            assertThat(times.medianWall()).as("ms for health or a scrape").isLessThan(MOST_MILLIS);
        }
        assertThat(cost.jmx().medianCpu()).as("ms of CPU for all MBeans").isLessThan(MOST_MILLIS);
        assertThat(cost.waits()).as("waits of the thread that asks").isZero();
    }

    /**
     * @param direct whether sessions are those of pgwatch, and not of a pooler that keeps them
     */
    private void assertNothingLeft(Rig rig, boolean direct) {
        await().pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(20))
                .atMost(Duration.ofSeconds(5))
                .untilAsserted(() -> {
                    if (direct) {
                        assertThat(Holdings.sessions(server))
                                .as("sessions left")
                                .isZero();
                    }
                    assertThat(rig.metersOfWatches()).as("meters left").isEmpty();
                });
    }
}

package io.pgwatch.reliability;

import static org.awaitility.Awaitility.await;

import io.pgwatch.PgWatch;
import io.pgwatch.Report;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import java.util.function.Predicate;

/** Hears every report of both watches, from before something breaks until it is over, and tells what should not have been said. */
final class Witness implements AutoCloseable {

    /**
     * A report.
     *
     * @param at when it was heard, by {@link System#nanoTime}
     * @param counted what the meter of failures said then
     */
    private record Heard(Report report, long at, double counted) {

        /** Its age, said by a timer, is news; all else is as old as the beginning of the sweep. */
        boolean isNewsSince(Moment moment, int watch) {
            Instant sweepBegan =
                    report.sampledAt().minusNanos((long) (report.sweep().seconds() * 1e9));
            return at >= moment.nanos()
                    && (Told.by(report).equals(Told.STALE)
                            || !sweepBegan.isBefore(moment.clocks().get(watch)));
        }
    }

    /**
     * A moment.
     *
     * @param clocks what the clocks of the watches said then, one of which a fault sets
     */
    record Moment(long nanos, List<Instant> clocks) {

        /** Seconds from then to the other moment. */
        double until(Moment other) {
            return (other.nanos() - nanos) / 1e9;
        }

        /** A report that was heard since is news, though its sweep was under way. */
        private Moment forWhatIsHeard() {
            return new Moment(nanos, List.of(Instant.MIN, Instant.MIN));
        }
    }

    private final Rig rig;
    private final Moment beginning;
    private final List<List<Heard>> heard = List.of(new ArrayList<>(), new ArrayList<>());
    private final List<PgWatch.Listening> listening = new ArrayList<>();

    Witness(Rig rig) {
        this.rig = rig;
        this.beginning = now();
        await().until(() -> counted(0).isPresent() && counted(1).isPresent());
        for (int i = 0; i < 2; i++) {
            int watch = i;
            listening.add(rig.watches().get(i).listen(report -> hear(watch, report)));
        }
    }

    private OptionalDouble counted(int watch) {
        return Numbers.failures(rig.watches().get(watch), rig.registries().get(watch));
    }

    private void hear(int watch, Report report) {
        Heard one = new Heard(report, System.nanoTime(), counted(watch).orElse(Double.NaN));
        synchronized (heard) {
            heard.get(watch).add(one);
        }
    }

    private List<Heard> heardBy(int watch) {
        synchronized (heard) {
            return List.copyOf(heard.get(watch));
        }
    }

    Moment now() {
        return new Moment(
                System.nanoTime(),
                List.of(Clock.systemUTC().instant(), rig.clock().instant()));
    }

    /**
     * Seconds until both watches have told what breaks; empty if they do not within the patience.
     *
     * @param began before it broke
     * @param tookHold after that, from when on a sweep that begins must see it; what is told once counts at any time
     */
    OptionalDouble toldAfter(Fault fault, Moment began, Moment tookHold, Duration patience)
            throws InterruptedException {
        Moment since = fault.momentary() ? began.forWhatIsHeard() : tookHold;
        OptionalDouble seconds = secondsUntilTold(fault::told, since, patience);
        return seconds.isPresent() ? OptionalDouble.of(began.until(since) + seconds.getAsDouble()) : seconds;
    }

    /** Whether both watches tell that nothing is wrong, before anything is. */
    boolean isCalm(Duration patience) throws InterruptedException {
        return secondsUntilTold(watch -> Told.NOTHING, beginning.forWhatIsHeard(), patience)
                .isPresent();
    }

    /** Seconds until both watches have told that nothing is wrong, after sweeps that began since; empty if it takes longer. */
    OptionalDouble recoveredAfter(Moment mended, Duration patience) throws InterruptedException {
        return secondsUntilTold(watch -> Told.NOTHING, mended, patience);
    }

    private OptionalDouble secondsUntilTold(IntFunction<String> expected, Moment since, Duration patience)
            throws InterruptedException {
        long until = System.nanoTime() + patience.toNanos();
        while (true) {
            OptionalDouble application = firstTold(0, expected.apply(0), since);
            OptionalDouble library = firstTold(1, expected.apply(1), since);
            if (application.isPresent() && library.isPresent()) {
                return OptionalDouble.of(Math.max(application.getAsDouble(), library.getAsDouble()));
            }
            if (System.nanoTime() > until) {
                return OptionalDouble.empty();
            }
            Thread.sleep(10);
        }
    }

    private OptionalDouble firstTold(int watch, String expected, Moment since) {
        return heardBy(watch).stream()
                .filter(one -> one.isNewsSince(since, watch) && Told.fits(Told.by(one.report()), expected))
                .mapToDouble(one -> (one.at() - since.nanos()) / 1e9)
                .findFirst();
    }

    /**
     * What was said and should not have been. Since the fault took hold, no probe that it blinds says OK, from the first sweep
     * on that began since then; since it was told, nothing else is told, but that a busy machine did not log in in time; and
     * from one report to the next failures rise by one at most, before, meanwhile and afterwards.
     *
     * @param mending when it was begun to be mended
     */
    List<String> wrong(Fault fault, Moment tookHold, Moment mending) {
        List<String> wrong = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            List<Heard> all = heardBy(i);
            addJumps(all, wrong::add);
            if (!fault.momentary()) {
                int watch = i;
                List<Report> meanwhile = all.stream()
                        .filter(one -> one.isNewsSince(tookHold, watch) && one.at() <= mending.nanos())
                        .map(Heard::report)
                        .toList();
                addContradictions(meanwhile, fault.told(i), wrong::add);
            }
        }
        return wrong;
    }

    private static void addContradictions(List<Report> meanwhile, String expected, Consumer<String> wrong) {
        Predicate<Report> fits = report -> Told.fits(Told.by(report), expected);
        Predicate<Report> fitsWhenBusy = fits.or(
                report -> expected.startsWith("every probe") && Told.by(report).equals(Faults.NO_ANSWER));
        List<String> blind =
                meanwhile.stream().filter(fits).findFirst().map(Told::unknown).orElse(List.of());
        boolean told = false;
        for (Report report : meanwhile) {
            told |= fits.test(report);
            List<String> ok = new ArrayList<>(blind);
            ok.retainAll(Told.ok(report));
            if (!ok.isEmpty()) {
                wrong.accept(report.watch() + " said OK of " + ok + ", which cannot see\n" + report.text());
            } else if (told && !fitsWhenBusy.test(report)) {
                wrong.accept(report.watch() + " told " + Told.by(report) + ", not " + expected + "\n" + report.text());
            }
        }
    }

    private static void addJumps(List<Heard> all, Consumer<String> wrong) {
        for (int i = 1; i < all.size(); i++) {
            Heard before = all.get(i - 1);
            Heard after = all.get(i);
            double metered = after.counted() - before.counted();
            long reported =
                    after.report().sweep().failures() - before.report().sweep().failures();
            if (!(metered >= 0 && metered <= 1 && reported >= 0 && reported <= 1)) {
                wrong.accept(after.report().watch() + " counted " + metered + " failures more, reported " + reported
                        + " more, from one report to the next");
            }
        }
    }

    /** The newest reports, for a person. */
    String newest() {
        StringBuilder all = new StringBuilder();
        rig.watches().forEach(watch -> watch.latest().ifPresent(report -> all.append(report.text())));
        return all.toString();
    }

    @Override
    public void close() {
        listening.forEach(PgWatch.Listening::close);
    }
}

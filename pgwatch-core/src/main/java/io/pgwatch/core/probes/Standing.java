package io.pgwatch.core.probes;

import io.pgwatch.snapshot.Databases;
import io.pgwatch.snapshot.Databases.Database;
import io.pgwatch.snapshot.History;
import io.pgwatch.snapshot.Series;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * Where one database stands in one id space.
 *
 * @param observed over how much of the last hour its age is known; empty with too little history
 * @param forecast when the server will refuse; empty with too little history
 */
record Standing(
        IdSpace space,
        Database database,
        long freezeMaxAge,
        Optional<Series.Change> observed,
        Optional<Forecast> forecast) {

    /** Whether vacuum brings the age down. */
    enum Direction {
        FALLING,
        NOT_FALLING,
        NOT_KNOWN
    }

    private static final Duration HOUR = Duration.ofHours(1);

    private static final Duration LEAST_FOR_DIRECTION = Duration.ofMinutes(1);

    /** Of each database; all of them use up the same ids. */
    static List<Standing> of(IdSpace space, Databases seen, History history) {
        Optional<Forecast> pace = Forecast.of(history.series(space.nextId()), 0);
        return seen.databases().stream()
                .map(database -> new Standing(
                        space,
                        database,
                        space.freezeMaxAge(seen),
                        history.series(space.ageOf(database)).changeOver(HOUR, LEAST_FOR_DIRECTION),
                        pace.map(known -> known.withLeft(space.left(database) - IdSpace.REFUSED_FROM))))
                .toList();
    }

    long age() {
        return space.age(database);
    }

    long left() {
        return space.left(database);
    }

    /** Whether the server gives out no more of these ids. */
    boolean refused() {
        return left() <= IdSpace.REFUSED_FROM;
    }

    Direction direction() {
        return observed.map(change -> change.rise() < 0 ? Direction.FALLING : Direction.NOT_FALLING)
                .orElse(Direction.NOT_KNOWN);
    }

    /** Until the server refuses; empty without a rate, or while nothing is consumed. */
    OptionalDouble secondsLeft() {
        return forecast.map(Forecast::secondsLeft).orElse(OptionalDouble.empty());
    }

    String inWords() {
        if (refused()) {
            String refusal =
                    space == IdSpace.XID ? "writes are refused" : "row locks that need a multixact are refused";
            return refusal + ": database " + Words.inLine(database.name()) + " has "
                    + String.format(Locale.ROOT, "%,d", left()) + " " + space.plural()
                    + " left, and the server stops at 3,000,000";
        }
        String time =
                forecast.flatMap(Forecast::inWords).map(words -> ", " + words).orElse("");
        double share = age() / IdSpace.SIZE;
        boolean little = share < 0.01;
        boolean ageMatters = !little || !beforeAutovacuum();
        return "database " + Words.inLine(database.name()) + " has used "
                + (little ? "less than 1 %" : Words.percent(share)) + " of its " + space.plural() + " ("
                + (ageMatters ? "age " + Words.count(age()) + ", " : "") + Words.count(left()) + " left" + time + ")";
    }

    /** Whether autovacuum has not even begun to freeze, since it was told to wait for an age as high as this. */
    boolean beforeAutovacuum() {
        return age() <= freezeMaxAge;
    }

    String why() {
        if (beforeAutovacuum()) {
            return space.freezeSetting() + " is " + Words.count(freezeMaxAge)
                    + ", so autovacuum has not even begun to freeze";
        }
        String times = String.format(Locale.ROOT, "%.1f", (double) age() / freezeMaxAge);
        String limit =
                times + " times the age at which autovacuum starts to freeze (" + Words.count(freezeMaxAge) + ")";
        return observed.map(change -> change.rise() < 0
                        ? "vacuum is at work: the age fell by " + Words.count((long) -change.rise()) + " in the last "
                                + Words.duration(change.seconds()) + ", to " + limit
                        : "the age has not fallen in the last " + Words.duration(change.seconds()) + " and is " + limit)
                .orElse("the age is " + limit + "; not observed for long enough to say whether it falls");
    }
}

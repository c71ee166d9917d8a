package io.pgwatch.core;

import io.pgwatch.snapshot.Reading.Missing;
import io.pgwatch.snapshot.Sessions;
import java.time.Duration;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * How many watches look at the same server. To read the sessions costs with each connection, and each watch holds one: what
 * all of them spend would grow with the square of their number. So the more there are, the less often each reads them, and
 * what belongs to them or changes slowly. Only one of them looks at the tables; where most are instances of one service, that
 * one reads everything as if it were alone, so that one sees a storm come. Whether the server is there is asked in each sweep.
 */
final class Crowd {

    /** As many read with every sweep: at the default interval they make some 200 readings a minute. */
    private static final int FEW = 50;

    /** For each watch: so all of them together go on with 200 readings a minute. */
    private static final Duration SHARE = Duration.ofMillis(300);

    private static final Duration LONGEST = Duration.ofMinutes(5);

    /** For each watch, until it asks again whether it is the one: all of them together do so 40 times a minute. */
    private static final Duration TURN = Duration.ofMillis(1500);

    /** It may be the only other one of its role: then nobody looks at the tables for so long when the one has ended. */
    private static final Duration LONGEST_TURN = Duration.ofMinutes(10);

    private final BooleanSupplier readsTables;
    private final Supplier<Optional<Missing<?>>> elsewhere;
    private int watches;
    private int instances;
    private boolean tight;

    /**
     * Of which nothing has been seen yet.
     *
     * @param readsTables whether this watch is known to be the one that does for its role
     * @param elsewhere why another one does; empty when this one does, or nobody is known to
     */
    Crowd(BooleanSupplier readsTables, Supplier<Optional<Missing<?>>> elsewhere) {
        this.readsTables = readsTables;
        this.elsewhere = elsewhere;
    }

    Sessions seen(Sessions sessions) {
        watches = sessions.monitors();
        instances = sessions.siblings() == null ? 0 : sessions.siblings().instances();
        tight = sessions.isTight();
        return sessions;
    }

    private boolean isLarge() {
        return watches > FEW;
    }

    /** Why this watch leaves the tables to another one; empty while it does not. */
    Optional<Missing<?>> elsewhere() {
        return isLarge() ? elsewhere.get() : Optional.empty();
    }

    /** Of many services each may have one that reads tables: none of those is an exception. */
    private boolean readsForMany() {
        return instances > FEW && readsTables.getAsBoolean();
    }

    /** Zero for few, for the one that reads for many, and while hardly any connection is left, which is to be seen at once. */
    Duration goodFor() {
        if (!isLarge() || tight || readsForMany()) {
            return Duration.ZERO;
        }
        return shorter(SHARE.multipliedBy(watches), LONGEST);
    }

    /** How long a watch waits at least before it asks again to be the one that reads tables. */
    Duration turn() {
        return shorter(TURN.multipliedBy(watches), LONGEST_TURN);
    }

    /** The longer of two rests. */
    Duration stretch(Duration rest) {
        return rest.compareTo(goodFor()) > 0 ? rest : goodFor();
    }

    private static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }
}

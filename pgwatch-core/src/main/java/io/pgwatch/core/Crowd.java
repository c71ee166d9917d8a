package io.pgwatch.core;

import io.pgwatch.snapshot.Sessions;
import java.time.Duration;

/**
 * How many watches look at the same server. To read the sessions costs with each connection, and each watch holds one: what
 * all of them spend would grow with the square of their number. So the more there are, the less often each reads them, and
 * what belongs to them or changes slowly; and only one looks at the tables. Whether the server is there is asked in each sweep.
 */
final class Crowd {

    /** As many read with every sweep: at the default interval they make some 200 readings a minute. */
    private static final int FEW = 50;

    /** For each watch: so all of them together go on with 200 readings a minute. */
    private static final Duration SHARE = Duration.ofMillis(300);

    private static final Duration LONGEST = Duration.ofMinutes(5);

    private int watches;
    private boolean tight;

    Sessions seen(Sessions sessions) {
        watches = sessions.monitors();
        tight = sessions.isTight();
        return sessions;
    }

    /** So many that one of them looks at the tables for all, when it is known to do so. */
    boolean isLarge() {
        return watches > FEW;
    }

    /** Zero for few, and while hardly any connection is left, which is to be seen at once. */
    Duration goodFor() {
        if (!isLarge() || tight) {
            return Duration.ZERO;
        }
        Duration share = SHARE.multipliedBy(watches);
        return share.compareTo(LONGEST) < 0 ? share : LONGEST;
    }

    /** The longer of two rests. */
    Duration stretch(Duration rest) {
        return rest.compareTo(goodFor()) > 0 ? rest : goodFor();
    }
}

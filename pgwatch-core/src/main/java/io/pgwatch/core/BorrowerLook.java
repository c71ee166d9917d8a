package io.pgwatch.core;

import io.pgwatch.core.pool.Borrows;
import io.pgwatch.snapshot.Borrowers;
import io.pgwatch.snapshot.Cause;
import io.pgwatch.snapshot.LockWaits;
import io.pgwatch.snapshot.Reading;
import io.pgwatch.snapshot.Reading.Taken;
import io.pgwatch.snapshot.Section;
import io.pgwatch.snapshot.Sessions;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Has the borrowers of the application's connections remembered while the watch runs, and tells who they are. */
final class BorrowerLook {

    private static final Logger log = LoggerFactory.getLogger(JdbcPgWatch.class);

    /** How many of those that hold a connection are told though nothing speaks against them but the time. */
    private static final int LONGEST = 5;

    private static final String BEHIND_POOLER =
            "attribution is off, since a pooler stands before the server: no session there belongs to one thread";

    private static final String OF_NO_USE =
            "attribution is off, since the pool's connections do not unwrap to those of PostgreSQL's driver";

    private final String watch;
    private final boolean wanted;
    private final boolean withStack;
    private final Borrows borrows;
    private boolean pooler;
    private boolean saidThatItIsOfNoUse;

    BorrowerLook(String watch, ApplicationSide application) {
        this.watch = watch;
        this.wanted = application.attribution() != Attribution.OFF
                && application.borrows().isPresent();
        this.withStack = application.attribution() == Attribution.STACK;
        this.borrows = application.borrows().orElseGet(Borrows::new);
        if (wanted) {
            borrows.begin(this, withStack);
        }
    }

    /** Behind a pooler that gives a backend to another client after each transaction, a pid is nobody's. */
    void behindPooler(boolean pooler) {
        if (!wanted || this.pooler == pooler) {
            return;
        }
        this.pooler = pooler;
        if (pooler) {
            log.warn("{}: {}", watch, BEHIND_POOLER);
            borrows.end(this);
        } else {
            log.info("{}: attribution is on again, no pooler stands before the server any more", watch);
            borrows.begin(this, withStack);
        }
    }

    /** Who holds the sessions that may be worth a finding, and a few more; those of other processes are nobody's here. */
    Reading<Borrowers> look(Map<Section<?>, Reading<?>> known, Instant now) {
        if (!wanted) {
            return new Reading.Missing<>(Cause.NOT_APPLICABLE, "attribution is off");
        }
        if (pooler) {
            return new Reading.Missing<>(Cause.NOT_SUPPORTED, BEHIND_POOLER);
        }
        if (borrows.isOfNoUse()) {
            sayThatItIsOfNoUse();
            return new Reading.Missing<>(Cause.NOT_SUPPORTED, OF_NO_USE);
        }
        return new Reading.Taken<>(borrows.look(suspects(known), LONGEST), now);
    }

    private static Set<Integer> suspects(Map<Section<?>, Reading<?>> known) {
        Set<Integer> pids = new LinkedHashSet<>();
        if (known.get(Sessions.SECTION) instanceof Taken<?> taken && taken.value() instanceof Sessions seen) {
            seen.worst().stream().filter(Sessions.Session::here).forEach(session -> pids.add(session.pid()));
        }
        if (known.get(LockWaits.SECTION) instanceof Taken<?> taken && taken.value() instanceof LockWaits locks) {
            locks.waiters().forEach(waiter -> pids.addAll(waiter.blockers()));
        }
        return pids;
    }

    private void sayThatItIsOfNoUse() {
        if (!saidThatItIsOfNoUse) {
            saidThatItIsOfNoUse = true;
            log.warn("{}: {}", watch, OF_NO_USE);
        }
    }

    /** Nothing is remembered any more; from any thread. */
    void close() {
        borrows.end(this);
    }
}

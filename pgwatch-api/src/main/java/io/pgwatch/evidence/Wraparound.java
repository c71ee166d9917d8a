package io.pgwatch.evidence;

import io.pgwatch.snapshot.OldestTables;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How near the server is to refusing writes for want of transaction or multixact ids.
 *
 * @param databases of the whole server, template0 included, the nearest to its end first
 * @param oldestTables of this database; looked up only when its age is above {@code autovacuum_freeze_max_age}
 * @param xidsPerSecond consumed over the last hour; null until there is enough history
 * @param secondsLeft until the server refuses writes at the rate of the last hour, by transaction or by multixact ids,
 *     whichever ends first; null until there is enough history, and while none are consumed
 * @param freezeMaxAge {@code autovacuum_freeze_max_age}, in transactions
 * @param failsafeAge the age from which vacuum leaves everything else aside, in transactions: {@code vacuum_failsafe_age},
 *     but at least 105 % of {@code freezeMaxAge}
 * @param multixactMembers the space of multixact members; null where it cannot be read
 */
public record Wraparound(
        List<Database> databases,
        List<OldestTables.Table> oldestTables,
        @Nullable Double xidsPerSecond,
        @Nullable Double secondsLeft,
        long freezeMaxAge,
        long failsafeAge,
        @Nullable Members multixactMembers) {

    public Wraparound {
        databases = List.copyOf(databases);
        oldestTables = List.copyOf(oldestTables);
    }

    /**
     * One database.
     *
     * @param xidAge {@code age(datfrozenxid)}, in transactions
     * @param xidsLeft 2147483647 less the age; the server refuses to give out ids from 3,000,000 left on
     * @param multixactAge {@code mxid_age(datminmxid)}, in multixacts
     * @param multixactsLeft 2147483647 less the age; the server refuses to make multixacts from 3,000,000 left on
     */
    public record Database(String name, long xidAge, long xidsLeft, long multixactAge, long multixactsLeft) {}

    /**
     * The members of the multixacts that the server keeps. SQL shows only where the numbering has come to, so what is in use is
     * estimated: the members counted since the watch began, and for older multixacts their average.
     *
     * @param used estimated; as of the last checkpoint
     * @param left until the server refuses new ones: 2^32 less two segments of 52,352, less those in use
     */
    public record Members(long used, long left) {}
}

package io.pgwatch.core;

import io.pgwatch.snapshot.Databases;
import io.pgwatch.snapshot.Databases.Database;
import io.pgwatch.snapshot.Holders;
import io.pgwatch.snapshot.Holders.Slot;
import io.pgwatch.snapshot.Sessions;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Whether all that changes slowly is far from every limit: no database is old enough to be frozen, no prepared transaction or
 * slot holds an old id, and no table is above a trigger of autovacuum. Then there is time before any of it matters, and it is
 * read every two minutes; otherwise with every sweep. Where a turn through all tables takes many looks, they follow each other
 * sooner, so that it does not take all day. All of it together, since the server keeps a plan of each mixture of sections.
 * What no probe asks for is calm.
 */
final class Calm {

    /** Three looks of autovacuum, a minute apart by default, pass before a table is told to lag; ages grow for hours. */
    private static final Duration REST = Duration.ofMinutes(2);

    /** From one look at a table to the next, while not one of all is above a trigger. */
    private static final Duration LONGEST_TURN = Duration.ofMinutes(90);

    /** What is old is looked at more closely. */
    private static final Duration OLD_IDS = Duration.ofMinutes(5);

    private static final Duration YOUNG_IDS = Duration.ofMinutes(15);

    /** A tenth of what `horizon` warns of by default. */
    private static final long OLD = 1_000_000;

    private final BooleanSupplier tables;
    private final IntSupplier looks;
    private boolean young = true;
    private boolean free = true;
    private boolean waits;

    /**
     * With nothing seen yet.
     *
     * @param tables whether those are
     * @param looks how many of them a turn through all tables takes, at least one
     */
    Calm(BooleanSupplier tables, IntSupplier looks) {
        this.tables = tables;
        this.looks = looks;
    }

    Databases seen(Databases databases) {
        young = databases.databases().stream().allMatch(database -> isYoung(database, databases));
        return databases;
    }

    private static boolean isYoung(Database database, Databases all) {
        return database.xidAge() < all.freezeMaxAge() && database.multixactAge() < all.multixactFreezeMaxAge();
    }

    Holders seen(Holders holders) {
        free = holders.prepared().stream().allMatch(prepared -> prepared.age() < OLD)
                && holders.slots().stream().allMatch(Calm::isYoung);
        return holders;
    }

    private static boolean isYoung(Slot slot) {
        return isYoung(slot.age()) && isYoung(slot.catalogAge());
    }

    private static boolean isYoung(@Nullable Long age) {
        return age == null || age < OLD;
    }

    Sessions seen(Sessions sessions) {
        waits = sessions.mayWait() > 0;
        return sessions;
    }

    Duration goodFor() {
        return young && free && tables.getAsBoolean() ? rest() : Duration.ZERO;
    }

    private Duration rest() {
        Duration share = LONGEST_TURN.dividedBy(looks.getAsInt());
        return share.compareTo(REST) < 0 ? share : REST;
    }

    /** What tells more of the ages of ids. */
    Duration idsGoodFor() {
        return young ? YOUNG_IDS : OLD_IDS;
    }

    /** Somebody who waits may wait for a prepared transaction. */
    Duration holdersGoodFor() {
        return waits ? Duration.ZERO : goodFor();
    }
}

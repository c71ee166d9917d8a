package io.pgwatch.core;

import io.pgwatch.core.pool.Pool;
import io.pgwatch.core.pool.Pools;
import io.pgwatch.snapshot.Cause;
import io.pgwatch.snapshot.ClientPools;
import io.pgwatch.snapshot.ClientPools.ClientPool;
import io.pgwatch.snapshot.Reading;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** Looks at the application's pool every second, so that a sweep can tell for how long it has been full. */
final class PoolLook {

    /** For a look that another thread has begun; one takes microseconds. */
    private static final Duration PATIENCE = Duration.ofMillis(250);

    private static final Duration GAP_BETWEEN_WAITERS = Duration.ofSeconds(5);

    private final @Nullable DataSource dataSource;
    private final Supplier<Optional<ClientPool>> told;
    private final Clock clock;
    private final BooleanSupplier waitsItself;
    private final ReentrantLock looking = new ReentrantLock();
    private @Nullable Instant fullSince;
    private @Nullable Instant waiterSeen;
    private volatile @Nullable Integer maximum;

    /**
     * A look at the pool that the data source is, if it is one.
     *
     * @param dataSource null where the watch was given a URL alone
     * @param told what a pool of a kind that is not known is doing
     * @param waitsItself whether the watch waits for a connection of the pool, which is nobody's concern but its own
     */
    PoolLook(
            @Nullable DataSource dataSource,
            Supplier<Optional<ClientPool>> told,
            Clock clock,
            BooleanSupplier waitsItself) {
        this.dataSource = dataSource;
        this.told = told;
        this.clock = clock;
        this.waitsItself = waitsItself;
    }

    /** What the pool is doing now; not known while another thread that looks does not come back. */
    Reading<ClientPools> look() {
        if (!isAlone()) {
            return new Reading.Missing<>(Cause.TIMED_OUT, "the pool does not answer");
        }
        try {
            return lookNow();
        } finally {
            looking.unlock();
        }
    }

    /** How many connections the pool may have, by the newest look; 0 where that is not known. */
    int maximum() {
        if (maximum == null) {
            look();
        }
        return Objects.requireNonNullElse(maximum, 0);
    }

    private boolean isAlone() {
        try {
            return looking.tryLock(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private Reading<ClientPools> lookNow() {
        Instant now = clock.instant();
        try {
            Optional<ClientPool> seen = Optional.ofNullable(dataSource)
                    .flatMap(Pools::find)
                    .map(Pool::look)
                    .or(told)
                    .map(pool -> withTime(pool, now));
            maximum = seen.map(ClientPool::max).orElse(0);
            return seen.isPresent() || dataSource == null || Pools.isNoPool(dataSource)
                    ? new Reading.Taken<>(new ClientPools(seen.stream().toList()), now)
                    : new Reading.Missing<>(
                            Cause.NOT_SUPPORTED,
                            "cannot look into the pool " + dataSource.getClass().getName() + "; known are "
                                    + Pools.KNOWN);
        } catch (Throwable e) { // of whatever kind: it may be code of the application
            return new Reading.Missing<>(Cause.FAILED, "looking at the pool failed: " + e);
        }
    }

    /** Waiters that time out together and come back at once leave a gap that one look can fall into; the pool stays full. */
    ClientPool withTime(ClientPool pool, Instant now) {
        ClientPool seen = waitsItself.getAsBoolean() ? pool.withoutOneWaiter() : pool;
        if (seen.isWaitedFor()) {
            waiterSeen = now;
        }
        if (!seen.isOutOfConnections()
                || waiterSeen == null
                || waiterSeen.plus(GAP_BETWEEN_WAITERS).isBefore(now)) {
            fullSince = null;
            return seen;
        }
        if (fullSince == null) {
            fullSince = now;
        }
        return seen.fullFor(Duration.between(fullSince, now).toMillis() / 1e3);
    }
}

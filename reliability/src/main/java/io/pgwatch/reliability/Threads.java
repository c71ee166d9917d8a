package io.pgwatch.reliability;

import io.pgwatch.PgWatch;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Looks from time to time which threads pgwatch has beside the one of each watch and the timer, until it is closed. */
final class Threads implements AutoCloseable {

    private static final long MILLIS_BETWEEN = 50;

    private final List<PgWatch> watches;
    private final CountDownLatch over = new CountDownLatch(1);
    private final Thread thread = new Thread(this::look, "looks-at-threads");
    private final Set<String> unusual = new TreeSet<>();
    private int most;

    Threads(List<PgWatch> watches) {
        this.watches = List.copyOf(watches);
        thread.start();
    }

    private void look() {
        try {
            do {
                lookOnce();
            } while (!over.await(MILLIS_BETWEEN, TimeUnit.MILLISECONDS));
        } catch (InterruptedException nobodyDoes) {
            throw new IllegalStateException(nobodyDoes);
        }
    }

    private synchronized void lookOnce() {
        List<String> extra = extra(watches);
        most = Math.max(most, extra.size());
        for (PgWatch watch : watches) {
            extra.remove("pgwatch-" + watch.name() + "-connect");
            extra.remove("pgwatch " + watch.name() + " jmx");
        }
        unusual.addAll(extra);
    }

    /** All that there are beside one a watch and the timer. */
    static List<String> extra(List<PgWatch> watches) {
        List<String> extra = new ArrayList<>(Holdings.threads());
        extra.remove("pgwatch-timer");
        watches.forEach(watch -> extra.remove("pgwatch-" + watch.name()));
        return extra;
    }

    /** How many there were at once, the most. */
    synchronized int most() {
        return most;
    }

    /** Those that were more than one that connects, and one that tells JMX, a watch. */
    synchronized Set<String> unusual() {
        return Set.copyOf(unusual);
    }

    @Override
    public void close() throws InterruptedException {
        over.countDown();
        thread.join();
    }
}

package io.pgwatch.core.bloat;

import java.time.Duration;

/**
 * Until when new work may begin.
 *
 * @param nanos by {@link System#nanoTime}
 */
record Deadline(long nanos) {

    static Deadline in(Duration time) {
        return new Deadline(System.nanoTime() + time.toNanos());
    }

    boolean isOver() {
        return System.nanoTime() - nanos >= 0;
    }
}

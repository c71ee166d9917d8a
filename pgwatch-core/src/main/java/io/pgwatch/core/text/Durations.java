package io.pgwatch.core.text;

import java.time.Duration;

/** Durations as people write them in settings: {@code 500ms}, {@code 15s}, {@code 2d}. */
public final class Durations {

    private static final long MINUTE = 60;
    private static final long HOUR = 60 * MINUTE;
    private static final long DAY = 24 * HOUR;

    private Durations() {}

    /** In the largest unit of which it is a whole number. */
    public static String of(Duration duration) {
        long seconds = duration.getSeconds();
        if (duration.getNano() != 0) {
            return duration.getNano() % 1_000_000 == 0 ? duration.toMillis() + "ms" : duration.toString();
        }
        if (seconds == 0 || seconds % MINUTE != 0) {
            return seconds + "s";
        }
        if (seconds % HOUR != 0) {
            return seconds / MINUTE + "m";
        }
        return seconds % DAY != 0 ? seconds / HOUR + "h" : seconds / DAY + "d";
    }
}

package io.pgwatch.reliability;

/** How long it may take from the mending to the first report in which all is well. */
enum Recovery {
    SOON("two intervals", 0, 0),
    AFTER_SECONDS("two intervals, and as long as it lasted, 15 s at most", 15, 0),
    /** Its attempts to connect are 5 s apart at last, and those who wait for it are told until it has succeeded. */
    AFTER_POOL("two intervals, as long as it lasted, 15 s at most, and 5 s until HikariCP connects", 15, 5),
    AFTER_A_MINUTE("two intervals, and as long as it lasted, a minute at most", 60, 0),
    AFTER_MINUTES("two intervals, and as long as it lasted, 5 minutes at most", 300, 0),
    /** Such a login may have left half a backend at the server, so the next one waits. */
    AFTER_UNANSWERED_LOGIN("a minute to 80 s, and two intervals, since a login was left unanswered", 0, 81);

    private final String words;
    private final double mostAsLongAgain;
    private final double pause;

    Recovery(String words, double mostAsLongAgain, double pause) {
        this.words = words;
        this.mostAsLongAgain = mostAsLongAgain;
        this.pause = pause;
    }

    String words() {
        return words;
    }

    /** Seconds beside two intervals, for something that lasted so long: meanwhile attempts became rarer. */
    double secondsMore(double lasted) {
        return pause + Math.min(mostAsLongAgain, 1.5 * lasted);
    }
}

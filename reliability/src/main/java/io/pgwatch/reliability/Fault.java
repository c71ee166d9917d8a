package io.pgwatch.reliability;

import io.pgwatch.testsupport.PgServer;

/**
 * Something that breaks, and what is to be told of it.
 *
 * @param happening in a few words, for a person
 * @param quick whether every build tries it
 * @param begin makes it happen; what it returns mends it
 * @param rig what it happens to
 * @param told what both watches tell while it lasts, in the words of {@link Told}
 * @param recovery how soon they tell that nothing is wrong, once it is mended
 */
record Fault(String happening, boolean quick, Prepare rig, Begin begin, String told, Recovery recovery) {

    /** How long it may take from the mending to the first report in which all is well. */
    enum Recovery {
        /** Two intervals. */
        SOON("two intervals"),
        /** Two intervals, and while it lasted the attempts to connect became rarer. */
        AS_LONG_AGAIN("two intervals, and as long as it lasted, 15 s at most"),
        /** A login that nobody answered may have left half a backend at the server, so the next one waits. */
        A_MINUTE("a minute and two intervals: a login was left unanswered");

        private final String words;

        Recovery(String words) {
            this.words = words;
        }

        String words() {
            return words;
        }
    }

    /** Makes it happen. */
    @FunctionalInterface
    interface Begin {

        AutoCloseable in(Rig rig) throws Exception;
    }

    /** What must be there before. */
    @FunctionalInterface
    interface Prepare {

        Prepared on(PgServer server) throws Exception;
    }

    /**
     * What was prepared.
     *
     * @param end takes it away again
     */
    record Prepared(Rig.Options options, AutoCloseable end) {

        static final Prepared NOTHING = new Prepared(Rig.Options.USUAL, () -> {});
    }

    /** One that every build tries, on the usual rig. */
    static Fault quick(String happening, String told, Recovery recovery, Begin begin) {
        return new Fault(happening, true, server -> Prepared.NOTHING, begin, told, recovery);
    }

    /** One that is tried when all are, on the usual rig. */
    static Fault slow(String happening, String told, Recovery recovery, Begin begin) {
        return new Fault(happening, false, server -> Prepared.NOTHING, begin, told, recovery);
    }

    Fault on(Prepare other) {
        return new Fault(happening, quick, other, begin, told, recovery);
    }

    Fault on(Rig.Options options) {
        return on(server -> new Prepared(options, () -> {}));
    }

    @Override
    public String toString() {
        return happening;
    }
}

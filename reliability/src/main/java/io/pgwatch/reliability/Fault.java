package io.pgwatch.reliability;

import io.pgwatch.testsupport.PgServer;

/**
 * Something that breaks, and what is to be told of it.
 *
 * @param happening in a few words, for a person
 * @param quick whether every build tries it
 * @param rig what it happens to
 * @param begin makes it happen; what it returns mends it
 * @param told what is told while it lasts, in the words of {@link Told}
 * @param untouched whether the watch of the application has nothing to tell, since only the one in plain Java is met
 * @param momentary whether it is told once and then over, though nobody mended it
 * @param recovery how soon nothing is told any more, once it is mended
 */
record Fault(
        String happening,
        boolean quick,
        Prepare rig,
        Begin begin,
        String told,
        boolean untouched,
        boolean momentary,
        Recovery recovery) {

    /** Makes it happen: once it returns, a sweep that begins must see it. */
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
    record Prepared(Rig.Options options, AutoCloseable end) {}

    private static final Prepare NOTHING = server -> new Prepared(Rig.Options.USUAL, () -> {});

    /** Whether it can happen to any rig, again and again. */
    boolean isRepeatable() {
        return rig.equals(NOTHING) && !untouched;
    }

    /** Something that happens to the usual rig, and is tried when all are. */
    static Fault of(String happening, String told, Recovery recovery, Begin begin) {
        return new Fault(happening, false, NOTHING, begin, told, false, false, recovery);
    }

    /** Every build tries it. */
    Fault inEachBuild() {
        return new Fault(happening, true, rig, begin, told, untouched, momentary, recovery);
    }

    Fault on(Prepare other) {
        return new Fault(happening, quick, other, begin, told, untouched, momentary, recovery);
    }

    Fault on(Rig.Options options) {
        return on(server -> new Prepared(options, () -> {}));
    }

    Fault inPlainJavaOnly() {
        return new Fault(happening, quick, rig, begin, told, true, momentary, recovery);
    }

    Fault toldOnce() {
        return new Fault(happening, quick, rig, begin, told, untouched, true, recovery);
    }

    /** What a watch of the rig tells, the application's being the first. */
    String told(int watch) {
        return watch == 0 && untouched ? Told.NOTHING : told;
    }

    @Override
    public String toString() {
        return happening;
    }
}

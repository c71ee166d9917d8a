package io.pgwatch.snapshot;

/** A fact with numbers whose past matters; what it tells is kept in the {@link History}. */
public interface Tracked {

    /** Tells each number worth remembering, in the same order every time. */
    void track(Recorder recorder);

    /** Takes the numbers of one moment. */
    @FunctionalInterface
    interface Recorder {

        /**
         * One number of one series.
         *
         * @param series what is measured, unique in the snapshot
         * @param value NaN is not recorded
         */
        void record(SeriesKey series, double value);
    }
}

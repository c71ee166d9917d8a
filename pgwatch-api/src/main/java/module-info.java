/** The values that pgwatch reports, and what a probe is. */
module io.pgwatch.api {
    requires static org.jspecify;

    exports io.pgwatch;
    exports io.pgwatch.evidence;
    exports io.pgwatch.probe;
    exports io.pgwatch.snapshot;
}

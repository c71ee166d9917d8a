/** What pgwatch reports, and the nouns that a probe is written with; no dependency beyond the JDK. */
module io.pgwatch.api {
    requires static org.jspecify;

    exports io.pgwatch;
    exports io.pgwatch.evidence;
    exports io.pgwatch.probe;
    exports io.pgwatch.snapshot;
}

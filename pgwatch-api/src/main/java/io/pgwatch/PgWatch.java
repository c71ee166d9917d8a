package io.pgwatch;

import io.pgwatch.probe.Probe;
import java.util.List;
import java.util.Optional;

/**
 * One watched database. Safe for use by several threads; no method waits for the server, and none throws because the
 * database is sick: that is what the report is for.
 */
public interface PgWatch extends AutoCloseable {

    /** The name under which reports, metrics and MBeans show this watch. */
    String name();

    /** The enabled probes, in the order in which reports list them. */
    List<Probe<?>> probes();

    /** The newest report; empty until the first sweep has ended. After the close it is stale: every verdict is UNKNOWN. */
    Optional<Report> latest();

    /** Asks for a sweep soon and returns at once. Requests within a second of each other are answered by one sweep. */
    void refresh();

    /**
     * Tells a listener every report from now on, the newest one at once if there is one; one at a time and in order, on a
     * thread of pgwatch's own, or for the first one the caller's. While another listener does not return, it is told from
     * the next report on.
     *
     * @return ends it when closed
     */
    Listening listen(ReportListener listener);

    /**
     * Stops sampling and gives the connection back, within two seconds even if the server is frozen. Listeners hear that
     * nothing follows; {@link #latest} is stale from then on. Closing twice is one close.
     */
    @Override
    void close();

    /** A listener that is being told; closing it ends that, and never throws. */
    interface Listening extends AutoCloseable {

        @Override
        void close();
    }
}

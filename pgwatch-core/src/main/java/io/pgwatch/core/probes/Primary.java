package io.pgwatch.core.probes;

import io.pgwatch.probe.Remedy;
import io.pgwatch.probe.Verdict;
import io.pgwatch.snapshot.Reading.Missing;
import io.pgwatch.snapshot.Server;
import io.pgwatch.snapshot.Snapshot;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The server of a cluster that can be written to. Where a standby was asked, what writes is to be done there, a GRANT too. */
final class Primary {

    private Primary() {}

    /** Whether the server that was asked is a standby; false while nothing is known of it. */
    static boolean isElsewhere(Snapshot snapshot) {
        return isElsewhere(snapshot.get(Server.SECTION).taken());
    }

    /**
     * Unknown for the reason that a reading is missing, with a remedy that can be run.
     *
     * @param partial what could be seen all the same; null when nothing
     */
    static <E> Verdict<E> unknown(Missing<?> missing, @Nullable E partial, Snapshot snapshot) {
        Verdict.Unknown<E> unknown = Verdict.unknown(missing, partial);
        return unknown.remedy() == null
                ? unknown
                : new Verdict.Unknown<>(
                        unknown.cause(), unknown.detail(), remedy(unknown.remedy(), snapshot), unknown.partial());
    }

    /** The same, where nothing could be seen. */
    static <E> Verdict<E> unknown(Missing<?> missing, Snapshot snapshot) {
        return unknown(missing, null, snapshot);
    }

    private static boolean isElsewhere(Optional<Server> asked) {
        return asked.filter(Server::standby).isPresent();
    }

    /** Something that writes, told to be done there. */
    static Remedy remedy(Remedy remedy, Snapshot snapshot) {
        return remedy(remedy, snapshot.get(Server.SECTION).taken());
    }

    /**
     * Something that writes, told to be done there.
     *
     * @param asked empty while nothing is known of it
     */
    static Remedy remedy(Remedy remedy, Optional<Server> asked) {
        return isElsewhere(asked) ? remedy.onThePrimary() : remedy;
    }
}

package io.pgwatch.core.probes;

import io.pgwatch.probe.Remedy;
import io.pgwatch.snapshot.Server;
import io.pgwatch.snapshot.Snapshot;
import java.util.Optional;

/** The server of a cluster that can be written to. Where a standby was asked, what writes is to be done there. */
final class Primary {

    private Primary() {}

    /** Whether the server that was asked is a standby; false while nothing is known of it. */
    static boolean isElsewhere(Snapshot snapshot) {
        return isElsewhere(snapshot.get(Server.SECTION).taken());
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

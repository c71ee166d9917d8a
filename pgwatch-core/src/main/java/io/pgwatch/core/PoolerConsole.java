package io.pgwatch.core;

import io.pgwatch.core.pooler.PoolerLook;
import io.pgwatch.snapshot.Cause;
import io.pgwatch.snapshot.Poolers;
import io.pgwatch.snapshot.Reading;
import io.pgwatch.snapshot.Reading.Missing;
import io.pgwatch.snapshot.Server;
import org.jspecify.annotations.Nullable;

/** Asks the console of the PgBouncer before the server, where one was given and a probe wants to know. */
final class PoolerConsole {

    private final Targets targets;
    private final @Nullable PoolerLook look;

    PoolerConsole(WatchOptions options) {
        boolean wanted =
                options.probes().stream().anyMatch(probe -> probe.needs().contains(Poolers.SECTION));
        this.targets = options.targets();
        this.look = options.application()
                .console()
                .filter(console -> wanted)
                .map(console -> new PoolerLook(
                        console.url(), console.username(), console.password(), options.budget(), options.clock()))
                .orElse(null);
    }

    /**
     * What it is doing now.
     *
     * @param server which one answered last, and names the database as the pooler does; null while none has
     */
    Reading<Poolers> look(@Nullable Server server) {
        if (look == null) {
            return new Missing<>(Cause.NOT_APPLICABLE, "no console of a pooler was given");
        }
        try {
            String database =
                    server != null ? server.database() : targets.databaseName().orElse("");
            return look.look(database, targets::ofApplication);
        } catch (Throwable e) { // of whatever kind: the application could not say where it connects
            return new Missing<>(Cause.FAILED, "PgBouncer's console was not asked: " + e);
        }
    }

    /** Hangs up, from any thread. */
    void close() {
        if (look != null) {
            look.close();
        }
    }
}

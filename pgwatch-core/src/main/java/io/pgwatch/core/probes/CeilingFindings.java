package io.pgwatch.core.probes;

import io.pgwatch.evidence.ProbeIds;
import io.pgwatch.probe.Finding;
import io.pgwatch.probe.Level;
import io.pgwatch.snapshot.Ceiling;
import io.pgwatch.snapshot.Login;
import java.util.Objects;

/** What is said of a limit of the server that is near, or reached. */
final class CeilingFindings {

    private CeilingFindings() {}

    static Finding refused(Login login) {
        return Finding.of(
                ProbeIds.POOL_SATURATION,
                Level.CRITICAL,
                "refused",
                "the server",
                "the server refuses new connections (SQLSTATE 53300)",
                "pgwatch's own attempt to connect was refused: "
                        + Objects.requireNonNullElse(login.message(), "no reason given"),
                PoolRemedies.afterRefusal());
    }

    static Finding nearlyFull(Ceiling ceiling, Level level) {
        String whose = describe(ceiling);
        return Finding.of(
                ProbeIds.POOL_SATURATION,
                level,
                ceiling.kind().toString(),
                whose,
                ceiling.used() + " of " + ceiling.limit() + " connections of " + whose + " in use ("
                        + Words.percent(ceiling.saturation()) + ")",
                limit(ceiling) + " is " + ceiling.limit() + "; "
                        + (ceiling.free() == 0
                                ? "the next connection will be refused"
                                : "after " + ceiling.free() + " more, connections will be refused"),
                PoolRemedies.of(ceiling));
    }

    /** Such as {@code the server} or {@code role app}. */
    static String describe(Ceiling ceiling) {
        return ceiling.kind() == Ceiling.Kind.SERVER
                ? "the server"
                : ceiling.kind() + " " + Words.inLine(ceiling.name());
    }

    private static String limit(Ceiling ceiling) {
        return ceiling.kind() == Ceiling.Kind.SERVER
                ? "max_connections less the reserved slots"
                : "the CONNECTION LIMIT of " + describe(ceiling);
    }
}

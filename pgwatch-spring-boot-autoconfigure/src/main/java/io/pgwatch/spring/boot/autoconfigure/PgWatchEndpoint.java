package io.pgwatch.spring.boot.autoconfigure;

import io.pgwatch.PgWatches;
import io.pgwatch.Report;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;

/** The newest reports as JSON, just as {@link PgWatches} writes them, so that it needs no JSON library. */
@Endpoint(id = "pgwatch")
public final class PgWatchEndpoint {

    private static final String JSON = "application/json";

    private final ObjectProvider<PgWatches> watches;

    PgWatchEndpoint(ObjectProvider<PgWatches> watches) {
        this.watches = watches;
    }

    /** All reports. */
    @ReadOperation(produces = JSON)
    public String reports() {
        return watches.getIfAvailable(() -> new PgWatches(List.of())).json();
    }

    /** The report of one watch; JSON's null before its first sweep, and null where there is no such watch. */
    @ReadOperation(produces = JSON)
    public @Nullable String report(@Selector String watch) {
        return watches.getIfAvailable(() -> new PgWatches(List.of()))
                .find(watch)
                .map(found -> found.latest().map(Report::json).orElse("null"))
                .orElse(null);
    }
}

package io.pgwatch;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** All the watches of an application, by name. Immutable. */
public final class PgWatches implements AutoCloseable {

    private final Map<String, PgWatch> byName;

    /**
     * The given watches, in their order.
     *
     * @throws IllegalArgumentException if two have one name
     */
    public PgWatches(Collection<? extends PgWatch> watches) {
        this.byName = new LinkedHashMap<>();
        for (PgWatch watch : watches) {
            if (byName.putIfAbsent(watch.name(), watch) != null) {
                throw new IllegalArgumentException(
                        "want a name of its own for each watch, got '" + watch.name() + "' twice");
            }
        }
    }

    /** All watches, in the order given. */
    public List<PgWatch> all() {
        return List.copyOf(byName.values());
    }

    /** The watch of that name. */
    public Optional<PgWatch> find(String name) {
        return Optional.ofNullable(byName.get(name));
    }

    /** The newest reports as JSON: {@code {"watches":{"<name>":{…}}}}; null for a watch that has none yet. */
    public String json() {
        return ReportJson.of(this);
    }

    /** Closes all of them side by side, so that many take no longer than one: two seconds even if every server is frozen. */
    @Override
    public void close() {
        List<Thread> closing = byName.values().stream()
                .map(watch -> new Thread(watch::close, "pgwatch-" + watch.name() + "-close"))
                .toList();
        closing.forEach(Thread::start);
        for (Thread thread : closing) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }
}

package io.pgwatch.probe;

import io.pgwatch.snapshot.Section;
import io.pgwatch.snapshot.Snapshot;
import java.util.List;
import java.util.Set;

/**
 * A question about the database's health. A probe is a value: its record components are its configuration, and it holds
 * nothing that changes.
 *
 * @param <E> its evidence, a public record
 */
public interface Probe<E> {

    ProbeId<E> id();

    /** The question that it answers, for people: one sentence with a question mark. */
    String question();

    /** The sections that it reads from the snapshot; nothing else is collected for it. */
    Set<Section<?>> needs();

    /** Its numbers, as bindings publish them. */
    List<Measure<E>> measures();

    /**
     * Judges a snapshot. The same snapshot always gives the same verdict: no clock, no connection, no memory of earlier calls.
     * An exception thrown here becomes an Unknown verdict of this probe alone.
     */
    Verdict<E> judge(Snapshot snapshot);
}

package io.pgwatch.core;

import io.pgwatch.evidence.ProbeIds;
import io.pgwatch.evidence.Wraparound;
import io.pgwatch.probe.Level;
import io.pgwatch.probe.Measure;
import io.pgwatch.probe.Probe;
import io.pgwatch.probe.ProbeId;
import io.pgwatch.probe.Verdict;
import io.pgwatch.snapshot.Databases;
import io.pgwatch.snapshot.Section;
import io.pgwatch.snapshot.Snapshot;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A probe of an application's own, which does what a test wants in the place of one that pgwatch has. */
record OwnProbe(Supplier<@Nullable Set<Section<?>>> sections, Function<Snapshot, @Nullable Verdict<Wraparound>> verdict)
        implements Probe<Wraparound> {

    /** It wants to know of databases. */
    static OwnProbe judging(Function<Snapshot, @Nullable Verdict<Wraparound>> verdict) {
        return new OwnProbe(() -> Set.of(Databases.SECTION), verdict);
    }

    /** It finds nothing to complain of. */
    static OwnProbe needing(Supplier<@Nullable Set<Section<?>>> sections) {
        return new OwnProbe(sections, snapshot -> allIsWell());
    }

    static Verdict<Wraparound> allIsWell() {
        return new Verdict.Judged<>(
                Level.OK, "all is well", new Wraparound(List.of(), List.of(), null, null, 1, 1, null), List.of());
    }

    @Override
    public ProbeId<Wraparound> id() {
        return ProbeIds.WRAPAROUND;
    }

    @Override
    public String question() {
        return "What does the test want?";
    }

    @Override
    @SuppressWarnings("NullAway") // a test may want what no probe should do
    public Set<Section<?>> needs() {
        return sections.get();
    }

    @Override
    public List<Measure<Wraparound>> measures() {
        return List.of();
    }

    @Override
    @SuppressWarnings("NullAway") // as above
    public Verdict<Wraparound> judge(Snapshot snapshot) {
        return verdict.apply(snapshot);
    }
}

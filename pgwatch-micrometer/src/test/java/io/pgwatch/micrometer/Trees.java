package io.pgwatch.micrometer;

import io.pgwatch.ProbeReport;
import io.pgwatch.Report;
import io.pgwatch.Sweep;
import io.pgwatch.probe.Level;
import io.pgwatch.probe.Measure;
import io.pgwatch.probe.Probe;
import io.pgwatch.probe.ProbeId;
import io.pgwatch.probe.Verdict;
import io.pgwatch.snapshot.Cause;
import io.pgwatch.snapshot.Section;
import io.pgwatch.snapshot.Snapshot;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A probe about nothing that a database has, so that nothing in a binding can know it. */
record Trees(@Nullable Integer count, List<Tree> tallest) {

    static final ProbeId<Trees> ID = new ProbeId<>("trees", Trees.class);

    record Tree(String name, double metres) {}

    static Trees of(Tree... tallest) {
        return new Trees(tallest.length, List.of(tallest));
    }

    static Trees named(Stream<String> names) {
        return new Trees(7, names.map(name -> new Tree(name, name.hashCode())).toList());
    }

    static Verdict<Trees> judged(Level level, Trees evidence) {
        return new Verdict.Judged<>(level, "trees stand", evidence, List.of());
    }

    static Verdict<Trees> unknown(Cause cause) {
        return new Verdict.Unknown<>(cause, "fog");
    }

    static Report report(Instant at, Trees evidence) {
        return report(at, judged(Level.OK, evidence));
    }

    static Report report(Instant at, Verdict<Trees> verdict) {
        return report(at, verdict.level(), verdict, 0);
    }

    static Report report(Instant at, Level held, Verdict<Trees> verdict, long failures) {
        return new Report(
                "forest",
                held,
                at,
                null,
                List.of(new ProbeReport<>(ID, held, verdict, verdict.level())),
                new Sweep(0.25, failures));
    }

    static Probe<Trees> probe() {
        return new TreeProbe(List.of(
                Measure.of("trees.count", "trees", "Trees in the forest", Trees::count),
                Measure.each(
                        "trees.height", "metres", "How tall it is", Trees::tallest, "tree", Tree::name, Tree::metres)));
    }

    record TreeProbe(List<Measure<Trees>> measures) implements Probe<Trees> {

        @Override
        public ProbeId<Trees> id() {
            return ID;
        }

        @Override
        public String question() {
            return "Do they stand?";
        }

        @Override
        public Set<Section<?>> needs() {
            return Set.of();
        }

        @Override
        public Verdict<Trees> judge(Snapshot snapshot) {
            throw new AssertionError("a binding judges nothing");
        }
    }
}

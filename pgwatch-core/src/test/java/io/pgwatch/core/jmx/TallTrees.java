package io.pgwatch.core.jmx;

import io.pgwatch.ProbeReport;
import io.pgwatch.Report;
import io.pgwatch.Sweep;
import io.pgwatch.probe.Finding;
import io.pgwatch.probe.Level;
import io.pgwatch.probe.Measure;
import io.pgwatch.probe.Probe;
import io.pgwatch.probe.ProbeId;
import io.pgwatch.probe.Remedy;
import io.pgwatch.probe.Verdict;
import io.pgwatch.snapshot.Cause;
import io.pgwatch.snapshot.Section;
import io.pgwatch.snapshot.Snapshot;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A probe about nothing that a database has, so that nothing in a binding can know it. */
public record TallTrees(
        long area,
        @Nullable Double grownSeconds,
        @Nullable Long wood,
        Kind kind,
        Optional<String> owner,
        List<String> paths,
        List<Tree> tallest,
        List<Nest> nests) {

    static final ProbeId<TallTrees> ID = new ProbeId<>("tall-trees", TallTrees.class);

    /** What stands there. */
    public enum Kind {
        LEAVES,
        NEEDLES;

        @Override
        public String toString() {
            return "with " + name().toLowerCase(Locale.ROOT);
        }
    }

    /** One tree. */
    public record Tree(String name, double metres, @Nullable Integer rings, Instant planted, Kind kind) {}

    /** A nest; several may be of one kind. */
    public record Nest(Kind kind, Place place, int eggs) {}

    /** Where. */
    public record Place(double metres) {}

    static TallTrees of(Tree... tallest) {
        return new TallTrees(
                7,
                1.5,
                12L,
                Kind.LEAVES,
                Optional.of("the king"),
                List.of("north", "south"),
                List.of(tallest),
                List.of());
    }

    static TallTrees withNests(Nest... nests) {
        return new TallTrees(7, null, null, Kind.NEEDLES, Optional.empty(), List.of(), List.of(), List.of(nests));
    }

    static Tree tree(String name, double metres) {
        return new Tree(name, metres, null, Instant.EPOCH, Kind.LEAVES);
    }

    static Verdict<TallTrees> judged(Level level, TallTrees evidence, Finding... findings) {
        return new Verdict.Judged<>(level, "trees stand", evidence, List.of(findings));
    }

    static Verdict<TallTrees> unknown() {
        return new Verdict.Unknown<>(Cause.NOT_PERMITTED, "fog");
    }

    static Finding finding(String key, @Nullable Remedy remedy) {
        return Finding.of(ID, Level.WARNING, key, "tree " + key, key + " leans", "wind", remedy);
    }

    static Report report(Instant at, Verdict<TallTrees> verdict) {
        return new Report(
                "forest",
                verdict.level(),
                at,
                null,
                List.of(new ProbeReport<>(ID, verdict.level(), verdict, verdict.level())),
                new Sweep(0.25, 0));
    }

    static Probe<TallTrees> probe() {
        return new TreeProbe(List.of(
                Measure.of(
                        "tall.trees",
                        "trees",
                        "Trees that are tall",
                        trees -> trees.tallest().size()),
                Measure.each(
                        "tall.trees.height.above.ground",
                        "metres",
                        "How tall it is",
                        TallTrees::tallest,
                        "tree",
                        Tree::name,
                        Tree::metres),
                Measure.of("tall.area", "hectares", "Where trees are tall", TallTrees::area),
                Measure.of("tall.trees.summary", "", "Named as what every probe has", trees -> 1),
                Measure.of(
                        "tall.trees.nests",
                        "nests",
                        "Named as a list of the evidence",
                        trees -> trees.nests().size()),
                Measure.of("tall.trees.broken", "", "Fails always", trees -> 1 / (trees.area() - 7))));
    }

    record TreeProbe(List<Measure<TallTrees>> measures) implements Probe<TallTrees> {

        @Override
        public ProbeId<TallTrees> id() {
            return ID;
        }

        @Override
        public String question() {
            return "Do the tall ones stand?";
        }

        @Override
        public Set<Section<?>> needs() {
            return Set.of();
        }

        @Override
        public Verdict<TallTrees> judge(Snapshot snapshot) {
            throw new AssertionError("a binding judges nothing");
        }
    }
}

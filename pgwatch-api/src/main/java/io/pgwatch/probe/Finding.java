package io.pgwatch.probe;

import static java.util.Objects.requireNonNull;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One problem.
 *
 * @param id {@code <probe>/<subject>}, the same from report to report while the problem lasts
 * @param level WARNING or CRITICAL
 * @param subject what has the problem, such as {@code session 4711} or {@code table public.orders}
 * @param summary one sentence that says what is wrong
 * @param cause one sentence that says why; null where it is not known
 * @param remedy what to do; null where the finding that explains this one has it
 * @param explainers ids of findings that would explain this one, the closest first, whether or not they were raised; in a
 *     report the root of those alone that were, and empty for a root
 */
public record Finding(
        String id,
        Level level,
        String subject,
        String summary,
        @Nullable String cause,
        @Nullable Remedy remedy,
        List<String> explainers) {

    public Finding {
        requireNonNull(subject, "subject");
        requireNonNull(summary, "summary");
        explainers = List.copyOf(explainers);
        if (id.indexOf('/') < 1) {
            throw new IllegalArgumentException("want a finding id of the form <probe>/<subject>, got '" + id + "'");
        }
        if (level.compareTo(Level.WARNING) < 0) {
            throw new IllegalArgumentException("want WARNING or CRITICAL for a finding, got " + level);
        }
    }

    /** A finding that is its own root, of the given probe. */
    public static Finding of(
            ProbeId<?> probe,
            Level level,
            String key,
            String subject,
            String summary,
            @Nullable String cause,
            @Nullable Remedy remedy) {
        return new Finding(probe.value() + "/" + key, level, subject, summary, cause, remedy, List.of());
    }

    /** The id of the finding that is the root of this one, in a report; null for a root. */
    public @Nullable String explainedBy() {
        return explainers.isEmpty() ? null : explainers.get(0);
    }

    /** This finding with another root, or as a root of its own. */
    public Finding explainedBy(@Nullable String root) {
        return explainedByFirstOf(root == null ? List.of() : List.of(root));
    }

    /** This finding, explained by the first of those that is raised, if any is. */
    public Finding explainedByFirstOf(List<String> explainers) {
        return new Finding(id, level, subject, summary, cause, remedy, explainers);
    }
}

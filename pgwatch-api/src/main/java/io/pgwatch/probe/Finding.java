package io.pgwatch.probe;

import static java.util.Objects.requireNonNull;

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
 * @param explainedBy the id of the finding that is the root of this one; null for a root
 */
public record Finding(
        String id,
        Level level,
        String subject,
        String summary,
        @Nullable String cause,
        @Nullable Remedy remedy,
        @Nullable String explainedBy) {

    public Finding {
        requireNonNull(subject, "subject");
        requireNonNull(summary, "summary");
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
        return new Finding(probe.value() + "/" + key, level, subject, summary, cause, remedy, null);
    }

    /** This finding with another root, or as a root of its own. */
    public Finding explainedBy(@Nullable String root) {
        return new Finding(id, level, subject, summary, cause, remedy, root);
    }
}

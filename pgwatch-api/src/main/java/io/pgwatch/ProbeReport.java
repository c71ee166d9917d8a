package io.pgwatch;

import static java.util.Objects.requireNonNull;

import io.pgwatch.probe.Level;
import io.pgwatch.probe.ProbeId;
import io.pgwatch.probe.Verdict;
import org.jspecify.annotations.Nullable;

/**
 * What a report says of one probe.
 *
 * @param level the level to act on: the verdict's own, or the last sweep's where that was heavier: a level that has just
 *     calmed down is held for one more sweep
 * @param verdict the newest verdict, with its own, raw level
 * @param lastJudged the raw level of the newest verdict that was a judgement; null when there was none yet
 */
public record ProbeReport<E>(
        ProbeId<E> id,
        Level level,
        Verdict<E> verdict,
        @Nullable Level lastJudged) {

    public ProbeReport {
        requireNonNull(id, "id");
        requireNonNull(level, "level");
        requireNonNull(verdict, "verdict");
    }

    /** Whether the level is heavier than the verdict's, since that has just calmed down. */
    public boolean held() {
        return level != verdict.level();
    }

    /** One sentence: the verdict's, and that its level is held where it is. */
    public String summary() {
        return held() ? "calmed down, held for one more sweep: " + verdict.summary() : verdict.summary();
    }

    /** Whether this counts into the report's level; not applicable, or read by another instance, does not. */
    public boolean weighs() {
        return verdict.fold(judged -> true, unknown -> unknown.cause().weighs());
    }
}

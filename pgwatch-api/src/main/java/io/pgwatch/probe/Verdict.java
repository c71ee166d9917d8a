package io.pgwatch.probe;

import static java.util.Objects.requireNonNull;

import io.pgwatch.snapshot.Cause;
import io.pgwatch.snapshot.Reading;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What a probe says of one snapshot: a judgement, or why it cannot judge. */
public sealed interface Verdict<E> {

    /**
     * A judgement.
     *
     * @param level OK, WARNING or CRITICAL
     * @param summary one sentence or less, such as {@code 12 of 97 connections in use}
     * @param findings the heaviest first; none when the level is OK
     */
    record Judged<E>(Level level, String summary, E evidence, List<Finding> findings) implements Verdict<E> {

        public Judged {
            if (level == Level.UNKNOWN) {
                throw new IllegalArgumentException(
                        "want OK, WARNING or CRITICAL, got UNKNOWN; that is an Unknown verdict");
            }
            requireNonNull(summary, "summary");
            requireNonNull(evidence, "evidence");
            findings = List.copyOf(findings);
        }

        @Override
        public Optional<E> seen() {
            return Optional.of(evidence);
        }
    }

    /**
     * No judgement.
     *
     * @param detail one sentence for an operator
     * @param remedy what would let the probe see, such as the GRANT; null where nothing is known to help
     * @param partial what could be seen all the same; null when nothing
     */
    record Unknown<E>(
            Cause cause,
            String detail,
            @Nullable Remedy remedy,
            @Nullable E partial) implements Verdict<E> {

        public Unknown {
            requireNonNull(cause, "cause");
            requireNonNull(detail, "detail");
        }

        /** Nothing seen, and nothing known that would help. */
        public Unknown(Cause cause, String detail) {
            this(cause, detail, null, null);
        }

        @Override
        public Optional<E> seen() {
            return Optional.ofNullable(partial);
        }
    }

    /** Unknown for the reason that a reading is missing. */
    static <E> Unknown<E> unknown(Reading.Missing<?> missing) {
        return unknown(missing, null);
    }

    /** Unknown for the reason that a reading is missing, with what could be seen all the same. */
    static <E> Unknown<E> unknown(Reading.Missing<?> missing, @Nullable E partial) {
        Remedy remedy = missing.grant() == null
                ? null
                : new Remedy(
                        "Grant the role of the watch what it lacks; within minutes the watch sees it by itself.",
                        missing.grant(),
                        Remedy.Impact.ONLINE);
        return new Unknown<>(missing.cause(), missing.detail(), remedy, partial);
    }

    /** Handles both cases; Java 17 has no pattern switch, so this is how the compiler checks us. */
    default <R> R fold(
            Function<? super Judged<E>, ? extends R> judged, Function<? super Unknown<E>, ? extends R> unknown) {
        if (this instanceof Judged<E> j) {
            return judged.apply(j);
        }
        return unknown.apply((Unknown<E>) this);
    }

    /** The level: UNKNOWN for a verdict that is. */
    default Level level() {
        return fold(Judged::level, unknown -> Level.UNKNOWN);
    }

    /** One sentence: the summary of a judgement, or why there is none. */
    default String summary() {
        return fold(Judged::summary, Unknown::detail);
    }

    /** The problems found; none when unknown. */
    default List<Finding> findings() {
        return fold(Judged::findings, unknown -> List.of());
    }

    /** The evidence, also of a verdict that could see only a part. */
    Optional<E> seen();
}

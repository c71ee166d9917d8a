package io.pgwatch.snapshot;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A value that was read, or the reason there is none. */
public sealed interface Reading<T> {

    /**
     * A value, and when it was read.
     *
     * @param at by the clock of this JVM
     */
    record Taken<T>(T value, Instant at) implements Reading<T> {

        public Taken {
            requireNonNull(value, "value");
            requireNonNull(at, "at");
        }
    }

    /**
     * No value, and why.
     *
     * @param detail one sentence for an operator; holds no row data and no credentials
     * @param grant the statement that would let the role read it; null where no privilege is lacking, or none is known to help
     */
    record Missing<T>(Cause cause, String detail, @Nullable String grant) implements Reading<T> {

        public Missing {
            requireNonNull(cause, "cause");
            requireNonNull(detail, "detail");
        }

        /** No GRANT would help. */
        public Missing(Cause cause, String detail) {
            this(cause, detail, null);
        }
    }

    /** Handles both cases; Java 17 has no pattern switch, so this is how the compiler checks us. */
    default <R> R fold(Function<? super T, ? extends R> taken, Function<? super Missing<T>, ? extends R> missing) {
        if (this instanceof Taken<T> t) {
            return taken.apply(t.value());
        }
        return missing.apply((Missing<T>) this);
    }

    /** The value, if it was taken. */
    default Optional<T> taken() {
        return fold(Optional::of, missing -> Optional.empty());
    }

    /** The reason, if there is no value. */
    default Optional<Missing<T>> missing() {
        return fold(value -> Optional.empty(), Optional::of);
    }
}

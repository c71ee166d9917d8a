package io.pgwatch.spring.boot.autoconfigure;

import java.util.function.Supplier;

/** A property has a value that cannot be meant. The message names the property, the value and what is allowed, and no secret. */
final class InvalidPgWatchPropertyException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final String property;

    InvalidPgWatchPropertyException(String property, String whatIsWrong) {
        super(property + ": " + whatIsWrong);
        this.property = property;
    }

    /** Whatever the action refuses is the property's fault. */
    static <T> T blaming(String property, Supplier<T> action) {
        try {
            return action.get();
        } catch (IllegalArgumentException refused) {
            throw new InvalidPgWatchPropertyException(property, String.valueOf(refused.getMessage()));
        }
    }

    String property() {
        return property;
    }
}

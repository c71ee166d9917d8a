package io.pgwatch.micrometer;

import org.jspecify.annotations.Nullable;

/** Lets what still works go on after something failed, and tells of it at the end. */
final class Failures {

    private @Nullable Throwable first;

    void attempt(Runnable step) {
        try {
            step.run();
        } catch (RuntimeException | Error e) {
            if (first == null) {
                first = e;
            } else if (!first.equals(e)) {
                first.addSuppressed(e);
            }
        }
    }

    void rethrow() {
        if (first instanceof RuntimeException exception) {
            throw exception;
        }
        if (first instanceof Error error) {
            throw error;
        }
    }
}

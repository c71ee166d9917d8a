package io.pgwatch.spring.boot.autoconfigure;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Shows the one sentence instead of a stack trace. */
final class InvalidPgWatchPropertyFailureAnalyzer extends AbstractFailureAnalyzer<InvalidPgWatchPropertyException> {

    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, InvalidPgWatchPropertyException cause) {
        return new FailureAnalysis(
                cause.getMessage(),
                "Correct " + cause.property() + " in the application's configuration, or leave it out for its default.",
                cause);
    }
}

package io.pgwatch.spring.boot.autoconfigure;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.env.Environment;

/** Shows the one sentence instead of a stack trace. */
final class InvalidPgWatchPropertyFailureAnalyzer extends AbstractFailureAnalyzer<InvalidPgWatchPropertyException> {

    private final @Nullable Environment environment;

    InvalidPgWatchPropertyFailureAnalyzer(@Nullable Environment environment) {
        this.environment = environment;
    }

    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, InvalidPgWatchPropertyException cause) {
        return new FailureAnalysis(
                cause.getMessage() + withoutUnit(cause.property()),
                "Correct " + cause.property() + " in the application's configuration, or leave it out for its default.",
                cause);
    }

    /** A number alone is milliseconds to Spring, and seconds to most people. */
    private String withoutUnit(String property) {
        if (environment == null
                || !(property.endsWith(".interval") || property.endsWith(".budget"))
                || !ConfigurationPropertyName.isValid(property)) {
            return "";
        }
        String typed =
                Binder.get(environment).bind(property, String.class).orElse("").strip();
        return typed.matches("\\d+")
                ? ": '" + typed + "' without a unit is milliseconds, for seconds write " + typed + "s"
                : "";
    }
}

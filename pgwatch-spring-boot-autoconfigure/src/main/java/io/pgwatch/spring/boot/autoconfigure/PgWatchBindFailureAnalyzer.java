package io.pgwatch.spring.boot.autoconfigure;

import java.lang.reflect.RecordComponent;
import java.time.Duration;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.context.properties.bind.UnboundConfigurationPropertiesException;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName.Form;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.Ordered;
import org.springframework.util.ClassUtils;

/**
 * Says what is allowed in place of a property that is unknown or not of its form. Comes before Spring Boot's own, which do not,
 * and which show the value of an unknown one: a misspelt password.
 */
final class PgWatchBindFailureAnalyzer extends AbstractFailureAnalyzer<BindException> implements Ordered {

    private static final ConfigurationPropertyName OURS = ConfigurationPropertyName.of("pgwatch");

    @Override
    public int getOrder() {
        return HIGHEST_PRECEDENCE;
    }

    @Override
    protected @Nullable FailureAnalysis analyze(Throwable rootFailure, BindException cause) {
        if (!OURS.equals(cause.getName()) && !OURS.isAncestorOf(cause.getName())) {
            return null;
        }
        if (cause.getCause() instanceof UnboundConfigurationPropertiesException unbound) {
            ConfigurationProperty unknown =
                    unbound.getUnboundProperties().iterator().next();
            return analysis(unknown, "unknown property; there are " + knownBeside(unknown.getName()), cause);
        }
        String form = formOf(cause.getTarget().getType().resolve(Object.class));
        ConfigurationProperty property = cause.getProperty();
        return form == null || property == null
                ? null
                : analysis(property, "want " + form + ", got '" + property.getValue() + "'", cause);
    }

    private static FailureAnalysis analysis(ConfigurationProperty property, String whatIsWrong, BindException cause) {
        String where = property.getOrigin() == null ? "" : " (" + property.getOrigin() + ")";
        return new FailureAnalysis(
                property.getName() + ": " + whatIsWrong,
                "Correct " + property.getName() + " in the application's configuration" + where + ", or leave it out.",
                cause);
    }

    /** Null for a type of which nothing need be said, or of which the value may be secret. */
    private static @Nullable String formOf(Class<?> given) {
        Class<?> type = ClassUtils.resolvePrimitiveIfNecessary(given);
        if (type == Duration.class) {
            return "a duration such as 500ms, 15s, 5m or 2h";
        }
        if (type == Boolean.class) {
            return "true or false";
        }
        if (type == Integer.class) {
            return "a whole number";
        }
        return type.isEnum()
                ? Stream.of(type.getEnumConstants())
                        .map(constant ->
                                constant.toString().toLowerCase(Locale.ROOT).replace('_', '-'))
                        .collect(Collectors.joining(", ", "one of ", ""))
                : null;
    }

    /** The names that the group has in which the unknown one stands. */
    private static String knownBeside(ConfigurationPropertyName unknown) {
        Class<?> group = PgWatchProperties.class;
        for (int i = 1; i < unknown.getNumberOfElements() - 1; i++) {
            Class<?> next = typeOf(unknown.getElement(i, Form.UNIFORM), group);
            if (next == PgWatchProperties.Watch.class) {
                i++; // the name of the watch
            }
            if (!next.isRecord()) {
                break;
            }
            group = next;
        }
        return Stream.of(group.getRecordComponents())
                .map(PgWatchBindFailureAnalyzer::nameOf)
                .collect(Collectors.joining(", "));
    }

    private static Class<?> typeOf(String element, Class<?> group) {
        if (group == PgWatchProperties.class && element.equals("watches")) {
            return PgWatchProperties.Watch.class;
        }
        return Stream.of(group.getRecordComponents())
                .filter(component -> WatchSettings.sameName(component.getName(), element))
                .<Class<?>>map(RecordComponent::getType)
                .findFirst()
                .orElse(Object.class);
    }

    private static String nameOf(RecordComponent component) {
        return component.getName().replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
    }
}

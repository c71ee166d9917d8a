package io.pgwatch.testsupport;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.params.provider.ArgumentsSource;

/**
 * Runs a parameterized test, or a parameterized class, once on a shared server of each supported major version.
 *
 * <pre>{@code
 * @ParameterizedTest
 * @SupportedMajors
 * void counts_client_backends(PgServer server) { ... }
 * }</pre>
 *
 * <p>The system property {@code pgwatch.majors}, such as {@code 15,18}, names fewer of them for a quick run.
 */
@Target({ElementType.METHOD, ElementType.TYPE})
@Retention(RetentionPolicy.RUNTIME)
@ArgumentsSource(SharedServers.OfEachMajor.class)
public @interface SupportedMajors {

    /** The first major to run on. */
    int from() default 0;

    /** The last major to run on. */
    int to() default Integer.MAX_VALUE;

    /** Settings beside the usual ones, each {@code name=value}. Other settings mean other servers. */
    String[] with() default {};
}

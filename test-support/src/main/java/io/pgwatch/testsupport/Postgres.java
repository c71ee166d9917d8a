package io.pgwatch.testsupport;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Asks for one server, shared by all tests of this run that ask for the same major and settings.
 *
 * <pre>{@code
 * @Test
 * void sees_a_table(@Postgres(major = 15) PgServer server) { ... }
 * }</pre>
 */
@Target(ElementType.PARAMETER)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(SharedServers.class)
public @interface Postgres {

    /** The major version; by default the newest one of this run. */
    int major() default 0;

    /** Settings beside the usual ones, each {@code name=value}. */
    String[] with() default {};
}

package io.pgwatch.core.pool;

import java.lang.reflect.Method;
import java.util.Optional;
import java.util.stream.Stream;
import javax.sql.DataSource;

/**
 * What a data source is put around. Some pools deny being what they are when a wrapper passes {@code isWrapperFor} on to them
 * (Tomcat JDBC, UCP), so wrappers are also asked as Spring's and datasource-proxy's answer.
 */
final class Wrapped {

    private Wrapped() {}

    /** The data source inside, if this one has a public getter for it. */
    static Optional<DataSource> by(DataSource wrapper) {
        return Stream.of("getTargetDataSource", "getDataSource")
                .flatMap(getter -> ask(wrapper, getter).stream())
                .findFirst();
    }

    private static Optional<DataSource> ask(DataSource wrapper, String getter) {
        try {
            Method method = wrapper.getClass().getMethod(getter);
            return method.invoke(wrapper) instanceof DataSource inside && !inside.equals(wrapper)
                    ? Optional.of(inside)
                    : Optional.empty();
        } catch (ReflectiveOperationException | RuntimeException | LinkageError noSuchWrapper) {
            return Optional.empty();
        }
    }
}

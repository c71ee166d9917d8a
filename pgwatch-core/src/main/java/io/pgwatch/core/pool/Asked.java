package io.pgwatch.core.pool;

import java.lang.reflect.Field;
import java.util.Objects;
import java.util.Optional;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/**
 * An object of a library that pgwatch cannot be compiled against, because as a module it has no name of its own or its classes
 * want others to compile. It is asked by the names of its public getters.
 *
 * @param type the public type that has the getters
 */
record Asked(Object object, Class<?> type) {

    /** What a getter gives; null also where this version has none of that name. */
    @Nullable
    Object get(String getter) {
        try {
            return type.getMethod(getter).invoke(object);
        } catch (ReflectiveOperationException | LinkageError otherVersion) {
            return null;
        }
    }

    @Nullable
    Integer integer(String getter) {
        return get(getter) instanceof Number number ? Math.toIntExact(number.longValue()) : null;
    }

    @Nullable
    Long count(String getter) {
        return get(getter) instanceof Number number ? number.longValue() : null;
    }

    @Nullable
    String text(String getter) {
        return Objects.toString(get(getter), null);
    }

    /** The name that the pool was given; the other one where it was left to make one up, which begins alike in each process. */
    String name(String madeUp, String otherwise) {
        String name = text("getName");
        return name == null || name.startsWith(madeUp) ? otherwise : name;
    }

    boolean is(String getter) {
        return Boolean.TRUE.equals(get(getter));
    }

    Properties properties(String getter) {
        return get(getter) instanceof Properties given ? given : new Properties();
    }

    /** The object that a getter gives, to be asked in turn; empty where it gives none. */
    Optional<Asked> inner(String getter) {
        Object inner = get(getter);
        return inner == null ? Optional.empty() : Optional.of(new Asked(inner, returned(getter)));
    }

    /** The object in a field, where every getter would start what it is asked for; empty also where there is no such field. */
    Optional<Asked> field(String name) {
        try {
            Field field = type.getDeclaredField(name);
            field.setAccessible(true);
            Object inner = field.get(object);
            return inner == null ? Optional.empty() : Optional.of(new Asked(inner, field.getType()));
        } catch (ReflectiveOperationException | RuntimeException otherVersion) {
            return Optional.empty();
        }
    }

    /** The type that the getter declares is public, what it returns need not be. */
    private Class<?> returned(String getter) {
        try {
            return type.getMethod(getter).getReturnType();
        } catch (NoSuchMethodException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}

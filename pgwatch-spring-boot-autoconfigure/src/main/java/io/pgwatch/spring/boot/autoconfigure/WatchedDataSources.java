package io.pgwatch.spring.boot.autoconfigure;

import io.pgwatch.core.ConnectionTarget;
import io.pgwatch.core.DataSources;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.aop.scope.ScopedProxyUtils;
import org.springframework.beans.factory.annotation.AnnotatedBeanDefinition;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.core.type.MethodMetadata;
import org.springframework.jdbc.datasource.AbstractDriverBasedDataSource;
import org.springframework.jdbc.datasource.embedded.EmbeddedDatabase;
import org.springframework.jdbc.datasource.lookup.AbstractRoutingDataSource;
import org.springframework.util.ClassUtils;

/** Finds the data source beans to watch, without connecting, starting a pool or making a bean that is to stay unmade. */
final class WatchedDataSources {

    private static final Logger log = LoggerFactory.getLogger(WatchedDataSources.class);

    private static final boolean SPRING_JDBC = ClassUtils.isPresent(
            "org.springframework.jdbc.datasource.lookup.AbstractRoutingDataSource",
            WatchedDataSources.class.getClassLoader());

    private final ConfigurableListableBeanFactory beans;
    private final Set<String> exclude;
    private final Set<String> include;
    private final Supplier<Optional<ConnectionTarget>> declared;
    private final boolean lazyIsOrdinary;

    /**
     * @param declared where Boot was told that its auto-configured data source leads
     * @param lazyIsOrdinary whether the application makes all its beans lazily, so that being lazy says nothing of one
     */
    WatchedDataSources(
            ConfigurableListableBeanFactory beans,
            PgWatchProperties properties,
            Supplier<Optional<ConnectionTarget>> declared,
            boolean lazyIsOrdinary) {
        this.beans = beans;
        this.exclude = properties.exclude();
        this.include = properties.include();
        this.declared = declared;
        this.lazyIsOrdinary = lazyIsOrdinary;
    }

    List<WatchedDataSource> find() {
        List<String> names = beanNames();
        requireKnown("pgwatch.exclude", exclude, names);
        requireKnown("pgwatch.include", include, names);
        List<WatchedDataSource> found = names.stream()
                .filter(name -> !exclude.contains(name))
                .flatMap(name -> watched(name).stream())
                .toList();
        return withoutDoubles(found);
    }

    private List<String> beanNames() {
        List<String> names = new ArrayList<>();
        for (String name : beans.getBeanNamesForType(DataSource.class, true, true)) {
            if (!ScopedProxyUtils.isScopedTarget(name)) {
                names.add(name);
            }
        }
        return names;
    }

    private void requireKnown(String property, Set<String> given, List<String> names) {
        for (String name : given) {
            if (!names.contains(name)) {
                throw new InvalidPgWatchPropertyException(
                        property,
                        "unknown data source bean '" + name + "'; "
                                + (names.isEmpty() ? "there is none" : "there are " + String.join(", ", names)));
            }
            if (exclude.contains(name) && include.contains(name)) {
                throw new InvalidPgWatchPropertyException(
                        property, "'" + name + "' is named in pgwatch.exclude and in pgwatch.include, want it in one");
            }
        }
    }

    private Optional<WatchedDataSource> watched(String name) {
        boolean included = include.contains(name);
        if (!beans.isSingleton(name)) {
            if (included) {
                throw new InvalidPgWatchPropertyException(
                        "pgwatch.include", "data source bean '" + name + "' is not a singleton, want one that is");
            }
            return leftOut(name, "is not a singleton");
        }
        if (!included && isLazyAndUnmade(name)) {
            return leftOut(name, "is lazy; name it in pgwatch.include to watch it");
        }
        if (!(beans.getBean(name) instanceof DataSource dataSource)) {
            return leftOut(name, "is null");
        }
        if (!included && isRouting(dataSource)) {
            return leftOut(name, "routes to others; name it in pgwatch.include to watch it");
        }
        return watched(name, dataSource, included);
    }

    private Optional<WatchedDataSource> watched(String name, DataSource dataSource, boolean included) {
        Optional<String> told = urlOf(name, dataSource);
        Supplier<Optional<ConnectionTarget>> target = told.isPresent() ? Optional::empty : targetOf(name, dataSource);
        Optional<String> url = told.or(() -> target.get().map(ConnectionTarget::url));
        if (url.isPresent() && !DataSources.isPostgres(url.get())) {
            if (included) {
                throw new InvalidPgWatchPropertyException(
                        "pgwatch.include",
                        "data source bean '" + name + "' leads to " + kindOf(url.get())
                                + ", want one that leads to jdbc:postgresql:");
            }
            return url.get().contains(":postgresql:")
                    ? leftOut(name, "leads to " + kindOf(url.get()) + ", which is not PostgreSQL's own driver")
                    : Optional.empty();
        }
        if (url.isEmpty() && !included) {
            return isEmbedded(dataSource)
                    ? Optional.empty()
                    : leftOut(
                            name,
                            "does not tell where it leads; if to PostgreSQL, name it in pgwatch.include to watch it");
        }
        return Optional.of(new WatchedDataSource(name, dataSource, url, target));
    }

    private static Optional<WatchedDataSource> leftOut(String name, String why) {
        log.info("data source bean '{}' is not watched: it {}", name, why);
        return Optional.empty();
    }

    /** Whatever a foreign data source throws at being asked means that it does not tell. */
    private static Optional<String> urlOf(String name, DataSource dataSource) {
        try {
            return DataSources.urlOf(dataSource);
        } catch (RuntimeException e) {
            log.debug("data source bean '{}' does not tell where it leads", name, e);
            return Optional.empty();
        }
    }

    private Supplier<Optional<ConnectionTarget>> targetOf(String name, DataSource dataSource) {
        if (SPRING_JDBC) {
            Optional<AbstractDriverBasedDataSource> plain = SpringJdbc.plain(dataSource);
            if (plain.isPresent()) {
                return () -> SpringJdbc.target(plain.get());
            }
        }
        return isBootsOwn(name) ? declared : Optional::empty;
    }

    private static boolean isRouting(DataSource dataSource) {
        return SPRING_JDBC && SpringJdbc.isRouting(dataSource);
    }

    private static boolean isEmbedded(DataSource dataSource) {
        return SPRING_JDBC && SpringJdbc.isEmbedded(dataSource);
    }

    private boolean isLazyAndUnmade(String name) {
        return !lazyIsOrdinary
                && beans.containsBeanDefinition(name)
                && beans.getBeanDefinition(name).isLazyInit()
                && !beans.containsSingleton(name);
    }

    /** Whether Boot made the bean from {@code spring.datasource} or its connection details. */
    private boolean isBootsOwn(String name) {
        if (!beans.containsBeanDefinition(name)) {
            return false;
        }
        BeanDefinition definition = beans.getBeanDefinition(name);
        MethodMetadata method =
                definition instanceof AnnotatedBeanDefinition annotated ? annotated.getFactoryMethodMetadata() : null;
        return method != null && method.getDeclaringClassName().startsWith("org.springframework.boot.");
    }

    /** Beans that share one pool are one to watch: the pool, not what is put around it or inside it, and else the first. */
    private List<WatchedDataSource> withoutDoubles(List<WatchedDataSource> found) {
        List<WatchedDataSource> kept = new ArrayList<>();
        for (WatchedDataSource one : found) {
            if (isIncluded(one) || kept.stream().noneMatch(other -> covers(other, one))) {
                kept.removeIf(other -> !isIncluded(other) && covers(one, other));
                kept.add(one);
            }
        }
        return kept;
    }

    private boolean isIncluded(WatchedDataSource one) {
        return include.contains(one.bean());
    }

    private static boolean covers(WatchedDataSource one, WatchedDataSource other) {
        return DataSources.covers(one.dataSource(), other.dataSource());
    }

    /** The part of a URL that names the driver, and nothing of what follows. */
    private static String kindOf(String url) {
        int end = url.indexOf("//");
        String head = end < 0 ? url : url.substring(0, end);
        int colon = head.indexOf(':', head.indexOf(':') + 1);
        return end < 0 && colon > 0 ? head.substring(0, colon + 1) : head;
    }

    /** What needs spring-jdbc, which an application with a data source may still not have. */
    private static final class SpringJdbc {

        static boolean isRouting(DataSource dataSource) {
            return find(dataSource, AbstractRoutingDataSource.class).isPresent();
        }

        static boolean isEmbedded(DataSource dataSource) {
            return dataSource instanceof EmbeddedDatabase;
        }

        static Optional<AbstractDriverBasedDataSource> plain(DataSource dataSource) {
            return find(dataSource, AbstractDriverBasedDataSource.class);
        }

        static Optional<ConnectionTarget> target(AbstractDriverBasedDataSource plain) {
            return Optional.ofNullable(plain.getUrl())
                    .map(url -> new ConnectionTarget(url, plain.getUsername(), plain.getPassword()));
        }

        private static <T> Optional<T> find(DataSource dataSource, Class<T> type) {
            try {
                return dataSource.isWrapperFor(type) ? Optional.of(dataSource.unwrap(type)) : Optional.empty();
            } catch (SQLException | RuntimeException | AbstractMethodError e) {
                return Optional.empty();
            }
        }
    }
}

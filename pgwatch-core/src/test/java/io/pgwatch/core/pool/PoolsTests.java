package io.pgwatch.core.pool;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.pgwatch.core.AttributedDataSource;
import java.io.File;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.postgresql.ds.PGPoolingDataSource;
import org.postgresql.ds.PGSimpleDataSource;

class PoolsTests {

    private static final List<String> POOLS = List.of(
            "HikariCP", "tomcat-jdbc", "commons-dbcp2", "commons-pool2", "agroal", "c3p0", "ucp17", "vibur", "druid");

    @Test
    void finds_a_pool_that_was_never_started_and_does_not_start_it() {
        try (HikariDataSource hikari = hikari()) {
            Pool pool = Pools.find(hikari).orElseThrow();

            assertThat(pool.look().max()).isEqualTo(7);
            assertThat(pool.look().active()).isNull();
            assertThat(pool.origin().url()).isEqualTo("jdbc:postgresql://localhost:1/orders");
            assertThat(hikari.getHikariPoolMXBean()).isNull();
        }
    }

    @Test
    void finds_a_pool_behind_a_proxy_that_unwraps() {
        try (HikariDataSource hikari = hikari()) {
            DataSource proxy = proxy((self, method, arguments) -> method.invoke(hikari, arguments));

            assertThat(Pools.find(proxy)).isPresent();
        }
    }

    @Test
    void finds_a_pool_that_denies_what_it_is_behind_a_memory_of_borrowers() {
        DataSource tomcat = new org.apache.tomcat.jdbc.pool.DataSource();

        assertThat(Pools.find(AttributedDataSource.around(around(tomcat)))).isPresent();
    }

    @Test
    void finds_the_pool_that_took_the_place_of_another() {
        AtomicReference<DataSource> current = new AtomicReference<>();
        DataSource proxy = proxy((self, method, arguments) -> method.invoke(current.get(), arguments));
        try (HikariDataSource first = hikari();
                HikariDataSource second = hikari()) {
            first.setPoolName("first");
            second.setPoolName("second, \"or=so\"");

            current.set(first);
            assertThat(Pools.find(proxy).orElseThrow().name()).isEqualTo("first");
            current.set(second);
            assertThat(Pools.find(proxy).orElseThrow().name()).isEqualTo("second, \"or=so\"");
        }
    }

    @Test
    void a_proxy_that_lies_or_throws_hides_its_pool_and_that_is_all() {
        assertThat(Pools.find(
                        proxy((self, method, arguments) -> method.getName().equals("isWrapperFor") ? true : null)))
                .isEmpty();
        assertThat(Pools.find(proxy((self, method, arguments) -> {
                    throw new SQLException("no");
                })))
                .isEmpty();
        assertThat(Pools.find(proxy((self, method, arguments) -> {
                    throw new UnsupportedOperationException();
                })))
                .isEmpty();
        assertThat(Pools.find(proxy((self, method, arguments) ->
                        method.getName().equals("isWrapperFor") ? (Object) true : "no data source")))
                .isEmpty();
    }

    @Test
    void reads_a_pool_that_is_configured_by_a_data_source_class() {
        try (HikariDataSource hikari = new HikariDataSource()) {
            hikari.setDataSourceClassName("org.postgresql.ds.PGSimpleDataSource");
            hikari.addDataSourceProperty("serverName", "db");
            hikari.addDataSourceProperty("databaseName", "orders");

            assertThat(Pools.originOf(hikari).orElseThrow().url()).isEqualTo("jdbc:postgresql://db:5432/orders");
        }
    }

    @Test
    void reads_properties_that_are_not_text_as_hikari_does() {
        try (HikariDataSource hikari = new HikariDataSource()) {
            hikari.setDataSourceClassName("org.postgresql.ds.PGSimpleDataSource");
            hikari.addDataSourceProperty("serverName", "db");
            hikari.addDataSourceProperty("portNumber", 5433);
            hikari.addDataSourceProperty("databaseName", "orders");
            hikari.addDataSourceProperty("ssl", true);

            Origin origin = Pools.originOf(hikari).orElseThrow();

            assertThat(origin.url()).isEqualTo("jdbc:postgresql://db:5433/orders");
            assertThat(origin.properties().getProperty("ssl")).isEqualTo("true");
        }
    }

    @Test
    void a_pool_around_the_drivers_data_source_leads_where_that_does() {
        PGSimpleDataSource driver = new PGSimpleDataSource();
        driver.setURL("jdbc:postgresql://db:5433/orders");
        driver.setUser("app");
        try (HikariDataSource hikari = new HikariDataSource()) {
            hikari.setDataSource(driver);
            Origin origin = Pools.originOf(hikari).orElseThrow();
            assertThat(origin.url()).startsWith("jdbc:postgresql://db:5433/orders");
            assertThat(origin.username()).isEqualTo("app");

            hikari.setUsername("other");
            assertThat(Pools.originOf(hikari).orElseThrow().username()).isEqualTo("other");
        }
    }

    @Test
    void knows_a_driver_without_a_pool() {
        PGSimpleDataSource plain = new PGSimpleDataSource();
        plain.setURL("jdbc:postgresql://localhost:1/orders");

        assertThat(Pools.find(plain)).isEmpty();
        assertThat(Pools.isNoPool(plain)).isTrue();
        assertThat(Pools.originOf(plain).orElseThrow().url()).startsWith("jdbc:postgresql://localhost:1/orders");
    }

    @Test
    void what_is_put_around_a_driver_without_a_pool_has_none_either() {
        assertThat(Pools.isNoPool(around(new PGSimpleDataSource()))).isTrue();
        assertThat(Pools.isNoPool(around(around(new PGSimpleDataSource())))).isTrue();
        assertThat(Pools.isNoPool(AttributedDataSource.around(new PGSimpleDataSource())))
                .isTrue();
    }

    @Test
    @SuppressWarnings("deprecation") // it is still there, and still used
    void does_not_take_a_pool_that_it_does_not_know_for_none() {
        DataSource unknown = unwrappingTo(new PGSimpleDataSource());

        assertThat(Pools.isNoPool(unknown)).isFalse();
        assertThat(Pools.isNoPool(around(unknown))).isFalse();
        assertThat(Pools.isNoPool(new PGPoolingDataSource())).isFalse();
        try (HikariDataSource hikari = around(new PGSimpleDataSource(), "started")) {
            assertThat(Pools.isNoPool(hikari)).isFalse();
        }
    }

    @Test
    void a_pool_covers_what_is_put_around_it_and_not_the_other_way_round() {
        try (HikariDataSource hikari = hikari()) {
            for (DataSource pool : List.of(hikari, new org.apache.tomcat.jdbc.pool.DataSource())) {
                DataSource wrapper = around(pool);
                assertCovers(pool, wrapper);
                assertCovers(pool, around(wrapper));
                assertCovers(wrapper, around(wrapper));
            }
        }
    }

    @Test
    void a_pool_covers_the_drivers_data_source_inside_it_and_not_the_other_way_round() {
        PGSimpleDataSource driver = new PGSimpleDataSource();
        HikariDataSource unstarted = new HikariDataSource();
        unstarted.setDataSource(driver);
        try (unstarted;
                HikariDataSource started = around(driver, "started")) {
            assertCovers(unstarted, driver);
            assertCovers(started, driver);
            assertCovers(around(started), driver);
            assertCovers(unwrappingTo(driver), driver);
        }
    }

    @Test
    void two_ways_to_one_pool_cover_each_other() {
        DataSource pool = new org.apache.tomcat.jdbc.pool.DataSource();
        DataSource one = around(pool);
        DataSource other = around(pool);

        assertThat(Pools.covers(one, other)).isTrue();
        assertThat(Pools.covers(other, one)).isTrue();
        assertThat(Pools.covers(pool, pool)).isTrue();
    }

    @Test
    void two_pools_around_one_driver_cover_nothing_of_each_other() {
        PGSimpleDataSource driver = new PGSimpleDataSource();
        try (HikariDataSource one = around(driver, "one");
                HikariDataSource other = around(driver, "other")) {
            assertThat(Pools.covers(one, other)).isFalse();
            assertThat(Pools.covers(other, one)).isFalse();
        }
    }

    private static void assertCovers(DataSource one, DataSource other) {
        assertThat(Pools.covers(one, other)).isTrue();
        assertThat(Pools.covers(other, one)).isFalse();
    }

    @Test
    void a_pool_of_a_version_that_lacks_a_method_does_not_tell_where_it_leads(@TempDir Path directory)
            throws Exception {
        Path source = Files.writeString(
                Files.createDirectories(directory.resolve("com/zaxxer/hikari")).resolve("HikariDataSource.java"),
                "package com.zaxxer.hikari; public class HikariDataSource extends org.postgresql.ds.PGSimpleDataSource {}");
        String classPath = withoutPools().collect(Collectors.joining(File.pathSeparator));
        ToolProvider.findFirst("javac").orElseThrow().run(System.out, System.err, "-cp", classPath, source.toString());
        URL[] withOldPool = Stream.concat(Stream.of(directory.toString()), withoutPools())
                .map(PoolsTests::url)
                .toArray(URL[]::new);
        try (URLClassLoader loader = new URLClassLoader(withOldPool, ClassLoader.getPlatformClassLoader())) {
            Class<?> pools = loader.loadClass(Pools.class.getName());
            Object old = loader.loadClass(HikariDataSource.class.getName())
                    .getConstructor()
                    .newInstance();

            assertThat(pools.getMethod("originOf", DataSource.class).invoke(null, old))
                    .asString()
                    .contains("jdbc:postgresql:");
        }
    }

    @Test
    void works_without_any_pool_on_the_class_path() throws Exception {
        URL[] withoutPools = withoutPools().map(PoolsTests::url).toArray(URL[]::new);
        try (URLClassLoader loader = new URLClassLoader(withoutPools, ClassLoader.getPlatformClassLoader())) {
            Class<?> pools = loader.loadClass(Pools.class.getName());
            Object plain = loader.loadClass(PGSimpleDataSource.class.getName())
                    .getConstructor()
                    .newInstance();

            assertThat(pools.getMethod("find", DataSource.class).invoke(null, plain))
                    .isEqualTo(java.util.Optional.empty());
        }
    }

    private static Stream<String> withoutPools() {
        return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> POOLS.stream().noneMatch(entry::contains));
    }

    private static URL url(String entry) {
        try {
            return Path.of(entry).toUri().toURL();
        } catch (java.net.MalformedURLException e) {
            throw new IllegalArgumentException(e);
        }
    }

    private static HikariDataSource hikari() {
        HikariDataSource hikari = new HikariDataSource();
        hikari.setJdbcUrl("jdbc:postgresql://localhost:1/orders");
        hikari.setMaximumPoolSize(7);
        return hikari;
    }

    /** Starts though nobody answers. */
    private static HikariDataSource around(DataSource driver, String name) {
        HikariConfig config = new HikariConfig();
        config.setPoolName(name);
        config.setDataSource(driver);
        config.setMinimumIdle(0);
        config.setInitializationFailTimeout(-1);
        return new HikariDataSource(config);
    }

    /** As Spring wraps; what is asked of it is asked of what is inside. */
    private interface Wrapper extends DataSource {

        DataSource getTargetDataSource();
    }

    private static DataSource around(DataSource inner) {
        return (DataSource) Proxy.newProxyInstance(
                PoolsTests.class.getClassLoader(),
                new Class<?>[] {Wrapper.class},
                (self, method, arguments) -> switch (method.getName()) {
                    case "getTargetDataSource" -> inner;
                    case "equals" -> self == arguments[0];
                    case "hashCode" -> 1;
                    default -> method.invoke(inner, arguments);
                });
    }

    /** A pool that nobody knows, around a driver. */
    private static DataSource unwrappingTo(DataSource driver) {
        return proxy((self, method, arguments) -> switch (method.getName()) {
            case "isWrapperFor" -> ((Class<?>) arguments[0]).isInstance(driver);
            case "unwrap" -> driver;
            case "equals" -> self == arguments[0];
            default -> throw new UnsupportedOperationException(method.getName());
        });
    }

    private static DataSource proxy(InvocationHandler handler) {
        return (DataSource)
                Proxy.newProxyInstance(PoolsTests.class.getClassLoader(), new Class<?>[] {DataSource.class}, handler);
    }
}

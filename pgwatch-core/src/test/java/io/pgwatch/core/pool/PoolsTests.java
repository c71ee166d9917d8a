package io.pgwatch.core.pool;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.net.URL;
import java.net.URLClassLoader;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
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
    void works_without_any_pool_on_the_class_path() throws Exception {
        URL[] withoutPools = Stream.of(System.getProperty("java.class.path").split(java.io.File.pathSeparator))
                .filter(entry -> POOLS.stream().noneMatch(entry::contains))
                .map(PoolsTests::url)
                .toArray(URL[]::new);
        try (URLClassLoader loader = new URLClassLoader(withoutPools, ClassLoader.getPlatformClassLoader())) {
            Class<?> pools = loader.loadClass(Pools.class.getName());
            Object plain = loader.loadClass(PGSimpleDataSource.class.getName())
                    .getConstructor()
                    .newInstance();

            assertThat(pools.getMethod("find", DataSource.class).invoke(null, plain))
                    .isEqualTo(java.util.Optional.empty());
        }
    }

    private static URL url(String entry) {
        try {
            return java.nio.file.Path.of(entry).toUri().toURL();
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

    private static DataSource proxy(InvocationHandler handler) {
        return (DataSource)
                Proxy.newProxyInstance(PoolsTests.class.getClassLoader(), new Class<?>[] {DataSource.class}, handler);
    }
}

package io.pgwatch.reliability;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.pgwatch.testsupport.NoLeaks;
import io.pgwatch.testsupport.PgServer;
import io.pgwatch.testsupport.Postgres;
import java.lang.management.ManagementFactory;
import java.lang.ref.WeakReference;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Stream;
import javax.management.ObjectName;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** One application after the other, each with a class loader of its own, as a servlet container does it. */
@NoLeaks
@EnabledIfSystemProperty(named = "pgwatch.faults", matches = "all", disabledReason = "takes minutes")
class RedeploymentIT {

    private static final int TIMES = 25;

    /** Where containers have the driver. */
    private enum Driver {
        WITH_THE_CONTAINER,
        WITH_THE_APPLICATION
    }

    /**
     * The JDK itself keeps the class of the last record of a deployed application whose {@code equals} was linked; the next
     * such application takes its place.
     */
    @ParameterizedTest(name = "{0}")
    @EnumSource
    void no_application_leaves_anything(Driver driver, @Postgres PgServer server) throws Exception {
        Predicate<String> shared = jar -> jar.contains("postgresql-") && driver == Driver.WITH_THE_CONTAINER;
        List<WeakReference<ClassLoader>> gone = new ArrayList<>();
        try (URLClassLoader container = loader(shared, ClassLoader.getPlatformClassLoader())) {
            for (int i = 0; i < TIMES; i++) {
                gone.add(deployAndUndeploy(container, shared.negate(), server));
            }
            deployAndUndeploy(container, shared.negate(), server);
            await().atMost(Duration.ofMinutes(1)).untilAsserted(() -> {
                System.gc();
                assertThat(gone)
                        .as("class loaders left of " + TIMES)
                        .filteredOn(one -> one.get() != null)
                        .isEmpty();
            });
        }
    }

    private static WeakReference<ClassLoader> deployAndUndeploy(
            ClassLoader container, Predicate<String> jars, PgServer server) throws Exception {
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        try (URLClassLoader loader = loader(jars, container)) {
            thread.setContextClassLoader(loader);
            Object application = loader.loadClass(Deployed.class.getName())
                    .getConstructor(String.class)
                    .newInstance(server.jdbcUrl("app"));
            try (AutoCloseable undeploy = (AutoCloseable) application) {
                assertThat(undeploy.getClass().getClassLoader()).isSameAs(loader);
                Supplier<?> told = (Supplier<?>) application;
                await().untilAsserted(() -> assertThat(told.get()).isEqualTo("UP, nothing"));
                readBeans();
            }
            return new WeakReference<>(loader);
        } finally {
            thread.setContextClassLoader(before);
        }
    }

    private static void readBeans() throws Exception {
        assertThat(Holdings.beans()).isNotEmpty();
        for (String bean : Holdings.beans()) {
            Cost.readAll(new ObjectName(bean));
        }
        ManagementFactory.getPlatformMBeanServer()
                .addNotificationListener(
                        new ObjectName(Holdings.beans().iterator().next()), (notification, handback) -> {}, null, null);
    }

    private static URLClassLoader loader(Predicate<String> jars, ClassLoader parent) {
        return new URLClassLoader(
                Stream.of(System.getProperty("java.class.path").split(java.io.File.pathSeparator))
                        .filter(jars)
                        .map(RedeploymentIT::url)
                        .toArray(URL[]::new),
                parent);
    }

    private static URL url(String path) {
        try {
            return Path.of(path).toUri().toURL();
        } catch (MalformedURLException e) {
            throw new IllegalArgumentException(path, e);
        }
    }
}

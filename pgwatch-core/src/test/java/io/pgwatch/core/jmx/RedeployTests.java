package io.pgwatch.core.jmx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.pgwatch.probe.Level;
import java.io.File;
import java.lang.management.ManagementFactory;
import java.lang.ref.WeakReference;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.junit.jupiter.api.Test;

class RedeployTests {

    private final MBeanServer platform = ManagementFactory.getPlatformMBeanServer();

    /**
     * The JDK itself keeps the class of the last record of a deployed application whose {@code equals} was linked, whoever
     * that was (17 for ever, 25 until memory is short): the next such application takes its place.
     */
    @Test
    void an_application_that_is_gone_leaves_its_classes_to_the_collector() throws Exception {
        WeakReference<ClassLoader> gone = deployAndUndeploy();
        deployAndUndeploy();

        await().atMost(Duration.ofSeconds(20)).until(() -> {
            System.gc();
            return gone.get() == null;
        });
    }

    private WeakReference<ClassLoader> deployAndUndeploy() throws Exception {
        ClassLoader loader = new Deployment();
        try (AutoCloseable application = start(loader)) {
            assertThat(registered()).hasSize(2);
            platform.getMBeanInfo(registered().get(0));
            platform.getAttribute(new ObjectName("io.pgwatch:type=Watch,name=\"shop\""), "Probes");
            assertThat(application.getClass().getClassLoader()).isSameAs(loader);
        }
        assertThat(registered()).isEmpty();
        return new WeakReference<>(loader);
    }

    @Test
    void an_application_that_comes_before_the_old_one_has_gone_gets_a_number() throws Exception {
        try (AutoCloseable old = start(new Deployment());
                AutoCloseable young = start(new Deployment())) {
            assertThat(registered()).hasSize(4).contains(new ObjectName("io.pgwatch:type=Watch,name=\"shop #2\""));
            assertThat(old.getClass()).isNotSameAs(young.getClass());
        }
        assertThat(registered()).isEmpty();
    }

    private List<ObjectName> registered() throws Exception {
        return List.copyOf(platform.queryNames(new ObjectName("io.pgwatch:*"), null));
    }

    private static AutoCloseable start(ClassLoader loader) throws Exception {
        Callable<?> application = (Callable<?>)
                loader.loadClass(Application.class.getName()).getConstructor().newInstance();
        return (AutoCloseable) application.call();
    }

    /** Has all classes of the application and shares those of the JDK only, as a container does. */
    private static final class Deployment extends URLClassLoader {

        Deployment() {
            super(
                    Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                            .map(Deployment::url)
                            .toArray(URL[]::new),
                    ClassLoader.getPlatformClassLoader());
        }

        private static URL url(String path) {
            try {
                return Path.of(path).toUri().toURL();
            } catch (MalformedURLException e) {
                throw new IllegalArgumentException(path, e);
            }
        }
    }

    /** An application with a watch; gives what ends it. */
    public static final class Application implements Callable<AutoCloseable> {

        @Override
        public AutoCloseable call() throws Exception {
            FakeWatch watch = new FakeWatch("shop", TallTrees.probe());
            PgWatchMBeans beans = PgWatchMBeans.register(watch);
            ManagementFactory.getPlatformMBeanServer()
                    .addNotificationListener(beans.names().get(0), (notification, handback) -> {}, null, null);
            watch.publish(TallTrees.report(Instant.now(), TallTrees.judged(Level.OK, TallTrees.of())));
            return watch;
        }
    }
}

package io.pgwatch.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URL;
import java.net.URLClassLoader;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class SharedTimerTests {

    /** The timer outlives an application of several in one JVM as long as another has a watch. */
    @Test
    void keeps_nothing_of_the_application_whose_watch_was_first() throws Exception {
        Thread current = Thread.currentThread();
        ClassLoader before = current.getContextClassLoader();
        CompletableFuture<ClassLoader> seen = new CompletableFuture<>();
        try (URLClassLoader application = new URLClassLoader(new URL[0], before)) {
            current.setContextClassLoader(application);
            try (SharedTimer.Ticking ticking = SharedTimer.everySecond(
                    () -> seen.complete(Thread.currentThread().getContextClassLoader()))) {
                assertThat(seen.get(10, TimeUnit.SECONDS)).isNotSameAs(application);
            }
        } finally {
            current.setContextClassLoader(before);
        }
    }
}

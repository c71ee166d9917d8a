package io.pgwatch.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.URL;
import java.net.URLClassLoader;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class SharedTimerTests {

    @Test
    void a_task_that_does_not_return_leaves_the_others_a_thread() throws Exception {
        CountDownLatch over = new CountDownLatch(1);
        CountDownLatch hangs = new CountDownLatch(1);
        try (SharedTimer.Ticking hanging = SharedTimer.everySecond(() -> {
            hangs.countDown();
            awaitUninterruptibly(over);
        })) {
            assertThat(hangs.await(10, TimeUnit.SECONDS)).isTrue();
            CompletableFuture<Boolean> ticked = new CompletableFuture<>();
            try (SharedTimer.Ticking other = SharedTimer.everySecond(() -> ticked.complete(true))) {
                await().atMost(Duration.ofSeconds(20)).until(() -> {
                    SharedTimer.relieve();
                    return ticked.isDone();
                });
            }
        } finally {
            over.countDown();
        }
    }

    private static void awaitUninterruptibly(CountDownLatch over) {
        while (over.getCount() > 0) {
            try {
                over.await();
            } catch (InterruptedException stubborn) {
                // as code of an application may be
            }
        }
    }

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

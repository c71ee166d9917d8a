package io.pgwatch.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.lang.ref.WeakReference;
import java.net.URL;
import java.net.URLClassLoader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
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

    /** Up to JDK 23 a thread keeps the class loaders of whoever took part in its making. */
    @Test
    void keeps_no_class_of_that_application() throws Exception {
        List<SharedTimer.Ticking> ticking = new ArrayList<>();
        WeakReference<ClassLoader> gone = callFromAnApplication(() -> ticking.add(SharedTimer.everySecond(() -> {})));
        try {
            await().atMost(Duration.ofSeconds(20)).until(() -> {
                System.gc();
                return gone.get() == null;
            });
        } finally {
            ticking.forEach(SharedTimer.Ticking::close);
        }
    }

    private static WeakReference<ClassLoader> callFromAnApplication(Runnable call) throws Exception {
        URL classes =
                SharedTimerTests.class.getProtectionDomain().getCodeSource().getLocation();
        try (URLClassLoader loader = new URLClassLoader(new URL[] {classes}, ClassLoader.getPlatformClassLoader())) {
            Executor application = (Executor) loader.loadClass(Application.class.getName())
                    .getConstructor()
                    .newInstance();
            application.execute(call);
            return new WeakReference<>(loader);
        }
    }

    /** Shares no class but those of the JDK. */
    public static final class Application implements Executor {

        @Override
        public void execute(Runnable call) {
            call.run();
        }
    }
}

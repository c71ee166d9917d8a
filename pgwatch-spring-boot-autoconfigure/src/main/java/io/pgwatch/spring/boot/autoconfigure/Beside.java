package io.pgwatch.spring.boot.autoconfigure;

import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/** Work that goes on while the application makes its other beans, on a daemon thread that ends with it. */
final class Beside {

    private Beside() {}

    static <T> CompletableFuture<T> theStart(String threadName, Supplier<T> work) {
        return CompletableFuture.supplyAsync(work, task -> {
            Thread thread = new Thread(task, threadName);
            thread.setDaemon(true);
            thread.start();
        });
    }
}

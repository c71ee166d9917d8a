package io.pgwatch.spring.boot.autoconfigure;

import java.util.concurrent.Executor;

/** Work that goes on while the application makes its other beans, on a daemon thread that ends with it. */
final class Beside {

    private Beside() {}

    static Executor theStart(String threadName) {
        return work -> {
            Thread thread = new Thread(work, threadName);
            thread.setDaemon(true);
            thread.start();
        };
    }
}

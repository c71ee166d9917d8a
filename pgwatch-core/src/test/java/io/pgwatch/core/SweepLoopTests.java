package io.pgwatch.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.pgwatch.PgWatch;
import io.pgwatch.snapshot.Databases;
import io.pgwatch.testsupport.NoLeaks;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** The thread of a watch lives as long as the watch does. */
@NoLeaks
class SweepLoopTests {

    @Test
    void a_watch_that_cannot_begin_to_read_says_so_and_tries_again() {
        AtomicInteger asked = new AtomicInteger();
        OwnProbe moody = OwnProbe.needing(() -> {
            if (asked.incrementAndGet() == 2) { // the first to ask is the builder
                throw new IllegalStateException("not now");
            }
            return Set.of(Databases.SECTION);
        });
        Logger log = (Logger) LoggerFactory.getLogger(JdbcPgWatch.class);
        ListAppender<ILoggingEvent> lines = new ListAppender<>();
        lines.start();
        log.addAppender(lines);
        try (PgWatch watch = JdbcPgWatch.builder("jdbc:postgresql://localhost:1/orders")
                .interval(Duration.ofMillis(100))
                .probes(List.of(moody))
                .start()) {
            await().until(() -> watch.latest().isPresent());
        } finally {
            log.detachAppender(lines);
        }

        assertThat(lines.list)
                .extracting(ILoggingEvent::getFormattedMessage)
                .contains("orders: cannot begin to read, and tries again");
    }
}

package io.pgwatch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.pgwatch.probe.Probe;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class PgWatchesTests {

    private final CyclicBarrier allAreClosing = new CyclicBarrier(3);
    private final AtomicInteger closed = new AtomicInteger();

    @Test
    @Timeout(30)
    void closes_all_side_by_side_and_returns_when_all_are_closed() {
        new PgWatches(List.of(watch("a"), watch("b"), watch("c"))).close();

        assertThat(closed).hasValue(3);
    }

    @Test
    void refuses_two_of_one_name() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new PgWatches(List.of(watch("a"), watch("a"))))
                .withMessage("want a name of its own for each watch, got 'a' twice");
    }

    @Test
    void shows_a_watch_without_a_report_as_null() {
        assertThat(new PgWatches(List.of(watch("a"))).json()).isEqualTo("{\"watches\":{\"a\":null}}");
    }

    private PgWatch watch(String name) {
        return new PgWatch() {
            @Override
            public String name() {
                return name;
            }

            @Override
            public List<Probe<?>> probes() {
                return List.of();
            }

            @Override
            public Optional<Report> latest() {
                return Optional.empty();
            }

            @Override
            public void refresh() {}

            @Override
            public Listening listen(ReportListener listener) {
                return () -> {};
            }

            @Override
            public void close() {
                try {
                    allAreClosing.await();
                    closed.incrementAndGet();
                } catch (InterruptedException | BrokenBarrierException e) {
                    throw new IllegalStateException(e);
                }
            }
        };
    }
}

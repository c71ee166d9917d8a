package io.pgwatch.core.jmx;

import io.pgwatch.PgWatch;
import io.pgwatch.Report;
import io.pgwatch.ReportListener;
import io.pgwatch.probe.Probe;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/** A watch that publishes what a test hands it, on the thread of the test. */
final class FakeWatch implements PgWatch {

    private final String name;
    private final List<Probe<?>> probes;
    private final List<ReportListener> listeners = new CopyOnWriteArrayList<>();
    private int refreshes;
    private volatile Optional<Report> latest = Optional.empty();

    FakeWatch(String name, Probe<?>... probes) {
        this.name = name;
        this.probes = List.of(probes);
    }

    void publish(Report report) {
        latest = Optional.of(report);
        listeners.forEach(listener -> listener.onReport(report));
    }

    int refreshes() {
        return refreshes;
    }

    int listeners() {
        return listeners.size();
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public List<Probe<?>> probes() {
        return probes;
    }

    @Override
    public Optional<Report> latest() {
        return latest;
    }

    @Override
    public void refresh() {
        refreshes++;
    }

    @Override
    public Listening listen(ReportListener listener) {
        listeners.add(listener);
        latest.ifPresent(listener::onReport);
        return () -> listeners.remove(listener);
    }

    @Override
    public void close() {
        listeners.forEach(ReportListener::onClose);
        listeners.clear();
    }
}

package io.pgwatch.sample.check;

import io.pgwatch.ProbeReport;
import io.pgwatch.Report;
import io.pgwatch.probe.Verdict;
import java.lang.reflect.RecordComponent;
import java.util.List;
import java.util.stream.Stream;

/** Shortens every list of a report's evidence, which stands in the order of worst first; knows no probe. */
record Top(int size) {

    Report of(Report report) {
        return new Report(
                report.watch(),
                report.level(),
                report.sampledAt(),
                report.server(),
                report.probes().stream().<ProbeReport<?>>map(this::of).toList(),
                report.sweep());
    }

    private <E> ProbeReport<E> of(ProbeReport<E> probe) {
        Verdict<E> shorter = probe.verdict()
                .fold(
                        judged -> new Verdict.Judged<>(
                                judged.level(), judged.summary(), of(judged.evidence()), judged.findings()),
                        unknown -> new Verdict.Unknown<>(
                                unknown.cause(), unknown.detail(), unknown.remedy(), of(unknown.partial())));
        return new ProbeReport<>(probe.id(), probe.level(), shorter, probe.lastJudged());
    }

    @SuppressWarnings("unchecked") // the canonical constructor makes a record of the same class
    private <E> E of(E evidence) {
        if (evidence == null) {
            return null;
        }
        RecordComponent[] components = evidence.getClass().getRecordComponents();
        try {
            Class<?>[] types =
                    Stream.of(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
            Object[] values = new Object[components.length];
            for (int i = 0; i < components.length; i++) {
                values[i] = first(components[i].getAccessor().invoke(evidence));
            }
            return (E) evidence.getClass().getConstructor(types).newInstance(values);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("evidence must be a public record: " + evidence.getClass(), e);
        }
    }

    private Object first(Object value) {
        return value instanceof List<?> list ? list.subList(0, Math.min(size, list.size())) : value;
    }
}

package io.pgwatch.core;

import io.pgwatch.Report;
import io.pgwatch.evidence.ProbeIds;
import io.pgwatch.evidence.Vacuum;
import io.pgwatch.probe.Finding;
import java.util.Optional;

/** What a report says of a table and its VACUUM. */
final class Vacuums {

    private Vacuums() {}

    static Vacuum evidence(Report report) {
        return report.verdict(ProbeIds.VACUUM).seen().orElseThrow();
    }

    static Vacuum.Table table(Report report, String name) {
        return evidence(report).tables().stream()
                .filter(table -> table.table().equals(name))
                .findFirst()
                .orElseThrow(() -> new AssertionError(
                        name + " is not among " + evidence(report).tables()));
    }

    static Finding finding(Report report, String name) {
        return find(report, name).orElseThrow(() -> new AssertionError(report.text()));
    }

    static Optional<Finding> find(Report report, String name) {
        return report.verdict(ProbeIds.VACUUM).findings().stream()
                .filter(finding -> finding.id().equals("vacuum/" + name))
                .findFirst();
    }
}

package io.pgwatch.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgwatch.evidence.ProbeIds;
import io.pgwatch.evidence.Wraparound;
import io.pgwatch.probe.Measure;
import io.pgwatch.probe.Probe;
import io.pgwatch.probe.ProbeId;
import io.pgwatch.probe.Verdict;
import io.pgwatch.snapshot.Cause;
import io.pgwatch.snapshot.Databases;
import io.pgwatch.snapshot.Section;
import io.pgwatch.snapshot.Series;
import io.pgwatch.snapshot.Snapshot;
import io.pgwatch.testsupport.FaultProxy;
import io.pgwatch.testsupport.NoLeaks;
import io.pgwatch.testsupport.PgServer;
import io.pgwatch.testsupport.Postgres;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;

/** What is left of the past when a server has been away. */
@NoLeaks
class OutageIT {

    private static final Duration INTERVAL = Duration.ofSeconds(15);

    @Test
    void hours_without_the_server_do_not_erase_what_was_before(@Postgres PgServer server) {
        List<Snapshot> snapshots = new ArrayList<>();
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setUser("app");
        try (FaultProxy network = FaultProxy.inFrontOf(server);
                Sweeper watch = Sweeper.of(source, Sweeper.probes(new Listening(snapshots)))) {
            source.setUrl(network.jdbcUrl("app"));
            watch.sweep();
            network.refuse();
            network.reset();
            watch.sweepAfter(Duration.ofMinutes(61));
            watch.sweepAfter(Duration.ofMinutes(61));
            network.pass();
            watch.sweepAfter(Duration.ofMinutes(2));
            watch.sweepAfter(INTERVAL);
        }

        assertThat(snapshots.get(2).get(Databases.SECTION).missing()).isPresent();
        Series.Change change = snapshots
                .get(4)
                .history()
                .series(Databases.NEXT_XID)
                .changeOver(Duration.ofHours(6), Duration.ofHours(2))
                .orElseThrow();
        assertThat(change.start().at()).isEqualTo(snapshots.get(0).at().truncatedTo(ChronoUnit.MILLIS));
    }

    /** Keeps what it is asked about. */
    private record Listening(List<Snapshot> snapshots) implements Probe<Wraparound> {

        @Override
        public ProbeId<Wraparound> id() {
            return ProbeIds.WRAPAROUND;
        }

        @Override
        public String question() {
            return "What is there to judge by?";
        }

        @Override
        public Set<Section<?>> needs() {
            return Set.of(Databases.SECTION);
        }

        @Override
        public List<Measure<Wraparound>> measures() {
            return List.of();
        }

        @Override
        public Verdict<Wraparound> judge(Snapshot snapshot) {
            snapshots.add(snapshot);
            return new Verdict.Unknown<>(Cause.NOT_YET, "it listens");
        }
    }
}

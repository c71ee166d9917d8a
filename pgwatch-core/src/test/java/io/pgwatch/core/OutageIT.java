package io.pgwatch.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgwatch.probe.Probe;
import io.pgwatch.snapshot.Databases;
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
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;

/** What is left of the past when a server has been away. */
@NoLeaks
class OutageIT {

    private static final Duration INTERVAL = Duration.ofSeconds(15);

    @Test
    void hours_without_the_server_do_not_erase_what_was_before(@Postgres PgServer server) {
        List<Snapshot> snapshots = new ArrayList<>();
        Probe<?> listening = OwnProbe.judging(snapshot -> {
            snapshots.add(snapshot);
            return OwnProbe.allIsWell();
        });
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setUser("app");
        try (FaultProxy network = FaultProxy.inFrontOf(server);
                Sweeper watch = Sweeper.of(source, Sweeper.probes(listening))) {
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
}

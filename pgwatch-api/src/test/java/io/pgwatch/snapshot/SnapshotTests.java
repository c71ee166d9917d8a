package io.pgwatch.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.pgwatch.snapshot.Reading.Missing;
import io.pgwatch.snapshot.Reading.Taken;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class SnapshotTests {

    private static final Instant NOW = Instant.parse("2026-11-21T02:41:00Z");

    @Test
    void keeps_what_was_known_when_it_was_made() {
        Map<Section<?>, Reading<?>> newest = new HashMap<>();
        newest.put(ClientPools.SECTION, new Taken<>(new ClientPools(List.of()), NOW));
        Snapshot snapshot = Snapshot.of(NOW, newest, History.EMPTY);

        newest.put(ClientPools.SECTION, new Missing<ClientPools>(Cause.FAILED, "later"));

        assertThat(snapshot.at()).isEqualTo(NOW);
        assertThat(snapshot.get(ClientPools.SECTION).taken()).contains(new ClientPools(List.of()));
        assertThat(snapshot.get(Sessions.SECTION).missing()).map(Missing::cause).contains(Cause.NOT_YET);
    }

    @Test
    void refuses_a_reading_under_another_section_than_its_own() {
        Map<Section<?>, Reading<?>> mixedUp = Map.of(Sessions.SECTION, new Taken<>(new ClientPools(List.of()), NOW));

        assertThatIllegalArgumentException()
                .isThrownBy(() -> Snapshot.of(NOW, mixedUp, History.EMPTY))
                .withMessage("want a Sessions under section sessions, got ClientPools");
    }

    @Test
    void of_bloat_has_the_greatest_first() {
        BloatSample sample = new BloatSample(
                List.of(relation("small", 10), relation("b", 500), relation("a", 500)),
                List.of(unmeasured("little", 1), unmeasured("much", 2)),
                0,
                List.of());

        assertThat(sample.relations())
                .extracting(BloatSample.Relation::relation)
                .containsExactly("a", "b", "small");
        assertThat(sample.unmeasured())
                .extracting(BloatSample.Unmeasured::relation)
                .containsExactly("much", "little");
    }

    @Test
    void of_sessions_has_the_oldest_id_first_and_of_equal_ones_its_owner() {
        Sessions sessions = new Sessions(
                List.of(),
                0,
                null,
                0,
                0,
                0,
                null,
                null,
                List.of(session(1, null, null), session(2, null, 50L), session(3, 50L, 50L), session(4, 7L, 60L)));

        assertThat(sessions.worst()).extracting(Sessions.Session::pid).containsExactly(4, 3, 2, 1);
    }

    private static Sessions.Session session(int pid, @Nullable Long xidAge, @Nullable Long xminAge) {
        return new Sessions.Session(
                pid, null, null, "app", null, true, Sessions.Kind.CLIENT, null, null, null, xidAge, xminAge, null);
    }

    private static BloatSample.Relation relation(String name, long reclaimable) {
        return new BloatSample.Relation(
                name,
                BloatSample.Kind.HEAP,
                name,
                1_000,
                reclaimable,
                0,
                1,
                NOW,
                new BloatSample.Circumstances(true, 0, true));
    }

    private static BloatSample.Unmeasured unmeasured(String name, long bytes) {
        return new BloatSample.Unmeasured(name, "gin", bytes, Cause.NOT_SUPPORTED, "of a kind not known", null);
    }
}

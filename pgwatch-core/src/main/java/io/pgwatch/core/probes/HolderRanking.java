package io.pgwatch.core.probes;

import io.pgwatch.evidence.Horizon.Scope;
import io.pgwatch.snapshot.Holders;
import io.pgwatch.snapshot.Sessions;
import io.pgwatch.snapshot.Snapshot;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Everything known to hold back VACUUM. A snapshot inherits the oldest id that runs on the whole server, so that many holders
 * show one age; the origin is the one whose own id it is, and of those without, the one that began first. All of them hold it:
 * to end the origin alone does not release the id.
 *
 * @param pins of all databases, the oldest first, of equal ones the origin first
 */
record HolderRanking(List<Pin> pins) {

    private static final Comparator<Pin> WORST_FIRST = Comparator.comparingLong(Pin::age)
            .thenComparing(Pin::owns)
            .thenComparing(Pin::seconds, Comparator.nullsFirst(Comparator.naturalOrder()))
            .reversed()
            .thenComparing(Pin::id);

    HolderRanking {
        pins = pins.stream().sorted(WORST_FIRST).toList();
    }

    /** What the snapshot knows of; without sessions or holders, what the other of the two tells. */
    static HolderRanking of(Snapshot snapshot) {
        List<Pin> pins = new ArrayList<>();
        snapshot.get(Sessions.SECTION).taken().map(Sessions::worst).orElse(List.of()).stream()
                .flatMap(session -> Optional.ofNullable(session.heldAge()).map(age -> Pin.of(session, age)).stream())
                .forEach(pins::add);
        snapshot.get(Holders.SECTION).taken().ifPresent(holders -> {
            holders.prepared().stream().map(Pin::of).forEach(pins::add);
            holders.slots().forEach(slot -> {
                long age = Objects.requireNonNullElse(slot.age(), -1L);
                long catalogAge = Objects.requireNonNullElse(slot.catalogAge(), -1L);
                if (age >= 0) {
                    pins.add(Pin.of(slot, age, Scope.TABLES));
                }
                if (catalogAge > age) {
                    pins.add(Pin.of(slot, catalogAge, Scope.CATALOGS));
                }
            });
        });
        return new HolderRanking(pins);
    }

    /** What keeps dead rows in all tables of this database. */
    List<Pin> ofTables() {
        return pins.stream()
                .filter(pin -> pin.here() && pin.scope() == Scope.TABLES)
                .toList();
    }

    /** What keeps dead rows in system catalogs alone. */
    List<Pin> ofCatalogs() {
        return pins.stream()
                .filter(pin -> pin.here() && pin.scope() == Scope.CATALOGS)
                .toList();
    }

    /** Who owns the id that the oldest of these holds; another database's session may, which others here have inherited it from. */
    Optional<Pin> originOf(List<Pin> some) {
        return some.stream()
                .findFirst()
                .map(oldest -> pins.stream()
                        .filter(pin -> pin.age() == oldest.age() && pin.owns())
                        .findFirst()
                        .orElse(oldest));
    }

    /**
     * The root of rows that VACUUM cannot remove from the tables of this database; {@link Pin#explainers} link to it. Whether
     * it is old enough to matter is for the caller to say.
     */
    static Optional<Pin> rootOfDeadRows(Snapshot snapshot) {
        HolderRanking ranking = of(snapshot);
        return ranking.originOf(ranking.ofTables());
    }

    /** The root of the age of a database, this or another one: what keeps VACUUM from freezing its tables or catalogs. */
    Optional<Pin> rootOfAge(String database) {
        return originOf(pins.stream()
                .filter(pin -> pin.slot() != null
                        || pin.database() == null
                        || pin.database().equals(database))
                .toList());
    }
}

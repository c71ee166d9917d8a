package io.pgwatch.core.probes;

import static io.pgwatch.probe.Level.CRITICAL;
import static io.pgwatch.probe.Level.OK;
import static io.pgwatch.probe.Level.WARNING;

import io.pgwatch.evidence.ProbeIds;
import io.pgwatch.evidence.Wraparound;
import io.pgwatch.probe.Finding;
import io.pgwatch.probe.Level;
import io.pgwatch.probe.Measure;
import io.pgwatch.probe.Probe;
import io.pgwatch.probe.ProbeId;
import io.pgwatch.probe.Remedy;
import io.pgwatch.probe.Verdict;
import io.pgwatch.snapshot.Databases;
import io.pgwatch.snapshot.Databases.Database;
import io.pgwatch.snapshot.OldestTables;
import io.pgwatch.snapshot.Section;
import io.pgwatch.snapshot.Server;
import io.pgwatch.snapshot.Snapshot;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Warns before the server refuses writes because transaction or multixact ids run out. An age near
 * {@code autovacuum_freeze_max_age} is ordinary operation and raises nothing: autovacuum starts to freeze only there.
 *
 * @param warningShare share of 2^31 from which an age is a warning, if that is above 1.1 times the freeze_max_age; default 0.4
 * @param warningTimes multiple of the freeze_max_age from which an age that does not fall is a warning; default 2
 * @param criticalTimes multiple of the freeze_max_age that is critical; default 4
 * @param criticalAge age that is critical; default 1.6 billion, where vacuum's failsafe starts
 * @param criticalTimeLeft with less time than this until writes are refused, at the rate of the last hour, an age above the
 *     freeze_max_age that does not fall is critical; default 7 days
 */
public record WraparoundProbe(
        double warningShare, double warningTimes, double criticalTimes, long criticalAge, Duration criticalTimeLeft)
        implements Probe<Wraparound> {

    /** Times the freeze_max_age: between the two autovacuum has just begun, or is about to. */
    private static final double OVERDUE = 1.1;

    private static final Comparator<Wraparound.Database> BY_XID =
            Comparator.comparingLong(Wraparound.Database::xidAge).reversed();

    private static final Comparator<Wraparound.Database> BY_MULTIXACT =
            Comparator.comparingLong(Wraparound.Database::multixactAge).reversed();

    /** As many tables as are looked up: when all of them are overdue, more may be. */
    private static final int TABLES_LOOKED_UP = 10;

    public WraparoundProbe {
        if (!(0 < warningShare && warningShare < 1)) {
            throw new IllegalArgumentException("want 0 < warning-share < 1, got " + warningShare);
        }
        if (!(1 < warningTimes && warningTimes <= criticalTimes)) {
            throw new IllegalArgumentException(
                    "want 1 < warning-times <= critical-times, got " + warningTimes + " and " + criticalTimes);
        }
        if (!(IdSpace.SIZE * warningShare <= criticalAge && criticalAge < IdSpace.SIZE)) {
            throw new IllegalArgumentException("want a critical-age from warning-share of 2^31 (here "
                    + (long) (IdSpace.SIZE * warningShare) + ") to below 2147483648, got " + criticalAge);
        }
        if (criticalTimeLeft.isNegative()) {
            throw new IllegalArgumentException("want a critical-time-left of 0s or more, got " + criticalTimeLeft);
        }
    }

    public static WraparoundProbe withDefaults() {
        return new WraparoundProbe(0.40, 2, 4, 1_600_000_000L, Duration.ofDays(7));
    }

    @Override
    public ProbeId<Wraparound> id() {
        return ProbeIds.WRAPAROUND;
    }

    @Override
    public String question() {
        return "How far are we from refused writes, and how fast?";
    }

    @Override
    public Set<Section<?>> needs() {
        return Set.of(Databases.SECTION, OldestTables.SECTION, Server.SECTION);
    }

    @Override
    public List<Measure<Wraparound>> measures() {
        return List.of(
                each(
                        "wraparound.xid.age",
                        "transactions",
                        "Age of the oldest unfrozen transaction id",
                        BY_XID,
                        Wraparound.Database::xidAge),
                each(
                        "wraparound.xid.left",
                        "transactions",
                        "Transactions until ids run out",
                        BY_XID,
                        Wraparound.Database::xidsLeft),
                each(
                        "wraparound.multixact.age",
                        "multixacts",
                        "Age of the oldest multixact id",
                        BY_MULTIXACT,
                        Wraparound.Database::multixactAge),
                each(
                        "wraparound.multixact.left",
                        "multixacts",
                        "Multixacts until ids run out",
                        BY_MULTIXACT,
                        Wraparound.Database::multixactsLeft),
                Measure.of(
                        "wraparound.time.left",
                        "seconds",
                        "Time until the server refuses writes, at the rate of the last hour",
                        Wraparound::secondsLeft));
    }

    private static Measure<Wraparound> each(
            String name,
            String unit,
            String description,
            Comparator<Wraparound.Database> oldestFirst,
            Function<Wraparound.Database, Number> value) {
        return Measure.each(
                name,
                unit,
                description,
                evidence -> evidence.databases().stream().sorted(oldestFirst).toList(),
                "database",
                Wraparound.Database::name,
                value);
    }

    @Override
    public Verdict<Wraparound> judge(Snapshot snapshot) {
        return snapshot.get(Databases.SECTION).fold(seen -> judge(seen, snapshot), Verdict::unknown);
    }

    private Verdict<Wraparound> judge(Databases seen, Snapshot snapshot) {
        List<Standing> standings = Stream.of(IdSpace.values())
                .flatMap(space -> seen.databases().stream()
                        .map(database -> Standing.of(space, database, seen, snapshot.history()))
                        .max(Comparator.comparing(this::levelOf).thenComparing(Standing::age))
                        .stream())
                .sorted(Comparator.comparing(this::levelOf).reversed())
                .toList();
        Wraparound evidence = evidence(seen, standings, snapshot);
        List<Finding> findings = standings.stream()
                .filter(standing -> levelOf(standing) != OK)
                .map(standing -> finding(standing, evidence, snapshot))
                .toList();
        Level level = findings.stream().map(Finding::level).reduce(OK, Level::or);
        String summary = findings.isEmpty()
                ? standings.stream().map(Standing::inWords).findFirst().orElse("the server has no database")
                : findings.get(0).summary();
        return new Verdict.Judged<>(level, summary, evidence, findings);
    }

    private Level levelOf(Standing standing) {
        boolean falling = standing.direction() == Standing.Direction.FALLING;
        double timesFreezeMaxAge = (double) standing.age() / standing.freezeMaxAge();
        boolean soon = standing.secondsLeft().orElse(Double.POSITIVE_INFINITY) < criticalTimeLeft.toSeconds();
        if (standing.refused()
                || standing.age() >= criticalAge
                || timesFreezeMaxAge >= criticalTimes
                || timesFreezeMaxAge > 1 && !falling && soon) {
            return CRITICAL;
        }
        boolean old = standing.age() >= Math.max(warningShare * IdSpace.SIZE, OVERDUE * standing.freezeMaxAge());
        return old || timesFreezeMaxAge >= warningTimes && !falling ? WARNING : OK;
    }

    private static Wraparound evidence(Databases seen, List<Standing> standings, Snapshot snapshot) {
        OptionalDouble soonest = standings.stream()
                .flatMapToDouble(standing -> standing.secondsLeft().stream())
                .min();
        OptionalDouble rate = Standing.rate(IdSpace.XID, snapshot.history());
        return new Wraparound(
                seen.databases().stream()
                        .map(database -> new Wraparound.Database(
                                database.name(),
                                database.xidAge(),
                                database.xidsLeft(),
                                database.multixactAge(),
                                database.multixactsLeft()))
                        .toList(),
                snapshot.get(OldestTables.SECTION)
                        .taken()
                        .map(OldestTables::tables)
                        .orElse(List.of()),
                rate.isPresent() ? rate.getAsDouble() : null,
                soonest.isPresent() ? soonest.getAsDouble() : null,
                seen.freezeMaxAge(),
                Math.max(seen.failsafeAge(), seen.freezeMaxAge() * 105 / 100));
    }

    private Finding finding(Standing standing, Wraparound evidence, Snapshot snapshot) {
        return Finding.of(
                id(),
                levelOf(standing),
                standing.space().key(),
                "database " + standing.database().name(),
                standing.inWords(),
                standing.why(),
                remedy(standing, evidence, snapshot.get(Server.SECTION).taken()));
    }

    private static Remedy remedy(Standing standing, Wraparound evidence, Optional<Server> server) {
        Database worst = standing.database();
        boolean own = server.map(Server::database).filter(worst.name()::equals).isPresent();
        String where = server.filter(Server::standby).isPresent() ? "On the primary: " : "";
        String first = where
                + "First look for what holds old rows back, a long or idle transaction, a prepared one or a replication"
                + " slot, and end it; a session that is ended loses what it has not committed. ";
        if (!worst.acceptsConnections()) {
            return new Remedy(
                    first + "Then leave " + worst.name()
                            + " to autovacuum, which alone can freeze it; see that it is on.",
                    "SHOW autovacuum;",
                    Remedy.Impact.READ_ONLY);
        }
        String never = " Neither VACUUM FULL nor single-user mode is needed."
                + (standing.beforeAutovacuum()
                        ? " Then lower " + standing.space().freezeSetting() + ", which wants a restart."
                        : "");
        List<String> overdue = evidence.oldestTables().stream()
                .filter(table -> standing.space().age(table) >= OVERDUE * standing.freezeMaxAge())
                .sorted(Comparator.comparingLong(
                                (OldestTables.Table table) -> standing.space().age(table))
                        .reversed())
                .map(table -> freeze(table.table()))
                .toList();
        return own && !overdue.isEmpty() && overdue.size() < TABLES_LOOKED_UP
                ? new Remedy(
                        first + "Then freeze the oldest tables." + never,
                        String.join("\n", overdue),
                        Remedy.Impact.ONLINE)
                : new Remedy(
                        first + "Then, connected to database " + worst.name() + ", freeze its tables." + never,
                        "VACUUM (FREEZE, VERBOSE);",
                        Remedy.Impact.ONLINE);
    }

    /** A temporary table can be frozen by its own session alone. */
    private static String freeze(String table) {
        return table.startsWith("pg_temp_") || table.startsWith("pg_toast_temp_")
                ? "-- " + table + " is a temporary table: it goes with its session; where that is gone, DROP it."
                : "VACUUM (FREEZE, VERBOSE) " + table + ";";
    }
}

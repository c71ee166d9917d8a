package io.pgwatch.core.probes;

import static io.pgwatch.probe.Level.CRITICAL;
import static io.pgwatch.probe.Level.OK;
import static io.pgwatch.probe.Level.WARNING;

import io.pgwatch.core.text.Durations;
import io.pgwatch.evidence.ProbeIds;
import io.pgwatch.evidence.Wraparound;
import io.pgwatch.probe.Finding;
import io.pgwatch.probe.Level;
import io.pgwatch.probe.Measure;
import io.pgwatch.probe.Probe;
import io.pgwatch.probe.ProbeId;
import io.pgwatch.probe.Verdict;
import io.pgwatch.snapshot.Cause;
import io.pgwatch.snapshot.Databases;
import io.pgwatch.snapshot.Databases.Database;
import io.pgwatch.snapshot.Holders;
import io.pgwatch.snapshot.MultixactMembers;
import io.pgwatch.snapshot.OldestTables;
import io.pgwatch.snapshot.Section;
import io.pgwatch.snapshot.Server;
import io.pgwatch.snapshot.Sessions;
import io.pgwatch.snapshot.Snapshot;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
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
 * @param warningMembers share of the space of multixact members in use that is a warning; default 0.6. From half of it on
 *     autovacuum freezes multixacts early, so that a busy server stands there in ordinary operation
 * @param criticalMembers default 0.75, from where autovacuum freezes multixacts of any age
 */
public record WraparoundProbe(
        double warningShare,
        double warningTimes,
        double criticalTimes,
        long criticalAge,
        Duration criticalTimeLeft,
        double warningMembers,
        double criticalMembers)
        implements Probe<Wraparound> {

    private static final int OTHERS_NAMED = 3;

    private static final Comparator<Wraparound.Database> BY_XID =
            Comparator.comparingLong(Wraparound.Database::xidAge).reversed();

    private static final Comparator<Wraparound.Database> BY_MULTIXACT =
            Comparator.comparingLong(Wraparound.Database::multixactAge).reversed();

    private static final Comparator<Weighed> LEAST_URGENT_FIRST = Comparator.comparing(Weighed::level)
            .thenComparing(weighed -> weighed.holder().isPresent())
            .thenComparing(weighed -> weighed.standing().age());

    /** Where a database stands, and what keeps its age above the freeze_max_age, if anything. */
    private record Weighed(Standing standing, Level level, Optional<Pin> holder) {}

    /** The worst database of an id space, and the others that raise a level as well, the worst of these first. */
    private record Ranked(Weighed worst, List<Database> others) {

        Level level() {
            return worst.level();
        }

        boolean isEverywhere() {
            return others.stream().anyMatch(Database::acceptsConnections);
        }
    }

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
            throw new IllegalArgumentException(
                    "want a critical-time-left of 0s or more, got " + Durations.of(criticalTimeLeft));
        }
        if (!(0 < warningMembers && warningMembers <= criticalMembers && criticalMembers < 1)) {
            throw new IllegalArgumentException("want 0 < warning-members <= critical-members < 1, got " + warningMembers
                    + " and " + criticalMembers);
        }
    }

    public static WraparoundProbe withDefaults() {
        return new WraparoundProbe(0.40, 2, 4, 1_600_000_000L, Duration.ofDays(7), 0.60, 0.75);
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
        return Set.of(
                Databases.SECTION,
                OldestTables.SECTION,
                MultixactMembers.SECTION,
                Sessions.SECTION,
                Holders.SECTION,
                Server.SECTION);
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
                        "wraparound.multixact.members.left",
                        "members",
                        "Estimated members of multixacts until their space is full",
                        evidence -> evidence.multixactMembers() == null
                                ? null
                                : evidence.multixactMembers().left()),
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
        HolderRanking holders = // a standby does not see what its primary holds
                Primary.isElsewhere(snapshot) ? new HolderRanking(List.of()) : HolderRanking.of(snapshot);
        List<Ranked> worst = Stream.of(IdSpace.values())
                .flatMap(space -> ranked(space, seen, holders, snapshot).stream())
                .sorted(Comparator.comparing(Ranked::level).reversed())
                .toList();
        List<Standing> standings =
                worst.stream().map(one -> one.worst().standing()).toList();
        Optional<MemberSpace> members =
                snapshot.get(MultixactMembers.SECTION).taken().map(read -> MemberSpace.of(read, snapshot.history()));
        Wraparound evidence = evidence(seen, standings, members, snapshot);
        List<Ranked> tooOld = worst.stream().filter(one -> one.level() != OK).toList();
        Freezing freezing = freezing(tooOld, evidence, holders, snapshot);
        List<Finding> findings = Stream.concat(
                        tooOld.stream().map(one -> finding(one, freezing)),
                        members.stream()
                                .filter(space -> levelOfMembers(space) != OK)
                                .map(space -> finding(space, freezing)))
                .toList();
        return Judgement.of(
                evidence,
                findings,
                () -> standings.stream().map(Standing::inWords).findFirst().orElse("the server has no database")
                        + unseenMembers(snapshot));
    }

    private Optional<Ranked> ranked(IdSpace space, Databases seen, HolderRanking holders, Snapshot snapshot) {
        List<Weighed> worstFirst = Standing.of(space, seen, snapshot.history()).stream()
                .map(standing -> new Weighed(standing, levelOf(standing), holderOf(standing, holders)))
                .sorted(LEAST_URGENT_FIRST.reversed())
                .toList();
        return worstFirst.stream()
                .findFirst()
                .map(worst -> new Ranked(
                        worst,
                        worstFirst.stream()
                                .skip(1)
                                .filter(other -> other.level() != OK)
                                .map(other -> other.standing().database())
                                .toList()));
    }

    private static Freezing freezing(
            List<Ranked> tooOld, Wraparound evidence, HolderRanking holders, Snapshot snapshot) {
        Optional<IdSpace> everywhere = tooOld.stream()
                .filter(Ranked::isEverywhere)
                .findFirst()
                .map(one -> one.worst().standing().space());
        return new Freezing(
                evidence.oldestTables(),
                snapshot.get(Server.SECTION).taken(),
                seesAllHolders(snapshot) ? holders : null,
                everywhere.orElse(null));
    }

    private static boolean seesAllHolders(Snapshot snapshot) {
        return !Primary.isElsewhere(snapshot)
                && snapshot.get(Sessions.SECTION).taken().isPresent()
                && snapshot.get(Holders.SECTION).taken().isPresent();
    }

    /** A service may keep them to itself; the ages tell of by far the most dangers without. */
    private static String unseenMembers(Snapshot snapshot) {
        return snapshot.get(MultixactMembers.SECTION)
                .missing()
                .filter(missing -> missing.cause().weighs() && missing.cause() != Cause.NOT_YET)
                .map(missing -> "; multixact members cannot be seen: " + missing.detail())
                .orElse("");
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
        boolean old =
                standing.age() >= Math.max(warningShare * IdSpace.SIZE, Freezing.OVERDUE * standing.freezeMaxAge());
        return old || timesFreezeMaxAge >= warningTimes && !falling ? WARNING : OK;
    }

    private Level levelOfMembers(MemberSpace members) {
        if (members.share() >= criticalMembers) {
            return CRITICAL;
        }
        return members.share() >= warningMembers ? WARNING : OK;
    }

    private static Wraparound evidence(
            Databases seen, List<Standing> standings, Optional<MemberSpace> members, Snapshot snapshot) {
        OptionalDouble soonest = Stream.concat(
                        standings.stream().map(Standing::secondsLeft),
                        members.stream().map(MemberSpace::secondsLeft))
                .flatMapToDouble(OptionalDouble::stream)
                .min();
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
                standings.stream()
                        .filter(standing -> standing.space() == IdSpace.XID)
                        .findFirst()
                        .flatMap(Standing::forecast)
                        .map(Forecast::perSecond)
                        .orElse(null),
                soonest.isPresent() ? soonest.getAsDouble() : null,
                seen.freezeMaxAge(),
                Math.max(seen.failsafeAge(), seen.freezeMaxAge() * 105 / 100),
                members.map(MemberSpace::members).orElse(null));
    }

    /** What keeps the age above the freeze_max_age, however much is frozen. */
    private static Optional<Pin> holderOf(Standing standing, HolderRanking holders) {
        return standing.space() != IdSpace.XID || standing.beforeAutovacuum()
                ? Optional.empty()
                : holders.rootOfAge(standing.database().name()).filter(pin -> pin.age() >= standing.freezeMaxAge());
    }

    private Finding finding(Ranked ranked, Freezing freezing) {
        Weighed weighed = ranked.worst();
        Standing standing = weighed.standing();
        Optional<Pin> holder = weighed.holder();
        String held = holder.map(pin ->
                        "; " + pin.inWords() + " holds back what is " + Words.count(pin.age()) + " transactions old")
                .orElse("");
        return Finding.of(
                        id(),
                        weighed.level(),
                        standing.space().key(),
                        "database " + Words.inLine(standing.database().name()),
                        standing.inWords(),
                        standing.why() + held + inWords(ranked.others()),
                        freezing.of(standing, ranked.isEverywhere(), holder))
                .explainedByFirstOf(holder.map(Pin::explainers).orElse(List.of()));
    }

    private static String inWords(List<Database> others) {
        return others.isEmpty()
                ? ""
                : "; " + Words.number(others.size(), "more database") + (others.size() == 1 ? " is" : " are")
                        + " too old: "
                        + others.stream()
                                .limit(OTHERS_NAMED)
                                .map(database -> Words.inLine(database.name()))
                                .collect(Collectors.joining(", "))
                        + (others.size() > OTHERS_NAMED ? " …" : "");
    }

    private Finding finding(MemberSpace members, Freezing freezing) {
        return Finding.of(
                id(),
                levelOfMembers(members),
                "members",
                "multixact members",
                members.inWords(),
                members.why(),
                freezing.ofMultixacts());
    }
}

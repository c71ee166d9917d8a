package io.pgwatch.core.probes;

import io.pgwatch.evidence.Wraparound.Members;
import io.pgwatch.snapshot.History;
import io.pgwatch.snapshot.MultixactMembers;
import io.pgwatch.snapshot.Series;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * How full the space of multixact members is. The server keeps the members of all multixacts since the oldest; where those
 * begin, SQL does not show. So the newer ones are counted, as far as the watch has seen them come, and the older ones taken
 * for average.
 *
 * @param forecast when the server will refuse; empty with too little history
 */
record MemberSpace(Members members, Optional<Forecast> forecast) {

    /** Numbers of members are 32 bits wide. */
    static final double SIZE = 4_294_967_296.0;

    /** Less a segment of 52,352, and the one that the oldest member may stand in: there the server refuses, on every major. */
    private static final long USABLE = 4_294_967_296L - 52_352;

    /** Whoever locks a row alone needs no multixact; fewer a multixact on average mean that the numbers have wrapped. */
    private static final double LEAST_A_MULTIXACT = 1.5;

    private static final Duration REMEMBERED = Duration.ofDays(2);

    static MemberSpace of(MultixactMembers seen, History history) {
        Series members = history.series(MultixactMembers.NEXT_MEMBER);
        long used = Math.min(USABLE, Math.round(used(seen, members, history.series(MultixactMembers.NEXT_MULTIXACT))));
        long left = USABLE - used;
        return new MemberSpace(new Members(used, left), Forecast.of(members, left));
    }

    private static double used(MultixactMembers seen, Series members, Series multixacts) {
        double counted = rise(members);
        double since = rise(multixacts);
        if (since >= seen.kept() && since > 0) {
            return seen.kept() * counted / since;
        }
        return counted + (seen.kept() - since) * average(seen, counted, since);
    }

    private static double rise(Series series) {
        return series.wrappingGrowthOver(REMEMBERED, SIZE);
    }

    /** Members of a multixact from before the watch began: of all of those, or where their number has wrapped, of those seen. */
    private static double average(MultixactMembers seen, double counted, double since) {
        double multixacts = seen.nextMultixact() - since;
        double members = seen.nextMember() - counted;
        if (multixacts > 0 && members >= LEAST_A_MULTIXACT * multixacts) {
            return members / multixacts;
        }
        return since > 0 ? Math.max(LEAST_A_MULTIXACT, counted / since) : LEAST_A_MULTIXACT;
    }

    double share() {
        return members.used() / SIZE;
    }

    OptionalDouble secondsLeft() {
        return forecast.map(Forecast::secondsLeft).orElse(OptionalDouble.empty());
    }

    String inWords() {
        String time =
                forecast.flatMap(Forecast::inWords).map(words -> ", " + words).orElse("");
        return "multixact members fill about " + Words.percent(share()) + " of their space ("
                + Words.count(members.used()) + " in use, " + Words.count(members.left()) + " left" + time + ")";
    }

    String why() {
        return "many sessions lock the same rows, as foreign keys to one row do, and vacuum has not yet frozen the multixacts;"
                + " at the end, row locks that need a multixact are refused";
    }
}

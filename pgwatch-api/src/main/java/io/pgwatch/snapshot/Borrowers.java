package io.pgwatch.snapshot;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Who in this process holds connections of its pool: those that matter, and those that have been held for longest.
 *
 * @param borrowers the longest first
 */
public record Borrowers(List<Borrower> borrowers) {

    public static final Section<Borrowers> SECTION = new Section<>("borrowers", Borrowers.class);

    /** Two clocks tell when the backend began and when it was borrowed. */
    private static final double TOLERANCE_SECONDS = 5;

    /** An application may put what its users sent into the names of its threads. */
    private static final Pattern UNFIT_FOR_A_LINE = Pattern.compile("[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}]");

    public Borrowers {
        borrowers = borrowers.stream()
                .sorted(Comparator.comparingDouble(Borrower::seconds).reversed())
                .toList();
    }

    /**
     * Who holds a session of the server; empty where it is not one of this process's pool.
     *
     * @param startedAt when the session began, by the server's clock; a borrower from before that held another one, of the same
     *     pid; null where that is not known
     */
    public Optional<Borrower> of(int pid, @Nullable Instant startedAt) {
        return borrowers.stream()
                .filter(borrower -> borrower.pid() == pid && !borrower.isFromBefore(startedAt))
                .findFirst();
    }

    /**
     * A thread that borrowed a connection and has not given it back.
     *
     * @param pid of the connection's backend
     * @param thread its name, or its number where it has none
     * @param alive false when it has ended, and so left the connection to nobody
     * @param since when it borrowed the connection, by this process's clock
     * @param seconds for how long it has held it
     * @param at where in the application's code it is now, as file and line; null when it is in none of it
     * @param borrowedAt where in the application's code it borrowed it; null where that is not kept
     */
    public record Borrower(
            int pid,
            String thread,
            boolean alive,
            Instant since,
            double seconds,
            @Nullable String at,
            @Nullable String borrowedAt) {

        private boolean isFromBefore(@Nullable Instant startedAt) {
            return startedAt != null
                    && since.plusMillis((long) (TOLERANCE_SECONDS * 1e3)).isBefore(startedAt);
        }

        /** The same, for people; the time is in UTC. */
        public String inWords() {
            String from = borrowedAt == null ? "" : ", borrowed in " + borrowedAt;
            String now;
            if (!alive) {
                now = ", which has ended without giving it back";
            } else {
                now = at == null ? ", now in no code of the application" : ", now in " + at;
            }
            return "thread " + UNFIT_FOR_A_LINE.matcher(thread).replaceAll(" ") + " since "
                    + since.truncatedTo(ChronoUnit.SECONDS).toString().substring(11) + now + from;
        }
    }
}

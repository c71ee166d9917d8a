package io.pgwatch.probe;

import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;

/**
 * What to do. pgwatch suggests and never executes.
 *
 * @param text one sentence or a few
 * @param sql statements to paste, identifiers and literals quoted; null where SQL does not do it
 * @param impact what doing it costs those who use the database meanwhile
 */
public record Remedy(String text, @Nullable String sql, Impact impact) {

    /** What following a remedy does to the running system. */
    public enum Impact {
        /** It only reads. */
        READ_ONLY("only reads"),
        /** Reads and writes go on meanwhile. */
        ONLINE("reads and writes go on meanwhile"),
        /** It takes a lock that makes others wait. */
        LOCKS("takes a lock that makes others wait"),
        /** It ends a session, and what that session had not committed is lost. */
        ENDS_SESSION("ends a session; what it has not committed is lost"),
        /** It changes the server's configuration; some settings want a restart. */
        CONFIGURATION("changes the server's configuration"),
        /** It changes the application or its configuration. */
        APPLICATION("changes the application");

        private final String words;

        Impact(String words) {
            this.words = words;
        }

        /** The impact in a few words, to stand in brackets behind the remedy. */
        public String inWords() {
            return words;
        }
    }

    public Remedy {
        requireNonNull(text, "text");
        requireNonNull(impact, "impact");
    }

    /** The same, as a standby tells it: whatever writes is done on its primary. */
    public Remedy onThePrimary() {
        return new Remedy("On the primary: " + text, sql, impact);
    }
}

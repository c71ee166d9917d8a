package io.pgwatch.core.probes;

import java.util.Locale;

/** Figures as people read them. */
final class Words {

    private Words() {}

    /** A count: exact below a million, in millions from there on. */
    static String count(long count) {
        if (Math.abs(count) < 1_000_000) {
            return String.format(Locale.ROOT, "%,d", count);
        }
        return String.format(Locale.ROOT, Math.abs(count) < 100_000_000 ? "%,.1f M" : "%,.0f M", count / 1e6);
    }

    /** A time span in its largest sensible unit. */
    static String duration(double seconds) {
        if (seconds < 180) {
            return String.format(Locale.ROOT, "%.0f s", seconds);
        }
        if (seconds < 3 * 3600) {
            return String.format(Locale.ROOT, "%.0f min", seconds / 60);
        }
        return seconds < 3 * 86400
                ? String.format(Locale.ROOT, "%.0f h", seconds / 3600)
                : String.format(Locale.ROOT, "%,.0f days", seconds / 86400);
    }

    /** A share as a percentage, never rounded up to a limit that it has not reached. */
    static String percent(double share) {
        return (int) Math.floor(share * 100) + " %";
    }

    /** A size in its largest sensible unit. */
    static String bytes(long bytes) {
        if (bytes < 1 << 20) {
            return String.format(Locale.ROOT, "%,d kB", bytes / 1024);
        }
        return bytes < 10L << 30
                ? String.format(Locale.ROOT, "%,d MB", bytes >> 20)
                : String.format(Locale.ROOT, "%,d GB", bytes >> 30);
    }

    /** An identifier as SQL takes it. */
    static String quoted(String identifier) {
        return '"' + identifier.replace("\"", "\"\"") + '"';
    }

    /** A text as SQL takes it. */
    static String literal(String text) {
        return "'" + text.replace("'", "''") + "'";
    }

    /** A name that anybody may have chosen, fit for a line of text. */
    static String inLine(String name) {
        return name.codePoints()
                .map(c -> Character.isISOControl(c) ? ' ' : c)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }

    /** One, or that many, of a thing. */
    static String number(long count, String thing) {
        return count == 1 ? "one " + thing : String.format(Locale.ROOT, "%,d", count) + " " + thing + "s";
    }
}

package io.pgwatch.core.probes;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Figures as people read them, and names as a sentence or a statement takes them, whoever chose them. */
final class Words {

    /** What ends a line, steers a terminal, or hides or turns round what stands beside it. */
    private static final Pattern UNFIT = Pattern.compile("[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}]");

    private static final Pattern QUOTED = Pattern.compile("\"(?:[^\"]|\"\")*\"");

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
        return visible('"' + identifier.replace("\"", "\"\"") + '"');
    }

    /** A text as SQL takes it. */
    static String literal(String text) {
        return visible("'" + text.replace("'", "''") + "'");
    }

    /** SQL with identifiers that the server quoted. */
    static String sql(String quotedByServer) {
        return QUOTED.matcher(quotedByServer).replaceAll(name -> Matcher.quoteReplacement(visible(name.group())));
    }

    /** The same to the server, on one line and with nothing in it that nobody sees: {@code U&"a\+00000ab"}. */
    private static String visible(String quoted) {
        return UNFIT.matcher(quoted).find()
                ? "U&"
                        + UNFIT.matcher(quoted.replace("\\", "\\\\"))
                                .replaceAll(c -> Matcher.quoteReplacement(String.format(
                                        Locale.ROOT, "\\+%06x", c.group().codePointAt(0))))
                : quoted;
    }

    /** A name that anybody may have chosen, fit for a line of text. */
    static String inLine(String name) {
        return UNFIT.matcher(name).replaceAll(" ");
    }

    /** One, or that many, of a thing. */
    static String number(long count, String thing) {
        return count == 1 ? "one " + thing : String.format(Locale.ROOT, "%,d", count) + " " + thing + "s";
    }
}
